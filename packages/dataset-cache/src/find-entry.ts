import { answer, type Steps } from '@terrane/blocks';
import type { PlainKey } from './block-key.js';
import type { CacheEntry } from './cache-entry.js';
import type { CacheState } from './cache-state.js';
import { untilCurrent } from './until-current.js';

/** The entry of that key, whatever its age; nothing when its value is known to be damaged. */
export function* findEntry(state: CacheState, key: PlainKey): Steps<CacheEntry | undefined> {
  const entry = yield* answer(state.primary.find(key));
  return entry && state.isCondemned(entry) ? undefined : entry;
}

export function isTooOld({ options }: CacheState, { stored }: CacheEntry, time: number): boolean {
  return time - stored > options.maximumAge;
}

/** Whether there is a value of that key. */
export function* hasValue(state: CacheState, key: PlainKey): Steps<boolean> {
  const entry = yield* untilCurrent(state, () => findEntry(state, key));
  return entry !== undefined && !isTooOld(state, entry, state.now());
}

/** How many values there are. Walks them all. */
export function* countValues(state: CacheState): Steps<number> {
  return (yield* untilCurrent(state, () => answer(state.primary.count()))) ?? 0;
}
