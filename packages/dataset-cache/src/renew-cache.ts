import { answer, type Steps } from '@terrane/blocks';
import type { CacheState } from './cache-state.js';
import { isDamage } from './until-current.js';

/**
 * Makes a change. When the file is damaged where the change needs it, the cache is made anew, without its values, and the change
 * made in that one; unless the caller has not asked for a cache that is made where none is.
 */
export function* renewing<T>(state: CacheState, change: () => Steps<T>): Steps<T> {
  try {
    return yield* change();
  } catch (error) {
    const { makeAnew } = state.options;
    if (!makeAnew || !isDamage(error)) throw error;
    const { storage } = state;
    try {
      yield* answer(storage.rollback());
    } catch {
      // It gives its lock back all the same.
    }
    const made = yield* makeAnew(storage.file);
    state.show(made.storage);
    yield* state.open();
    state.counters.renewals++;
    state.listeners.renew(error);
    return yield* change();
  }
}
