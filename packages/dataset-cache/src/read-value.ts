import { answer, crc32, type Steps } from '@terrane/blocks';
import type { Lease } from '@terrane/driver';
import type { PlainKey } from './block-key.js';
import type { CacheEntry } from './cache-entry.js';
import { CacheLease } from './cache-lease.js';
import type { CacheState } from './cache-state.js';
import { decodeValue } from './decode-value.js';
import { findEntry, isTooOld } from './find-entry.js';
import { freshBytes } from './fresh-bytes.js';
import { needCurrent, untilCurrent } from './until-current.js';

/** A value that was there. */
export interface FoundValue {
  readonly bytes: Uint8Array;
  /** When it was stored, in milliseconds since 1970. */
  readonly stored: number;
}

/**
 * The value of that key when it is there and whole, decoded: in `target`, or in memory of its own.
 *
 * @throws RangeError when it does not fit into `target`.
 */
export function* readValue(
  state: CacheState,
  key: PlainKey,
  target?: Uint8Array,
): Steps<FoundValue | undefined> {
  const found = yield* untilCurrent(state, () => read(state, key, target));
  if (found) countHit(state, found.entry, found.bytes.length);
  else countMiss(state, key);
  return found && { bytes: found.bytes, stored: found.entry.stored };
}

/** The bytes of that value where they lie; nothing when it is not there, is stored encoded, or the file cannot share it. */
export function* viewValue(state: CacheState, key: PlainKey): Steps<Lease | undefined> {
  const found = yield* untilCurrent(state, () => view(state, key));
  if (found?.lease) countHit(state, found.entry, found.entry.length);
  else if (!found) countMiss(state, key);
  return found?.lease && new CacheLease(found.lease);
}

function countHit(state: CacheState, entry: CacheEntry, bytes: number): void {
  const { counters } = state;
  const time = state.now();
  counters.hits++;
  counters.hitBytes += bytes;
  counters.hitAge += time - entry.stored;
  state.touch(entry, time);
  state.listeners.value('hit', entry, bytes, time - entry.stored);
}

/** A value is not there, or not to be used. */
export function countMiss(state: CacheState, key: PlainKey): void {
  state.counters.misses++;
  state.listeners.value('miss', key, 0, 0);
}

/** The entry of a value that may be used; one that is too old counts. */
function* usable(state: CacheState, key: PlainKey): Steps<CacheEntry | undefined> {
  const entry = yield* findEntry(state, key);
  const time = state.now();
  if (!entry || !isTooOld(state, entry, time)) return entry;
  state.counters.stale++;
  state.listeners.value('stale', entry, entry.length, time - entry.stored);
  return undefined;
}

interface Read {
  readonly entry: CacheEntry;
  readonly bytes: Uint8Array;
}

function* read(state: CacheState, key: PlainKey, target: Uint8Array | undefined): Steps<Read | undefined> {
  const entry = yield* usable(state, key);
  if (!entry) return undefined;
  const { encoding, length, decodedLength } = entry;
  const codec = state.options.codecs.known.get(encoding);
  if (encoding !== 0 && !codec) {
    state.counters.unknownEncodings++;
    return undefined;
  }
  const whole = codec ? decodedLength : length;
  if (target && target.length < whole) {
    throw new RangeError(`the value has ${whole} bytes, and the target ${target.length}`);
  }
  const stored = target && !codec ? target.subarray(0, length) : freshBytes(length);
  const count = yield* answer(state.storage.readInto(entry.block, stored));
  if (!isWhole(state, entry, stored.subarray(0, count))) return condemn(state, entry);
  if (!codec) return { entry, bytes: stored };
  const decoded = yield* decodeValue(codec, stored, decodedLength);
  if (!decoded) return condemn(state, entry);
  if (!target) return { entry, bytes: decoded };
  target.set(decoded);
  return { entry, bytes: target.subarray(0, decodedLength) };
}

function* view(
  state: CacheState,
  key: PlainKey,
): Steps<{ readonly entry: CacheEntry; readonly lease: Lease | undefined } | undefined> {
  const entry = yield* usable(state, key);
  if (!entry) return undefined;
  const lease = entry.encoding === 0 ? yield* answer(state.storage.view(entry.block)) : undefined;
  if (!lease) return { entry, lease };
  const whole = isWhole(state, entry, lease.bytes);
  yield* needCurrent(state);
  return whole ? { entry, lease } : condemn(state, entry);
}

/** Whether these bytes are what was stored; looked at once for each value. */
function isWhole(state: CacheState, entry: CacheEntry, bytes: Uint8Array): boolean {
  if (bytes.length !== entry.length) return false;
  if (state.wasRight(entry)) return true;
  if (crc32(bytes) !== entry.checksum) return false;
  state.isRight(entry);
  return true;
}

function condemn(state: CacheState, entry: CacheEntry): undefined {
  state.counters.damaged++;
  state.condemned.set(entry.block, entry);
  state.listeners.value('damage', entry, entry.length, state.now() - entry.stored);
}
