import { answer, type Steps } from '@terrane/blocks';
import type { PlainKey } from './block-key.js';
import type { CacheEntry } from './cache-entry.js';
import type { CacheState } from './cache-state.js';
import { commit, recovering } from './commit-cache.js';
import { dropValue } from './drop-value.js';

/** How many values are looked up, and dropped with one commit, at a time. */
const batch = 1000;

/** Drops all values of a dataset whose revision is below that one. @returns how many. */
export function* reclaim(state: CacheState, guid: PlainKey['guid'], revision: number): Steps<number> {
  state.needWriting();
  const from = { guid, revision: 0, level: 0, number: 0 };
  const to = { guid, revision, level: 0, number: 0 };
  const dropped = (entry: CacheEntry) => {
    state.counters.stale++;
    state.listeners.value('stale', entry, entry.length, state.now() - entry.stored);
  };
  return yield* recovering(state, dropRange(state, from, to, dropped));
}

/** Drops everything. @returns how many values. */
export function* clear(state: CacheState): Steps<number> {
  state.needWriting();
  const from = { guid: [0, 0, 0, 0], revision: 0, level: 0, number: 0 } as const;
  const beyond = 2 ** 32;
  const to = { guid: [beyond, beyond, beyond, beyond], revision: 0, level: 0, number: 0 } as const;
  return yield* recovering(
    state,
    dropRange(state, from, to, () => undefined),
  );
}

function* dropRange(
  state: CacheState,
  from: PlainKey,
  to: PlainKey,
  dropped: (entry: CacheEntry) => void,
): Steps<number> {
  for (let removed = 0; ; ) {
    const some: CacheEntry[] = [];
    const collect = (entry: CacheEntry) => some.push(entry) < batch;
    yield* answer(state.primary.findFromTo(from, true, to, false, collect));
    for (const entry of some) {
      // Whoever was told of the one before may have changed something.
      const now = yield* answer(state.primary.find(entry));
      if (now?.block !== entry.block) continue;
      yield* dropValue(state, now);
      dropped(now);
      removed++;
    }
    if (some.length > 0) yield* commit(state);
    if (some.length < batch) return removed;
  }
}
