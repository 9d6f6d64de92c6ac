import { answer, type Steps } from '@terrane/blocks';
import type { CheckedFile, Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import type { CacheOptions } from './cache-options.js';
import { CacheState } from './cache-state.js';
import { codecsOf } from './known-codecs.js';
import type { CacheFile, CachePlace } from './open-cache-file.js';

const leastIndexBytes = 1 << 16;
const mostBatchBytes = 16 << 20;

/**
 * Opens the file, and begins to read or write it: what a cache is opened with, in place of what was not given.
 *
 * @param makeAnew - Makes another cache of a file that turns out to be damaged where it is needed for writing.
 */
export function* openState<M extends Mode>(
  openFile: () => Steps<CacheFile>,
  options: CacheOptions<M>,
  readOnly: boolean,
  makeAnew?: (file: CheckedFile<Mode>) => Steps<CacheFile>,
): Steps<CacheState> {
  const codecs = codecsOf(options.driver.mode, options.codec, options.codecs);
  const begin = function* ({ storage, maximumFileSize }: CacheFile): Steps<CacheState> {
    const state = new CacheState(storage, {
      readOnly,
      maximumFileSize,
      batchBytes: batchBytesOf(options.batchBytes, maximumFileSize),
      maximumAge: options.maximumAge ?? Number.POSITIVE_INFINITY,
      granularity: options.lastUsedGranularity ?? 1000,
      codecs,
      now: options.now ?? Date.now,
      makeAnew,
      openAgain: openFile,
    });
    yield* state.open();
    return state;
  };
  const found = yield* openFile();
  const { file } = found.storage;
  try {
    try {
      return yield* begin(found);
    } catch (error) {
      if (!makeAnew || !isTerraneError(error, 'CACHE_DAMAGED')) throw error;
      yield* answer(found.storage.rollback());
      return yield* begin(yield* makeAnew(file));
    }
  } catch (error) {
    yield* answer(file.close());
    throw error;
  }
}

/** Space for three batches is kept free, so that a batch is never more than an eighth of the file. */
function batchBytesOf(given: number | undefined, maximumFileSize: number): number {
  if (given !== undefined && !(given > 0)) throw new RangeError('batchBytes is a number of bytes above 0');
  const usual = Math.min(mostBatchBytes, maximumFileSize / 16);
  return Math.floor(Math.min(given ?? usual, maximumFileSize / 8));
}

/** Where the file is, and how much of it is kept in memory. @throws RangeError */
export function placeOf<M extends Mode>(name: string, options: CacheOptions<M>): CachePlace {
  const { driver, driverOptions, resources, indexBytes = 32 << 20 } = options;
  if (!(indexBytes >= leastIndexBytes)) throw new RangeError(`indexBytes is ${leastIndexBytes} or more`);
  return { name, driver, resources, indexBytes, ...(driverOptions && { driverOptions }) };
}
