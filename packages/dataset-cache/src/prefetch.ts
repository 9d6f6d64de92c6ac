import { checkOptions } from '@terrane/errors';
import type { BlockKey } from './block-key.js';
import { chunkNumber, chunksOf } from './chunk-grid.js';
import type { Dataset, Region } from './dataset.js';
import { eachChunk } from './each-chunk.js';

/** What to fetch ahead: the chunks of a level that a region touches, or those of a list. */
export interface PrefetchOptions {
  /** 0, the finest, unless given. */
  readonly level?: number;
  /** All of the level unless given. */
  readonly region?: Region;
  /** Instead of a region: coordinates of chunks, most wanted first. */
  readonly chunks?: Iterable<readonly number[]>;
  /** How many chunks are fetched at a time; 4 unless given. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/** How a prefetch ended, in chunks. */
export interface PrefetchResult {
  readonly fetched: number;
  /** Those that were in the cache already. */
  readonly skipped: number;
  /** Those that the dataset did not give. */
  readonly failed: number;
}

const options = ['level', 'region', 'chunks', 'concurrency', 'signal'];

/** See `AttachedDataset.prefetch`. */
export function prefetch(
  attached: Dataset,
  isThere: (key: BlockKey) => Promise<boolean>,
  given: PrefetchOptions,
): Promise<PrefetchResult> {
  checkOptions(given, options, 'prefetch');
  const { level = 0, region, chunks, concurrency = 4, signal } = given;
  const { guid, revision } = attached.id;
  const wanted = chunks ? [...chunks] : chunksOf(attached, level, region);
  const work = async (): Promise<PrefetchResult> => {
    let [fetched, skipped, failed] = [0, 0, 0];
    const each = function* () {
      for (const at of wanted) yield { level, at };
    };
    await eachChunk(each(), concurrency, signal, async ({ at }) => {
      const key = { guid, revision, level, number: chunkNumber(attached, at, level) };
      if (await isThere(key)) {
        skipped++;
        return;
      }
      try {
        await attached.readChunk(at, { level, ...(signal && { signal }) });
        fetched++;
      } catch {
        signal?.throwIfAborted();
        failed++;
      }
    });
    return { fetched, skipped, failed };
  };
  const result = work();
  // Nobody has to wait for it.
  result.catch(() => undefined);
  return result;
}
