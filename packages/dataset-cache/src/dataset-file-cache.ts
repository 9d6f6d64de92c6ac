import { type BlockStorage, run, type Steps, type StorageStat, Turns } from '@terrane/blocks';
import type { Driver, Lease, Mode, Out, Resources, Spec } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { attach } from './attach.js';
import { CacheCore, type CacheCounters } from './cache-core.js';
import { type BlockKey, parseGuid, plainKey } from './cache-entry.js';
import type { Dataset, DatasetId } from './dataset.js';
import { errors } from './errors.js';
import { MemoryTier } from './memory-tier.js';
import { type CacheFile, type CachePlace, createOrOpenCacheFile, openCacheFile } from './open-cache-file.js';

/** Options of every open cache. */
export interface CacheOptions<M extends Mode> {
  /** Opens the file: `sec2`, `http`, … */
  readonly driver: Driver<M>;
  /** Options of that driver. */
  readonly driverOptions?: Spec['options'];
  /** What that driver is handed: `flock` for `sec2`, `headers` for `http`. */
  readonly resources?: Resources;
  /** Values older than this many milliseconds are misses. No limit unless given. */
  readonly maximumAge?: number;
  /** Bytes of values that attached datasets keep in memory, too; 0 unless given. */
  readonly memoryBytes?: number;
  /** How often a value's time of use is worth writing, in milliseconds; 1000 unless given. */
  readonly lastUsedGranularity?: number;
  /** The clock, in milliseconds since 1970; `Date.now` unless given. */
  readonly now?: () => number;
}

/** Options of {@link DatasetFileCache.createOrOpen}. */
export interface CreateOptions<M extends Mode> extends CacheOptions<M> {
  /** The most that the file may ever be long, in bytes, 1 MiB or more. Another one than the file's makes a new cache. 1 GiB unless given. */
  readonly maximumFileSize?: number;
  /** Bytes that are stored before they are committed; a sixteenth of the file and at most 16 MiB unless given. */
  readonly batchBytes?: number;
}

/** Options of {@link DatasetFileCache.open}. */
export interface OpenOptions<M extends Mode> extends CacheOptions<M> {
  /** Any number of processes may read one file. */
  readonly readOnly?: boolean;
  readonly batchBytes?: number;
}

/** Figures of a cache: since it was opened, and of its file. */
export interface CacheStat extends Readonly<CacheCounters> {
  readonly maximumFileSize: number;
  /** Of the last commit; nothing when the file is damaged there, or a writer is too quick for this reader. */
  readonly storage: StorageStat | undefined;
  readonly memoryBytes: number;
}

const common = [
  'driver',
  'driverOptions',
  'resources',
  'maximumAge',
  'memoryBytes',
  'lastUsedGranularity',
  'now',
  'batchBytes',
];
const smallest = 1 << 20;

/**
 * One file that keeps blocks of many datasets, at most so large, and drops what was used longest ago.
 *
 * One process writes it; any number read it, each as of its last `refresh`, also while it is being written.
 */
export class DatasetFileCache<M extends Mode = Mode> implements Disposable, AsyncDisposable {
  readonly maximumFileSize: number;
  readonly readOnly: boolean;
  readonly #mode: M;
  readonly #core: CacheCore;
  readonly #turns: Turns<M>;
  readonly #memory: MemoryTier;
  #closed = false;

  private constructor(mode: M, file: CacheFile, core: CacheCore, readOnly: boolean, memory: MemoryTier) {
    this.#mode = mode;
    this.maximumFileSize = file.maximumFileSize;
    this.readOnly = readOnly;
    this.#core = core;
    this.#turns = new Turns(mode);
    this.#memory = memory;
  }

  /**
   * Opens the cache of that name when its maximum size is the one asked for, and otherwise makes a new one in its place;
   * also when the cache is damaged. A file that is no dataset cache is left alone.
   *
   * @throws CACHE_NOT_A_CACHE, CACHE_TOO_NEW, CACHE_IN_USE, BLK_TOO_NEW, and what the driver says
   */
  static createOrOpen<M extends Mode>(name: string, options: CreateOptions<M>): Out<M, DatasetFileCache<M>> {
    checkOptions(options, [...common, 'maximumFileSize'], 'DatasetFileCache.createOrOpen');
    const { maximumFileSize = 2 ** 30 } = options;
    if (!Number.isSafeInteger(maximumFileSize) || maximumFileSize < smallest) {
      throw new RangeError(`maximumFileSize is a whole number of bytes from ${smallest} up`);
    }
    const file = () => createOrOpenCacheFile(placeOf(name, options), maximumFileSize);
    return DatasetFileCache.#open(file, options, false);
  }

  /**
   * Opens a cache that is there.
   *
   * @throws CACHE_NOT_A_CACHE, CACHE_TOO_NEW, CACHE_DAMAGED, CACHE_IN_USE, IO_NOT_FOUND
   */
  static open<M extends Mode>(name: string, options: OpenOptions<M>): Out<M, DatasetFileCache<M>> {
    checkOptions(options, [...common, 'readOnly'], 'DatasetFileCache.open');
    const { readOnly = false } = options;
    return DatasetFileCache.#open(() => openCacheFile(placeOf(name, options), readOnly), options, readOnly);
  }

