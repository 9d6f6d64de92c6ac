import { answer, type BlockStorage, run, type Steps, Turns } from '@terrane/blocks';
import { type CheckedFile, isPromise, type Lease, type Mode, type Out } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { abortable, type CallOptions } from './abortable.js';
import { type AttachedDataset, attach } from './attach.js';
import { type BlockKey, parseGuid, plainKey } from './block-key.js';
import type { CacheEvents } from './cache-events.js';
import { type CreateOptions, commonOptions, type OpenOptions } from './cache-options.js';
import { type CacheStat, statCache } from './cache-stat.js';
import type { CacheState } from './cache-state.js';
import { flush, recovering } from './commit-cache.js';
import type { Dataset, DatasetId } from './dataset.js';
import { clear, reclaim } from './drop-range.js';
import { dropKey } from './drop-value.js';
import { encodeValue } from './encode-value.js';
import { errors } from './errors.js';
import { countValues, hasValue } from './find-entry.js';
import { MemoryTier } from './memory-tier.js';
import { type CacheFile, createOrOpenCacheFile, makeCacheAnew, openCacheFile } from './open-cache-file.js';
import { openState, placeOf } from './open-state.js';
import { readQuickly, viewQuickly } from './read-quickly.js';
import { readValue, viewValue } from './read-value.js';
import { renewing } from './renew-cache.js';
import { SharedFetches } from './shared-fetch.js';
import { storeValue } from './store-value.js';
import { verifyCache } from './verify-cache.js';

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
  readonly #state: CacheState;
  readonly #turns: Turns<M>;
  readonly #memory: MemoryTier;
  readonly #fetches = new SharedFetches<Uint8Array>((bytes) => bytes.slice());
  /** Whether the short ways over synchronous files are open. */
  #quick: boolean;
  #closed = false;

  private constructor(mode: M, state: CacheState, memory: MemoryTier) {
    this.#mode = mode;
    this.maximumFileSize = state.options.maximumFileSize;
    this.readOnly = state.options.readOnly;
    this.#state = state;
    this.#turns = new Turns(mode);
    this.#memory = memory;
    this.#quick = mode === 'sync';
  }

  /**
   * Opens the cache of that name when its maximum size is the one asked for, and otherwise makes a new one in its place;
   * also when the cache is damaged. A file that is no dataset cache is left alone.
   *
   * @throws CACHE_NOT_A_CACHE, CACHE_TOO_NEW, CACHE_IN_USE, CACHE_CODEC, BLK_TOO_NEW, and what the driver says
   */
  static createOrOpen<M extends Mode>(name: string, options: CreateOptions<M>): Out<M, DatasetFileCache<M>> {
    checkOptions(options, [...commonOptions, 'maximumFileSize'], 'DatasetFileCache.createOrOpen');
    const { maximumFileSize = 2 ** 30 } = options;
    if (!Number.isSafeInteger(maximumFileSize) || maximumFileSize < smallest) {
      throw new RangeError(`maximumFileSize is a whole number of bytes from ${smallest} up`);
    }
    const place = placeOf(name, options);
    const open = () => createOrOpenCacheFile(place, maximumFileSize);
    return DatasetFileCache.#open(open, options, false, (file) =>
      makeCacheAnew(file, place, maximumFileSize),
    );
  }

  /**
   * Opens a cache that is there.
   *
   * @throws CACHE_NOT_A_CACHE, CACHE_TOO_NEW, CACHE_DAMAGED, CACHE_IN_USE, CACHE_CODEC, IO_NOT_FOUND
   */
  static open<M extends Mode>(name: string, options: OpenOptions<M>): Out<M, DatasetFileCache<M>> {
    checkOptions(options, [...commonOptions, 'readOnly'], 'DatasetFileCache.open');
    const { readOnly = false } = options;
    return DatasetFileCache.#open(() => openCacheFile(placeOf(name, options), readOnly), options, readOnly);
  }

  static #open<M extends Mode>(
    openFile: () => Steps<CacheFile>,
    options: OpenOptions<M>,
    readOnly: boolean,
    makeAnew?: (file: CheckedFile<Mode>) => Steps<CacheFile>,
  ): Out<M, DatasetFileCache<M>> {
    const { mode } = options.driver;
    const opening = function* (): Steps<DatasetFileCache<M>> {
      const state = yield* openState(openFile, options, readOnly, makeAnew);
      return new DatasetFileCache(mode, state, new MemoryTier(options.memoryBytes ?? 0));
    };
    return run(mode, opening());
  }

  /** Whether operations answer at once or by promise. */
  get mode(): M {
    return this.#mode;
  }

  /** The storage in the file, for looking at. */
  get storage(): BlockStorage<M> {
    return this.#state.storage as BlockStorage<M>;
  }

  /**
   * Calls `listener` with every event of that name, until the function is called that it returns. What listeners throw
   * is ignored.
   */
  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): () => void {
    return this.#state.listeners.on(name, listener);
  }

  /** A block's bytes, decoded, or nothing. What is damaged is taken for absent. @throws the signal's reason */
  get(key: BlockKey, options?: CallOptions): Out<M, Uint8Array | undefined> {
    if (this.#quick && options === undefined) {
      const found = readQuickly(this.#state, key);
      if (found !== undefined) return found?.bytes as Out<M, Uint8Array | undefined>;
    }
    return this.#abortable('get', options, () =>
      this.#run(function* (state) {
        return (yield* readValue(state, plainKey(key)))?.bytes;
      }),
    );
  }

  /**
   * A block's bytes into an array of the caller's, from its beginning: no fresh memory. Where there is nothing, and after
   * an error, what is in the array means nothing.
   *
   * @returns how many bytes they are, or nothing.
   * @throws RangeError when they do not fit, the signal's reason; nothing is written to the array after that.
   */
  getInto(key: BlockKey, target: Uint8Array, options?: CallOptions): Out<M, number | undefined> {
    if (!(target instanceof Uint8Array)) throw new TypeError('the target is a Uint8Array');
    if (this.#quick && options === undefined) {
      const found = readQuickly(this.#state, key, target);
      if (found !== undefined) return found?.bytes.length as Out<M, number | undefined>;
    }
    return this.#abortable('getInto', options, (signal) =>
      this.#run(function* (state) {
        // What somebody may stop waiting for goes into an array of its own first.
        const into = signal ? new Uint8Array(target.length) : target;
        const count = (yield* readValue(state, plainKey(key), into))?.bytes.length;
        signal?.throwIfAborted();
        if (signal && count !== undefined) target.set(into.subarray(0, count));
        return count;
      }),
    );
  }

  /**
   * A block's bytes without a copy, read-only; nothing when it is not there, when it is stored encoded, or when the driver
   * cannot share bytes. They stay what they are until two more commits were made: use them at once.
   */
  view(key: BlockKey): Out<M, Lease | undefined> {
    if (this.#quick) {
      const lease = viewQuickly(this.#state, key);
      if (lease !== undefined) return (lease ?? undefined) as Out<M, Lease | undefined>;
    }
    return this.#run((state) => viewValue(state, plainKey(key)));
  }

  /** Whether a block is there. @throws the signal's reason */
  has(key: BlockKey, options?: CallOptions): Out<M, boolean> {
    return this.#abortable('has', options, () => this.#run((state) => hasValue(state, plainKey(key))));
  }

  /**
   * Keeps a block, with the cache's codec when it has one.
   *
   * @throws CACHE_READ_ONLY, CACHE_TOO_LARGE, what the codec and the driver say, the signal's reason
   */
  put(key: BlockKey, bytes: Uint8Array, options?: CallOptions): Out<M, void> {
    return this.#abortable('put', options, (signal) => {
      // Who has stopped waiting may use the array for something else.
      const isLent = signal !== undefined && this.#mode === 'async' && bytes instanceof Uint8Array;
      return this.#put(key, isLent ? bytes.slice() : bytes, signal);
    });
  }

  #put(key: BlockKey, bytes: Uint8Array, signal: AbortSignal | undefined): Out<M, void> {
    const [state, memory] = [this.#state, this.#memory];
    // While others have their turn; the order of calls stays.
    const encoded = this.#run(function* () {
      state.needWriting();
      return yield* encodeValue(state, bytes);
    });
    if (isPromise(encoded)) encoded.then(undefined, () => undefined);
    return this.#take(function* () {
      const plain = plainKey(key);
      const value = yield* answer(encoded);
      signal?.throwIfAborted();
      memory.remove(key);
      yield* renewing(state, () => recovering(state, storeValue(state, plain, value)));
    });
  }

  /** Drops a block. @returns whether it was there. @throws CACHE_READ_ONLY */
  delete(key: BlockKey): Out<M, boolean> {
    const memory = this.#memory;
    return this.#take(function* (state) {
      state.needWriting();
      const plain = plainKey(key);
      memory.remove(key);
      return yield* renewing(state, () => recovering(state, dropKey(state, plain)));
    });
  }

  /** Drops everything. @returns how many blocks. @throws CACHE_READ_ONLY */
  clear(): Out<M, number> {
    this.#memory.clear();
    return this.#take((state) => renewing(state, () => clear(state)));
  }

  /** Drops the blocks of a dataset's earlier revisions. @returns how many. @throws CACHE_READ_ONLY */
  reclaim({ guid, revision }: DatasetId): Out<M, number> {
    return this.#take((state) => {
      const plain = parseGuid(guid);
      return renewing(state, () => reclaim(state, plain, revision));
    });
  }

  /** How many blocks there are. */
  count(): Out<M, number> {
    return this.#run(countValues);
  }

  /** Makes durable what was stored. Does nothing on a read-only cache. @throws the signal's reason */
  flush(options?: CallOptions): Out<M, void> {
    return this.#abortable('flush', options, (signal) =>
      this.#take((state) => {
        signal?.throwIfAborted();
        return renewing(state, () => flush(state));
      }),
    );
  }

  /** Shows a reader what was committed last. A read that finds its state gone does so by itself. */
  refresh(): Out<M, void> {
    return this.#take((state) => state.refresh());
  }

  /**
   * Reads the whole file and returns what is wrong with it. Commits what was stored.
   *
   * @throws the signal's reason
   */
  verify(options: CallOptions = {}): Out<M, string[]> {
    checkOptions(options, ['signal'], 'verify');
    return this.#take((state) => verifyCache(state, options.signal));
  }

  /** Figures; of the file, as of the last commit. Commits what was stored. */
  stat(): Out<M, CacheStat> {
    const memory = this.#memory;
    return this.#take((state) => statCache(state, memory));
  }

  /**
   * A dataset that reads through the cache: what is there is not fetched, what is fetched is kept, and who asks for a
   * chunk that is being fetched waits for it. Trouble with the cache is never trouble with the dataset: it counts as a
   * `failure`. Blocks of earlier revisions are dropped.
   */
  attach(dataset: Dataset): AttachedDataset {
    const state = this.#state;
    return attach(dataset, {
      cache: this,
      memory: this.#memory,
      fetches: this.#fetches,
      state,
      find: (key) => {
        const found = this.#quick ? readQuickly(state, key) : undefined;
        return found !== undefined ? (found ?? undefined) : this.#run(() => readValue(state, plainKey(key)));
      },
    });
  }

  /** Commits, and closes the file. When that fails the file is closed all the same, and the error thrown. */
  close(): Out<M, void> {
    const state = this.#state;
    return this.#turns.take(() => {
      const open = !this.#closed;
      this.#closed = true;
      this.#quick = false;
      return closing(open);
    });
    function* closing(open: boolean): Steps<void> {
      if (!open) return;
      try {
        yield* flush(state);
      } finally {
        state.recent.clear();
        yield state.storage.close();
      }
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take<T>(start: (state: CacheState) => Steps<T>): Out<M, T> {
    return this.#turns.take(() => {
      this.#needOpen();
      return start(this.#state);
    });
  }

  /** Reading needs no turn: nothing that it finds on the way is changed in place. */
  #run<T>(start: (state: CacheState) => Steps<T>): Out<M, T> {
    return run(this.#mode, this.#steps(start));
  }

  #abortable<T>(
    what: string,
    options: CallOptions | undefined,
    work: (signal?: AbortSignal) => Out<M, T>,
  ): Out<M, T> {
    if (options === undefined) return work();
    checkOptions(options, ['signal'], what);
    const { signal } = options;
    return abortable(this.#mode, signal, () => work(signal));
  }

  *#steps<T>(start: (state: CacheState) => Steps<T>): Steps<T> {
    this.#needOpen();
    return yield* start(this.#state);
  }

  #needOpen(): void {
    if (this.#closed) throw errors.CACHE_CLOSED({ message: 'the cache is closed' });
  }
}
