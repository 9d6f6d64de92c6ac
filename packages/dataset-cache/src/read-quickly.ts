import type { BlockStorage } from '@terrane/blocks';
import type { Lease } from '@terrane/driver';
import { type BlockKey, plainKey } from './block-key.js';
import type { CacheEntry } from './cache-entry.js';
import { CacheLease } from './cache-lease.js';
import type { CacheState } from './cache-state.js';
import { isTooOld } from './find-entry.js';
import { freshBytes } from './fresh-bytes.js';
import { countMiss, type FoundValue } from './read-value.js';
import type { RecentValue } from './recent-values.js';

/*
 * Hits over a synchronous file, of values that were read before in this process: no generator, and for what was read
 * lately no search either. Whatever is out of the ordinary is answered by `undefined`, and `read-value.ts` finds out.
 * What is not there is `null`.
 */

/** The bytes of that value in memory of their own, or in `target` where they fit. */
export function readQuickly(
  state: CacheState,
  key: BlockKey,
  target?: Uint8Array,
): FoundValue | null | undefined {
  const time = state.now();
  const value = find(state, key, time);
  if (!value) return value;
  const { entry, lease } = value;
  const { length } = entry;
  if (target && target.length < length) return undefined;
  const part = target && target.length > length ? target.subarray(0, length) : target;
  const bytes = part ?? freshBytes(length);
  try {
    if (lease) {
      bytes.set(lease.bytes);
      // The file may have been cut while it was copied: this says so.
      void lease.bytes;
      if (!isCurrent(state)) return undefined;
    } else if ((state.storage as BlockStorage<'sync'>).readInto(entry.block, bytes) !== length) {
      return undefined;
    }
  } catch {
    return undefined;
  }
  count(state, value, time);
  return { bytes, stored: entry.stored };
}

/** The bytes of that value where they lie. */
export function viewQuickly(state: CacheState, key: BlockKey): Lease | null | undefined {
  const time = state.now();
  const value = find(state, key, time);
  if (!value) return value;
  try {
    if (!value.lease || !isCurrent(state)) return undefined;
  } catch {
    return undefined;
  }
  count(state, value, time);
  return new CacheLease(value.lease);
}

function find(state: CacheState, key: BlockKey, time: number): RecentValue | null | undefined {
  const value = state.recent.find(key, state.storage.sequence) ?? search(state, key);
  return value && isTooOld(state, value.entry, time) ? undefined : value;
}

/** One that is not among the values read lately, and may join them. */
function search(state: CacheState, key: BlockKey): RecentValue | null | undefined {
  const plain = plainKey(key);
  const { storage, recent } = state;
  try {
    const entry = state.primary.find(plain) as CacheEntry | undefined;
    if (!entry) {
      countMiss(state, plain);
      return null;
    }
    if (entry.encoding !== 0 || !state.wasRight(entry)) return undefined;
    const { guid } = plain;
    const { sequence } = storage;
    const lease = (storage as BlockStorage<'sync'>).view(entry.block);
    const touched = state.touches.get(entry.block)?.time ?? entry.lastUsed;
    const value = { guid, entry, sequence, lease, touched };
    recent.offer(value);
    return value;
  } catch {
    return undefined;
  }
}

/** Whether what was read is no other state's: always for a writer, as nobody writes beside it. */
function isCurrent({ options, storage }: CacheState): boolean {
  return !options.readOnly || (storage as BlockStorage<'sync'>).isCurrent();
}

function count(state: CacheState, value: RecentValue, time: number): void {
  const { counters, options } = state;
  const { entry } = value;
  const age = time - entry.stored;
  counters.hits++;
  counters.hitBytes += entry.length;
  counters.hitAge += age;
  if (time - value.touched >= options.granularity) {
    value.touched = time;
    state.touch(entry, time);
  }
  state.listeners.value('hit', entry, entry.length, age);
}