  static #open<M extends Mode>(
    openFile: () => Steps<CacheFile>,
    options: OpenOptions<M>,
    readOnly: boolean,
  ): Out<M, DatasetFileCache<M>> {
    const { mode } = options.driver;
    return run(mode, opening());
    function* opening(): Steps<DatasetFileCache<M>> {
      const file = yield* openFile();
      const core = new CacheCore(file.storage, {
        readOnly,
        maximumFileSize: file.maximumFileSize,
        batchBytes: options.batchBytes ?? Math.min(16 << 20, Math.floor(file.maximumFileSize / 16)),
        maximumAge: options.maximumAge ?? Number.POSITIVE_INFINITY,
        granularity: options.lastUsedGranularity ?? 1000,
        now: options.now ?? Date.now,
      });
      try {
        yield* core.open();
      } catch (error) {
        yield file.storage.close();
        throw error;
      }
      return new DatasetFileCache(mode, file, core, readOnly, new MemoryTier(options.memoryBytes ?? 0));
    }
  }

  /** Whether operations answer at once or by promise. */
  get mode(): M {
    return this.#mode;
  }

  /** The storage in the file, for looking at. */
  get storage(): BlockStorage<M> {
    return this.#core.storage as BlockStorage<M>;
  }

  /** A block's bytes, or nothing. What is damaged is taken for absent. */
  get(key: BlockKey): Out<M, Uint8Array | undefined> {
    return this.#run(() => this.#core.get(plainKey(key)));
  }

  /**
   * A block's bytes without a copy, read-only; nothing when it is not there, or when the driver cannot share bytes. They
   * stay what they are until two more commits were made: use them at once.
   */
  view(key: BlockKey): Out<M, Lease | undefined> {
    return this.#run(() => this.#core.view(plainKey(key)));
  }

  /** Whether a block is there. */
  has(key: BlockKey): Out<M, boolean> {
    return this.#run(() => this.#core.has(plainKey(key)));
  }

  /** Keeps a block. @throws CACHE_READ_ONLY, CACHE_TOO_LARGE, and what the driver says */
  put(key: BlockKey, bytes: Uint8Array): Out<M, void> {
    return this.#take(() => this.#core.put(plainKey(key), bytes));
  }

  /** Drops a block. @returns whether it was there. @throws CACHE_READ_ONLY */
  delete(key: BlockKey): Out<M, boolean> {
    return this.#take(() => this.#core.remove(plainKey(key)));
  }

  /** Drops everything. @throws CACHE_READ_ONLY */
  clear(): Out<M, number> {
    this.#memory.clear();
    return this.#take(() => this.#core.clear());
  }

  /** Drops the blocks of a dataset's earlier revisions. @returns how many. @throws CACHE_READ_ONLY */
  reclaim({ guid, revision }: DatasetId): Out<M, number> {
    return this.#take(() => this.#core.reclaim(parseGuid(guid), revision));
  }

  /** How many blocks there are. */
  count(): Out<M, number> {
    return this.#run(() => this.#core.count());
  }

  /** Makes durable what was stored. Does nothing on a read-only cache. */
  flush(): Out<M, void> {
    return this.#take(() => this.#core.flush());
  }

  /** Shows a reader what was committed last. A read that finds its state gone does so by itself. */
  refresh(): Out<M, void> {
    return this.#take(() => this.#core.refresh());
  }

  /** Reads the whole file and returns what is wrong with it. Commits what was stored. */
  verify(): Out<M, string[]> {
    return this.#take(() => this.#core.verify());
  }

  /** Figures; of the file, as of the last commit. */
  stat(): Out<M, CacheStat> {
    const core = this.#core;
    const { maximumFileSize } = this;
    const memoryBytes = this.#memory.bytes;
    return this.#take(function* () {
      yield* core.flush();
      const storage = yield* core.storageStat();
      return { ...core.counters, maximumFileSize, storage, memoryBytes };
    });
  }

  /**
   * A dataset that reads through the cache: what is there is not fetched, what is fetched is kept, and who asks for a
   * chunk that is being fetched waits for it. Trouble with the cache is never trouble with the dataset: it counts as a
   * `failure`. Blocks of earlier revisions are dropped.
   */
  attach(dataset: Dataset): Dataset {
    return attach(this, dataset, this.#memory, () => {
      this.#core.counters.failures++;
    });
  }

  /** Commits, and closes the file. When that fails the file is closed all the same, and the error thrown. */
  close(): Out<M, void> {
    if (this.#closed) return this.#turns.take(function* () {});
    const core = this.#core;
    return this.#turns.take(() => {
      this.#closed = true;
      return closing();
    });
    function* closing(): Steps<void> {
      try {
        yield* core.flush();
      } finally {
        yield core.storage.close();
      }
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take<T>(start: () => Steps<T>): Out<M, T> {
    return this.#turns.take(() => {
      this.#needOpen();
      return start();
    });
  }

  /** Reading needs no turn: nothing that it finds on the way is changed in place. */
  #run<T>(start: () => Steps<T>): Out<M, T> {
    const needOpen = () => this.#needOpen();
    return run(
      this.#mode,
      (function* () {
        needOpen();
        return yield* start();
      })(),
    );
  }

  #needOpen(): void {
    if (this.#closed) throw errors.CACHE_CLOSED({ message: 'the cache is closed' });
  }
}

function placeOf(name: string, { driver, driverOptions, resources }: CacheOptions<Mode>): CachePlace {
  return { name, driver, resources, ...(driverOptions && { driverOptions }) };
}
