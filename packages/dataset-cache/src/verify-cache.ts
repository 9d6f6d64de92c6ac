import { answer, crc32, type Steps } from '@terrane/blocks';
import type { CacheEntry } from './cache-entry.js';
import type { CacheState } from './cache-state.js';
import { flush } from './commit-cache.js';
import { decodeValue } from './decode-value.js';

/** Checks everything, every value's bytes included. @returns what is wrong, in sentences. @throws the signal's reason */
export function* verifyCache(state: CacheState, signal?: AbortSignal): Steps<string[]> {
  const { storage, primary, lastUsed } = state;
  yield* flush(state);
  const problems = (yield* answer(storage.verify()))
    .filter(({ harmless }) => !harmless)
    .map(({ message }) => message);
  for (const index of [primary, lastUsed]) {
    problems.push(...(yield* answer(index.verify())).map(({ message }) => message));
  }
  if (problems.length > 0) return problems;
  const entries: CacheEntry[] = [];
  yield* answer(primary.findAll((entry) => entries.push(entry)));
  for (const entry of entries) {
    signal?.throwIfAborted();
    if (!(yield* isWhole(state, entry))) {
      problems.push(`the value in block ${entry.block} is not what was stored`);
    }
    const use = yield* answer(lastUsed.find(entry));
    if (!use) problems.push(`the value in block ${entry.block} is missing in LastUsed`);
  }
  const uses = yield* answer(lastUsed.count());
  if (uses !== entries.length) problems.push(`${entries.length} values, and ${uses} in LastUsed`);
  return problems;
}

/** A value that is right by its checksum is also decoded, where its codec is known. */
function* isWhole({ storage, options }: CacheState, entry: CacheEntry): Steps<boolean> {
  const bytes = yield* answer(storage.read(entry.block));
  if (bytes.length !== entry.length || crc32(bytes) !== entry.checksum) return false;
  const codec = options.codecs.known.get(entry.encoding);
  return !codec || (yield* decodeValue(codec, bytes, entry.decodedLength)) !== undefined;
}
