import { answer, type Steps } from '@terrane/blocks';
import { isTerraneError } from '@terrane/errors';
import type { CacheState } from './cache-state.js';
import { dropCondemned, evict } from './drop-value.js';

/**
 * Makes durable what was stored, and when it was used. Does nothing when the cache is read-only. When only times are to be
 * written, a file that does not take them is a failure that is counted, and no error: nobody asked for them.
 */
export function* flush(state: CacheState): Steps<void> {
  if (state.options.readOnly) return;
  const { owing } = state;
  try {
    yield* recovering(state, commit(state));
  } catch (error) {
    if (owing || !isTerraneError(error)) throw error;
    state.counters.failures++;
  }
}

/** Commits, with what was noted meanwhile, and makes room for what is to come. */
export function* commit(state: CacheState): Steps<void> {
  const { storage } = state;
  yield* dropCondemned(state);
  yield* writeTouches(state);
  // Enough for the next batches while what is evicted now still rests.
  const missing = 3 * state.options.batchBytes - storage.room - storage.resting;
  if (missing > 0) yield* evict(state, missing);
  yield* commitStaged(state, false);
}

/** Commits what is there. @param always - Also when nothing changed, so that what rests is one commit nearer. */
export function* commitStaged(state: CacheState, always: boolean): Steps<void> {
  const { storage } = state;
  const before = storage.sequence;
  yield* answer(storage.commit(always));
  const { staged } = state;
  state.staged = 0;
  state.owing = false;
  if (storage.sequence !== before) state.listeners.commit(storage.sequence, staged);
}

function* writeTouches(state: CacheState): Steps<void> {
  const { primary, lastUsed, storage, options } = state;
  const touches = [...state.touches.values()];
  state.touches.clear();
  for (const { entry, time } of touches) {
    // Each may change a node of its own in three trees. An old time is better than no room for values.
    if (storage.room < options.batchBytes) return;
    const now = yield* answer(primary.find(entry));
    if (now?.block !== entry.block) continue;
    yield* answer(lastUsed.deleteKey(now));
    yield* answer(primary.upsert({ ...now, lastUsed: time }));
    const { guid, revision, level, number, block } = now;
    yield* answer(lastUsed.upsert({ guid, revision, level, number, block, lastUsed: time }));
  }
}

/** When a change fails half-way, goes back to the last commit, so that the next one can be tried. */
export function* recovering<T>(state: CacheState, steps: Steps<T>): Steps<T> {
  const { storage } = state;
  try {
    // The last attempt to begin again may have failed, too.
    if (!storage.writing) yield* answer(storage.beginWrite());
    return yield* steps;
  } catch (error) {
    if (isTerraneError(error, 'CACHE_TOO_LARGE')) throw error;
    state.forgetStaged();
    try {
      yield* answer(storage.rollback());
      yield* answer(storage.beginWrite());
    } catch {
      // What went wrong first says more.
    }
    throw error;
  }
}
