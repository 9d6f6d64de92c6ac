import type { BlockKey } from './cache-entry.js';
import { checkChunk, chunkNumber, type Dataset, type ReadChunkOptions } from './dataset.js';
import type { MemoryTier } from './memory-tier.js';
import { SharedFetches } from './shared-fetch.js';

type Now<T> = T | Promise<T>;

/** What a dataset needs of the cache that it is attached to. */
interface Behind {
  readonly readOnly: boolean;
  get(key: BlockKey): Now<Uint8Array | undefined>;
  put(key: BlockKey, bytes: Uint8Array): Now<void>;
  reclaim(id: Dataset['id']): Now<number>;
}

const fetches = new WeakMap<Behind, SharedFetches<Uint8Array>>();

/** See `DatasetFileCache.attach`. */
export function attach(cache: Behind, dataset: Dataset, memory: MemoryTier, failed: () => void): Dataset {
  const { guid, revision } = dataset.id;
  const shared = fetches.get(cache) ?? new SharedFetches<Uint8Array>();
  fetches.set(cache, shared);
  /** What the cache fails at is counted, and nothing more. */
  const leniently = async <T>(work: () => T): Promise<Awaited<T> | undefined> => {
    try {
      return await work();
    } catch {
      failed();
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
    const number = chunkNumber(dataset, coordinates, level);
    const name = `${guid}/${revision}/${level}/${number}`;
    const near = memory.get(name);
    if (near) return near;
    await reclaimed;
    const key = { guid, revision, level, number };
    let mine = false;
    const bytes = await shared.fetch(name, signal, async (anyone) => {
      mine = true;
      const cached = await leniently(() => cache.get(key));
      if (cached) return cached;
      const fetched = checkChunk(await dataset.readChunk(coordinates, { level, signal: anyone }), dataset);
      if (!cache.readOnly) await leniently(() => cache.put(key, fetched));
      return fetched;
    });
    memory.put(name, bytes);
    return mine ? bytes : bytes.slice();
  }

  return { ...dataset, readChunk };
}
