import { answer, type Steps } from '@terrane/blocks';
import type { PlainKey } from './block-key.js';
import type { CacheEntry, UseEntry } from './cache-entry.js';
import type { CacheState } from './cache-state.js';

/** How many of the oldest are looked up at a time. */
const lookedUp = 64;

/** Takes a value out of both indexes, and gives its block back. */
export function* dropValue(state: CacheState, entry: CacheEntry): Steps<void> {
  yield* answer(state.primary.deleteKey(entry));
  yield* answer(state.lastUsed.deleteKey(entry));
  yield* answer(state.storage.free(entry.block));
  state.forget(entry);
}

/** Drops the value of that key. @returns whether it was there. */
export function* dropKey(state: CacheState, key: PlainKey): Steps<boolean> {
  const entry = yield* answer(state.primary.find(key));
  if (entry) {
    state.owing = true;
    yield* dropValue(state, entry);
  }
  return entry !== undefined;
}

/** Drops what reading found to be damaged. */
export function* dropCondemned(state: CacheState): Steps<void> {
  const entries = [...state.condemned.values()];
  // Not again and again, when this fails, too.
  state.condemned.clear();
  for (const entry of entries) {
    const now = yield* answer(state.primary.find(entry));
    if (now?.block === entry.block) yield* dropValue(state, now);
  }
}

/** Drops what was used longest ago, `bytes` or more of it. @returns how many bytes that were. */
export function* evict(state: CacheState, bytes: number): Steps<number> {
  let freed = 0;
  while (freed < bytes) {
    const oldest: UseEntry[] = [];
    yield* answer(state.lastUsed.findAll((entry) => oldest.push(entry) < lookedUp));
    if (oldest.length === 0) break;
    for (const entry of oldest) {
      freed += yield* evictOne(state, entry);
      if (freed >= bytes) break;
    }
  }
  return freed;
}

function* evictOne(state: CacheState, oldest: UseEntry): Steps<number> {
  const { counters } = state;
  const entry = yield* answer(state.primary.find(oldest));
  if (entry?.block !== oldest.block) {
    yield* answer(state.lastUsed.deleteKey(oldest));
    return 0;
  }
  const used = state.touches.get(entry.block)?.time ?? entry.lastUsed;
  const age = state.now() - used;
  counters.evictions++;
  counters.evictedBytes += entry.length;
  counters.evictedAge += age;
  yield* dropValue(state, entry);
  state.listeners.value('evict', entry, entry.length, age);
  return entry.length;
}
