import type { BlockKey } from './block-key.js';
import type { CacheState } from './cache-state.js';
import { checkChunk, chunkNumber } from './chunk-grid.js';
import type { Dataset, ReadChunkOptions } from './dataset.js';
import { type MemoryTier, nameOf } from './memory-tier.js';
import { type PrefetchOptions, type PrefetchResult, prefetch } from './prefetch.js';
import type { FoundValue } from './read-value.js';
import type { SharedFetches } from './shared-fetch.js';

type Now<T> = T | Promise<T>;

/** A dataset that reads through a cache. */
export interface AttachedDataset extends Dataset {
  /**
   * Begins to fetch chunks that are not in the cache, and returns at once: who reads one of them meanwhile joins in. The
   * promise need not be waited for; a chunk that cannot be fetched is counted, and nothing more.
   *
   * @throws the signal's reason, RangeError for chunks outside the grid
   */
  prefetch(options?: PrefetchOptions): Promise<PrefetchResult>;
}

/** What a dataset that is attached needs of its cache. */
export interface Behind {
  readonly cache: {
    readonly readOnly: boolean;
    has(key: BlockKey): Now<boolean>;
    put(key: BlockKey, bytes: Uint8Array): Now<void>;
    reclaim(id: Dataset['id']): Now<number>;
  };
  readonly memory: MemoryTier;
  readonly fetches: SharedFetches<Uint8Array>;
  readonly state: Pick<CacheState, 'counters' | 'now' | 'options'>;
  find(key: BlockKey): Now<FoundValue | undefined>;
}

/** See `DatasetFileCache.attach`. */
export function attach(dataset: Dataset, { cache, memory, fetches, state, find }: Behind): AttachedDataset {
  const { guid, revision } = dataset.id;
  /** What the cache fails at is counted, and nothing more. */
  const leniently = async <T>(work: () => T): Promise<Awaited<T> | undefined> => {
    try {
      return await work();
    } catch {
      state.counters.failures++;
      return undefined;
    }
  };
  const reclaimed = cache.readOnly ? undefined : leniently(() => cache.reclaim(dataset.id));

  async function readChunk(
    coordinates: readonly number[],
    options: ReadChunkOptions = {},
  ): Promise<Uint8Array> {
    const { level = 0, signal } = options;
    signal?.throwIfAborted();
    const key = { guid, revision, level, number: chunkNumber(dataset, coordinates, level) };
    const near = memory.get(key, state.now() - state.options.maximumAge);
    if (near) {
      state.counters.memoryHits++;
      return near;
    }
    await reclaimed;
    return await fetches.fetch(nameOf(key), signal, async (anyone) => {
      const cached = await leniently(() => find(key));
      if (cached) {
        memory.put(key, cached.bytes, cached.stored);
        return cached.bytes;
      }
      const fetched = checkChunk(await dataset.readChunk(coordinates, { level, signal: anyone }), dataset);
      const now = state.now();
      if (!cache.readOnly) await leniently(() => cache.put(key, fetched));
      memory.put(key, fetched, now);
      return fetched;
    });
  }

  const { id, info, shape, sampleType, chunkShape, levels } = dataset;
  const attached: AttachedDataset = {
    id,
    ...(info && { info }),
    shape,
    sampleType,
    chunkShape,
    ...(levels !== undefined && { levels }),
    readChunk,
    prefetch(options = {}) {
      const isThere = async (key: BlockKey) => (await leniently(() => cache.has(key))) === true;
      // Where nothing could be kept, nothing is fetched.
      const useless = cache.readOnly && memory.budget === 0;
      return prefetch(attached, isThere, useless ? { ...options, chunks: [] } : options);
    },
  };
  return attached;
}
