import { answer, BlockStorage, type Steps, type StorageOptions } from '@terrane/blocks';
import {
  type CheckedFile,
  type Driver,
  type Mode,
  type OpenMode,
  openWith,
  type Resources,
  type Spec,
} from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { cacheHeaderBytes, decodeCacheHeader, encodeCacheHeader } from './cache-header.js';
import { errors } from './errors.js';

/** An open file and the storage in it. */
export interface CacheFile {
  readonly storage: BlockStorage<Mode>;
  readonly maximumFileSize: number;
}

/** Which file it is, and how to get at it. */
export interface CachePlace {
  readonly driver: Driver<Mode>;
  readonly name: string;
  readonly driverOptions?: Spec['options'];
  readonly resources?: Resources | undefined;
  /** Bytes of tree nodes that are kept in memory. */
  readonly indexBytes: number;
}

/** How long a node of any tree in the storage is. */
const nodeBytes = 4096;

function* openFile(
  { driver, name, driverOptions, resources }: CachePlace,
  mode: OpenMode,
): Steps<CheckedFile<Mode>> {
  const spec = { name, mode, ...(driverOptions && { options: driverOptions }) };
  return yield* answer(openWith(driver, spec, resources));
}

/** An existing cache with its header checked. */
export function* openCacheFile(place: CachePlace, readOnly: boolean): Steps<CacheFile> {
  const { name } = place;
  const file = yield* openFile(place, readOnly ? 'r' : 'r+');
  return yield* closingOnFailure(file, function* () {
    const maximumFileSize = decodeCacheHeader(yield* readHeader(file), name);
    return yield* openStorage(file, place, maximumFileSize);
  });
}

/**
 * Opens a cache with that maximum size, or makes one: when there is no file, when it is empty or a header's
 * length of zeros, when it states another size, and when it is a cache that is damaged. Never when the file is something else.
 */
export function* createOrOpenCacheFile(place: CachePlace, maximum: number): Steps<CacheFile> {
  const file = yield* openFile(place, 'a');
  return yield* closingOnFailure(file, function* () {
    const asked = () => askedFor(file, place, maximum);
    return (yield* asked()) ?? (yield* makeCacheAnew(file, place, maximum, asked));
  });
}

/** The cache that a file is, if it is whole and of that maximum size. @throws CACHE_NOT_A_CACHE, CACHE_TOO_NEW */
function* askedFor(
  file: CheckedFile<Mode>,
  place: CachePlace,
  maximum: number,
): Steps<CacheFile | undefined> {
  const header = yield* readHeader(file);
  if (yield* isBlank(file, header)) return undefined;
  try {
    const isOne = decodeCacheHeader(header, place.name) === maximum;
    return isOne ? yield* openStorage(file, place, maximum) : undefined;
  } catch (error) {
    if (!isTerraneError(error, 'CACHE_DAMAGED')) throw error;
    return undefined;
  }
}

/** Whether nothing was written yet: a file gets its length first, and who makes a cache may be killed before its bytes come. */
function* isBlank(file: CheckedFile<Mode>, header: Uint8Array): Steps<boolean> {
  return header.every((byte) => byte === 0) && (yield* answer(file.size())) <= cacheHeaderBytes;
}

/**
 * Makes an empty cache from the first byte on: what was in the file is gone.
 *
 * @param unless - Is asked once the file is locked: what somebody else has made meanwhile is not made anew.
 * @throws CACHE_IN_USE
 */
export function* makeCacheAnew(
  file: CheckedFile<Mode>,
  place: CachePlace,
  maximum: number,
  unless?: () => Steps<CacheFile | undefined>,
): Steps<CacheFile> {
  const lock = file.manifest.capabilities.lock ? yield* lockFile(file) : undefined;
  try {
    const made = unless && (yield* unless());
    if (made) return made;
    const after = yield* numbersUsed(file);
    yield* answer(file.truncate(0));
    // The new header before the old content would be a cache that is longer than it may be.
    yield* answer(file.flush());
    // What is interrupted from here on has the magic, and is made again by the next one who comes.
    yield* answer(file.write(0, encodeCacheHeader(maximum)));
    yield* answer(file.flush());
    yield* answer(BlockStorage.create(file, { ...storageOptions(place, maximum), after, locked: true }));
    // This lock ends here; the storage takes its own from now on.
    return yield* openStorage(file, place, maximum);
  } finally {
    lock?.release();
  }
}

/** Numbers of commits that are not to come again: who reads the file while it is made anew must notice. */
function* numbersUsed(file: CheckedFile<Mode>): Steps<number> {
  try {
    return (yield* answer(BlockStorage.open(file, { offset: cacheHeaderBytes }))).sequence + 2;
  } catch {
    return 0;
  }
}

function storageOptions({ indexBytes }: CachePlace, limit: number): StorageOptions {
  return { offset: cacheHeaderBytes, limit, cachedNodes: Math.ceil(indexBytes / nodeBytes) };
}

function* lockFile(file: CheckedFile<Mode>): Steps<{ release(): void }> {
  try {
    return yield* answer(file.lock('exclusive'));
  } catch (cause) {
    if (!isTerraneError(cause, 'IO_LOCKED')) throw cause;
    throw errors.CACHE_IN_USE({ message: `${file.manifest.target} is written by another process`, cause });
  }
}

function* openStorage(file: CheckedFile<Mode>, place: CachePlace, maximum: number): Steps<CacheFile> {
  try {
    const storage = yield* answer(BlockStorage.open(file, storageOptions(place, maximum)));
    return { storage, maximumFileSize: maximum };
  } catch (cause) {
    if (!isTerraneError(cause, 'BLK_DAMAGED') && !isTerraneError(cause, 'BLK_NOT_A_STORAGE')) throw cause;
    const { name } = place;
    throw errors.CACHE_DAMAGED({
      message: `${name}: the block storage in it cannot be opened`,
      target: name,
      cause,
      hint: 'createOrOpen makes it anew; BlockStorage.repair saves what there is',
    });
  }
}

function* readHeader(file: CheckedFile<Mode>): Steps<Uint8Array> {
  const header = new Uint8Array(cacheHeaderBytes);
  return header.subarray(0, yield* answer(file.read(0, header)));
}

function* closingOnFailure<T>(file: CheckedFile<Mode>, work: () => Steps<T>): Steps<T> {
  try {
    return yield* work();
  } catch (error) {
    yield* answer(file.close());
    throw error;
  }
}
