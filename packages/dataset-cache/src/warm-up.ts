import { checkOptions } from '@terrane/errors';
import { chunkNumber, chunksOf, type Dataset } from './dataset.js';
import type { DatasetFileCache } from './dataset-file-cache.js';
import { errors } from './errors.js';

/** What to fetch, and how. */
export interface WarmUpOptions {
  /** Levels to fetch; all unless given. */
  readonly levels?: readonly number[];
  /** Only chunks that this region touches: first sample, and the one after the last, in samples of the level. */
  readonly region?: { readonly start: readonly number[]; readonly end: readonly number[] };
  /** How many chunks are fetched at a time; 4 unless given. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Called after each chunk. */
  readonly onProgress?: (progress: WarmUpProgress) => void;
}

/** How far a {@link warmUp} has come, in chunks. */
export interface WarmUpProgress {
  /** Chunks that are in the cache by now, or could not be put there. */
  readonly done: number;
  /** Those that were there already: a warm-up that was interrupted goes on where it was. */
  readonly skipped: number;
  readonly total: number;
}

/**
 * Fetches all of a dataset, or a region, into the cache, and commits. What is there is not fetched again.
 *
 * @throws what the dataset throws, the signal's reason, CACHE_READ_ONLY
 */
export async function warmUp(
  cache: DatasetFileCache,
  dataset: Dataset,
  options: WarmUpOptions = {},
): Promise<WarmUpProgress> {
  checkOptions(options, ['levels', 'region', 'concurrency', 'signal', 'onProgress'], 'warmUp');
  if (cache.readOnly)
    throw errors.CACHE_READ_ONLY({ message: 'the cache was opened read-only', op: 'warmUp' });
  const { levels, region, concurrency = 4, signal, onProgress } = options;
  const wanted = levels ?? Array.from({ length: dataset.levels ?? 1 }, (_, level) => level);
  const chunks = wanted.flatMap((level) =>
    [...chunksOf(dataset, level, region)].map((at) => ({ level, at })),
  );
  const attached = cache.attach(dataset);
  const { guid, revision } = dataset.id;
  let [done, skipped, next] = [0, 0, 0];
  const progress = () => ({ done, skipped, total: chunks.length });
  const work = async () => {
    for (let chunk = chunks[next++]; chunk; chunk = chunks[next++]) {
      signal?.throwIfAborted();
      const { level, at } = chunk;
      if (await cache.has({ guid, revision, level, number: chunkNumber(dataset, at, level) })) skipped++;
      else await attached.readChunk(at, { level, ...(signal && { signal }) });
      done++;
      onProgress?.(progress());
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  await cache.flush();
  return progress();
}
