import { checkOptions } from '@terrane/errors';
import { chunkNumber, chunksOf, countChunks } from './chunk-grid.js';
import type { Dataset, Region } from './dataset.js';
import type { DatasetFileCache } from './dataset-file-cache.js';
import { type ChunkAt, eachChunk } from './each-chunk.js';
import { errors } from './errors.js';

/** What to fetch, and how. */
export interface WarmUpOptions {
  /** Levels to fetch; all unless given. */
  readonly levels?: readonly number[];
  /** Only chunks that this region touches, at every level. */
  readonly region?: Region;
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

const optionNames = ['levels', 'region', 'concurrency', 'signal', 'onProgress'];

/**
 * Fetches all of a dataset, or a region, into the cache, and commits: also what it had when it is interrupted. What is
 * there is not fetched again.
 *
 * @throws what the dataset throws, the signal's reason, CACHE_READ_ONLY, RangeError
 */
export async function warmUp(
  cache: DatasetFileCache,
  dataset: Dataset,
  options: WarmUpOptions = {},
): Promise<WarmUpProgress> {
  checkOptions(options, optionNames, 'warmUp');
  const { region, concurrency = 4, signal, onProgress } = options;
  if (cache.readOnly) throw errors.CACHE_READ_ONLY({ message: 'the cache was opened read-only' });
  const levels = options.levels ?? Array.from({ length: dataset.levels ?? 1 }, (_, level) => level);
  const total = levels.reduce((sum, level) => sum + countChunks(dataset, level, region), 0);
  function* chunks(): Generator<ChunkAt> {
    for (const level of levels) for (const at of chunksOf(dataset, level, region)) yield { level, at };
  }
  const attached = cache.attach(dataset);
  const { guid, revision } = dataset.id;
  let [done, skipped] = [0, 0];
  try {
    await eachChunk(chunks(), concurrency, signal, async ({ level, at }) => {
      if (await cache.has({ guid, revision, level, number: chunkNumber(dataset, at, level) })) skipped++;
      else await attached.readChunk(at, { level, ...(signal && { signal }) });
      done++;
      onProgress?.({ done, skipped, total });
    });
  } finally {
    await cache.flush();
  }
  return { done, skipped, total };
}
