import { answer, crc32, type Steps } from '@terrane/blocks';
import { isTerraneError } from '@terrane/errors';
import type { PlainKey } from './block-key.js';
import type { CacheState } from './cache-state.js';
import { commit, commitStaged } from './commit-cache.js';
import { dropCondemned, evict } from './drop-value.js';
import type { EncodedValue } from './encode-value.js';
import { errors } from './errors.js';

/** Stores a value, in the place of the one with its key. */
export function* storeValue(state: CacheState, key: PlainKey, value: EncodedValue): Steps<void> {
  const { storage, primary, lastUsed } = state;
  const { bytes, encoding, decodedLength, length } = value;
  state.owing = true;
  if (state.condemned.size > 0) yield* dropCondemned(state);
  // A piece of a page may be left over.
  const needed = bytes.length + 4096 + 64;
  if (storage.room < needed) yield* makeRoom(state, needed);
  const block = yield* place(state, bytes);
  const time = state.now();
  const { guid, revision, level, number } = key;
  const entry = {
    guid,
    revision,
    level,
    number,
    block,
    length: bytes.length,
    checksum: crc32(bytes),
    lastUsed: time,
    stored: time,
    encoding,
    decodedLength,
  };
  const old = yield* answer(primary.upsert(entry));
  state.recent.forget(entry);
  yield* answer(lastUsed.upsert({ guid, revision, level, number, block, lastUsed: time }));
  if (old) {
    yield* answer(lastUsed.deleteKey(old));
    yield* answer(storage.free(old.block));
    state.forget(old);
  }
  state.counters.storedBytes += length;
  state.counters.encodedBytes += bytes.length;
  state.staged += bytes.length;
  state.listeners.value('store', entry, length, 0);
  if (state.staged >= state.options.batchBytes) yield* commit(state);
}

/** Evicts and commits until so many bytes are there beside what the commit itself needs. */
function* makeRoom(state: CacheState, needed: number): Steps<void> {
  const { storage } = state;
  for (let time = 0; storage.room < needed; time++) {
    // What was evicted can be used after two commits; when it is then not enough, it was in too many pieces.
    const missing = time < 3 ? needed - storage.room - storage.resting : needed;
    const freed = missing > 0 ? yield* evict(state, missing) : 0;
    if (freed === 0 && time > 6) throw tooLarge(needed);
    yield* commitStaged(state, true);
  }
}

/** Writes a value into a block of its own; evicts more when there is room, but not in one piece. */
function* place(state: CacheState, bytes: Uint8Array): Steps<number> {
  const { storage } = state;
  for (;;) {
    const block = yield* answer(storage.allocate(bytes.length));
    try {
      yield* answer(storage.write(block, bytes));
      return block;
    } catch (error) {
      if (!isTerraneError(error, 'BLK_FULL')) throw error;
      yield* answer(storage.free(block));
    }
    const freed = yield* evict(state, 2 * bytes.length + 4096);
    if (freed === 0) throw tooLarge(bytes.length);
    for (let time = 0; time < 3; time++) yield* commitStaged(state, true);
  }
}

function tooLarge(length: number): Error {
  return errors.CACHE_TOO_LARGE({ message: `no room for ${length} bytes, with everything evicted`, length });
}
