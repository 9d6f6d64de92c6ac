import { answer, type Steps, type StorageStat } from '@terrane/blocks';
import type { CacheCounters } from './cache-counters.js';
import type { CacheState } from './cache-state.js';
import { flush } from './commit-cache.js';
import type { MemoryTier } from './memory-tier.js';
import { untilCurrent } from './until-current.js';

/** Figures of a cache: since it was opened, and of its file. */
export interface CacheStat extends Readonly<CacheCounters> {
  readonly maximumFileSize: number;
  /** Of the last commit; nothing when the file is damaged there, or a writer is too quick for this reader. */
  readonly storage: StorageStat | undefined;
  /** When the value that goes next was used last, in milliseconds since 1970; nothing when there is none. */
  readonly oldestUse: number | undefined;
  /** Bytes of the values in memory. */
  readonly memoryBytes: number;
}

/** The figures, after a commit of what was stored; as of the commit before when that fails, which counts. */
export function* statCache(state: CacheState, memory: MemoryTier): Steps<CacheStat> {
  try {
    yield* flush(state);
  } catch {
    state.counters.failures++;
  }
  const storage = yield* untilCurrent(state, () => answer(state.storage.stat()));
  const oldest = yield* untilCurrent(state, () => answer(state.lastUsed.min()));
  return {
    ...state.counters,
    maximumFileSize: state.options.maximumFileSize,
    storage,
    oldestUse: oldest?.lastUsed,
    memoryBytes: memory.bytes,
  };
}
