import { answer, errors as blockErrors, type Steps } from '@terrane/blocks';
import { isTerraneError } from '@terrane/errors';
import type { CacheState } from './cache-state.js';

const attempts = 5;

/** What a cache is for who opens it while it is made. */
const halfMade = ['CACHE_DAMAGED', 'CACHE_NOT_A_CACHE', 'IO_CHANGED'];

const damages = ['BLK_DAMAGED', 'BLK_NO_BLOCK', 'BLK_NOT_A_STORAGE'];

/** Whether something failed for what the file holds: for as long as it is what it is. */
export function isDamage(error: unknown): boolean {
  return damages.some((code) => isTerraneError(error, code));
}

/**
 * Tries again with the newest state when a writer has overtaken the one that was read. Damage to what leads to the value
 * counts, and is nothing found.
 */
export function* untilCurrent<T>(state: CacheState, attempt: () => Steps<T>): Steps<T | undefined> {
  for (let time = 0; time < attempts; time++) {
    const { storage } = state;
    // Of before: other reads may show a later state at any time.
    const { sequence } = storage;
    try {
      return yield* attempt();
    } catch (error) {
      // The cache was made anew meanwhile, or opened again.
      if (state.storage !== storage) continue;
      const overtaken = isTerraneError(error, 'BLK_OVERTAKEN') || isCut(state, error);
      if (!overtaken && !isDamage(error)) throw error;
      if (!(yield* refreshed(state))) return undefined;
      if (state.storage !== storage) continue;
      // The first writer of an empty file makes the roots of the indexes, and a reader who was there before stumbles.
      if (overtaken || storage.sequence !== sequence) continue;
      state.counters.damaged++;
      return undefined;
    }
  }
  return undefined;
}

/** Whether a reader's file, or a view of it, is no longer what it was. */
function isCut({ options }: CacheState, error: unknown): boolean {
  return options.readOnly && ['IO_CHANGED', 'IO_LEASE_ENDED'].some((code) => isTerraneError(error, code));
}

/** Shows a reader the newest state. @returns whether there is one: a cache that is just being made has none. */
function* refreshed(state: CacheState): Steps<boolean> {
  try {
    yield* state.refresh();
    return true;
  } catch (error) {
    if (!isDamage(error) && !halfMade.some((code) => isTerraneError(error, code))) throw error;
    state.counters.damaged++;
    return false;
  }
}

/** @throws BLK_OVERTAKEN when bytes that lie in the file may be somebody else's by now. */
export function* needCurrent({ options, storage }: CacheState): Steps<void> {
  // Nobody writes beside a writer.
  if (!options.readOnly || (yield* answer(storage.isCurrent()))) return;
  throw blockErrors.BLK_OVERTAKEN({ message: 'a writer went on while a value was viewed', op: 'view' });
}
