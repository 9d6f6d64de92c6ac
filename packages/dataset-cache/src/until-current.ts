import { answer, errors as blockErrors, type Steps } from '@terrane/blocks';
import { isTerraneError } from '@terrane/errors';
import type { CacheState } from './cache-state.js';

const attempts = 5;

/**
 * Tries again with the newest state when a writer has overtaken the one that was read. Damage to what leads to the value
 * counts, and is nothing found.
 */
export function* untilCurrent<T>(state: CacheState, attempt: () => Steps<T>): Steps<T | undefined> {
  const { storage, counters } = state;
  for (let time = 0; time < attempts; time++) {
    try {
      return yield* attempt();
    } catch (error) {
      const overtaken = isTerraneError(error, 'BLK_OVERTAKEN');
      if (!overtaken && !isTerraneError(error, 'BLK_DAMAGED') && !isTerraneError(error, 'BLK_NO_BLOCK'))
        throw error;
      const { sequence } = storage;
      yield* state.refresh();
      // The first writer of an empty file makes the roots of the indexes, and a reader who was there before stumbles.
      if (overtaken || storage.sequence !== sequence) continue;
      counters.damaged++;
      return undefined;
    }
  }
  return undefined;
}

/** @throws BLK_OVERTAKEN when bytes that lie in the file may be somebody else's by now. */
export function* needCurrent({ options, storage }: CacheState): Steps<void> {
  // Nobody writes beside a writer.
  if (!options.readOnly || (yield* answer(storage.isCurrent()))) return;
  throw blockErrors.BLK_OVERTAKEN({ message: 'a writer went on while a value was viewed', op: 'view' });
}
