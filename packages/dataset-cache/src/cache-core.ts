import {
  answer,
  BlockIndex,
  type BlockStorage,
  crc32,
  type Steps,
  type StorageStat,
  WordSlot,
} from '@terrane/blocks';
import type { Lease, Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import {
  type CacheEntry,
  type PlainKey,
  primaryFormat,
  primaryOrder,
  type UseEntry,
  type UseKey,
  useFormat,
  useOrder,
} from './cache-entry.js';
import { lastUsedRootAt, primaryRootAt } from './cache-header.js';
import { errors } from './errors.js';

/** What happened in a cache since it was opened. */
export interface CacheCounters {
  hits: number;
  misses: number;
  /** Bytes of hits, and bytes stored. */
  hitBytes: number;
  storedBytes: number;
  evictions: number;
  evictedBytes: number;
  /** Values that were there and not what was stored, and were taken for misses. */
  damaged: number;
  /** Values that could not be stored; who asked for them got them all the same. */
  failures: number;
}

/** What {@link CacheCore} is told. */
export interface CoreOptions {
  readonly readOnly: boolean;
  readonly maximumFileSize: number;
  readonly batchBytes: number;
  readonly maximumAge: number;
  readonly granularity: number;
  readonly now: () => number;
}

/** Hits that are remembered before they are written; what is beyond is forgotten. */
const mostTouches = 4096;
/** Values whose checksum was right once are not checked again, up to so many. */
const mostChecked = 1 << 17;

/** The cache file's content: values, the primary index and LastUsed, as steps over either mode. */
export class CacheCore {
  readonly storage: BlockStorage<Mode>;
  readonly counters: CacheCounters = {
    hits: 0,
    misses: 0,
    hitBytes: 0,
    storedBytes: 0,
    evictions: 0,
    evictedBytes: 0,
    damaged: 0,
    failures: 0,
  };
  readonly #options: CoreOptions;
  readonly #primary: BlockIndex<Mode, CacheEntry, PlainKey>;
  readonly #lastUsed: BlockIndex<Mode, UseEntry, UseKey>;
  readonly #touches = new Map<number, { readonly entry: CacheEntry; readonly time: number }>();
  readonly #checked = new Set<number>();
  #time = 0;
  #staged = 0;

  constructor(storage: BlockStorage<Mode>, options: CoreOptions) {
    this.storage = storage;
    this.#options = options;
    this.#primary = BlockIndex.open(storage, {
      order: primaryOrder,
      format: primaryFormat,
      root: WordSlot.at(primaryRootAt),
      cachedNodes: 2048,
    });
    this.#lastUsed = BlockIndex.open(storage, {
      order: useOrder,
      format: useFormat,
      root: WordSlot.at(lastUsedRootAt),
    });
  }

  /** Read access that is refreshed when it must be, or write access for as long as the cache is open. */
  *open(): Steps<void> {
    if (this.#options.readOnly) {
      yield* answer(this.storage.begin());
      return;
    }
    try {
      yield* answer(this.storage.beginWrite());
    } catch (cause) {
      if (!isTerraneError(cause, 'BLK_BUSY')) throw cause;
      throw errors.CACHE_IN_USE({
        message: `${this.storage.file.manifest.target} is written by another process`,
        cause,
        hint: 'open it read-only, or close it there',
      });
    }
    const last = yield* answer(this.#lastUsed.max());
    this.#time = last?.lastUsed ?? 0;
  }

  /** The value of that key when it is there and whole. */
  *get(key: PlainKey): Steps<Uint8Array | undefined> {
    const found = yield* this.#untilCurrent(() => this.#read(key));
    this.#count(found);
    return found;
  }

  /** {@link get} without a copy, where the file can share its bytes. */
  *view(key: PlainKey): Steps<Lease | undefined> {
    const found = yield* this.#untilCurrent(() => this.#view(key));
    this.#count(found?.bytes);
    return found;
  }

  #count(found: Uint8Array | undefined): void {
    if (found) {
      this.counters.hits++;
      this.counters.hitBytes += found.length;
    } else {
      this.counters.misses++;
    }
  }

  /** The entry of that key, when it is not too old. */
  *find(key: PlainKey): Steps<CacheEntry | undefined> {
    const entry = yield* answer(this.#primary.find(key));
    const old = entry !== undefined && this.#now() - entry.stored > this.#options.maximumAge;
    return old ? undefined : entry;
  }

  *has(key: PlainKey): Steps<boolean> {
    const entry = yield* this.#untilCurrent(() => this.find(key));
    return entry !== undefined;
  }

  /** Stores a value. @throws CACHE_TOO_LARGE, CACHE_READ_ONLY, and what the file says */
  *put(key: PlainKey, bytes: Uint8Array): Steps<void> {
    this.needWriting();
    const largest = this.#options.maximumFileSize / 4;
    if (bytes.length > largest) {
      throw errors.CACHE_TOO_LARGE({
        message: `${bytes.length} bytes; one value may take a quarter of the cache, ${largest} bytes`,
        length: bytes.length,
      });
    }
    yield* this.#recovering(this.#put(key, bytes));
  }

  *#put(key: PlainKey, bytes: Uint8Array): Steps<void> {
    const { storage } = this;
    yield* this.#makeRoom(bytes.length);
    const block = yield* this.#store(bytes);
    const time = this.#now();
    const { guid, revision, level, number } = key;
    const plain = { guid, revision, level, number };
    const entry = {
      ...plain,
      block,
      length: bytes.length,
      checksum: crc32(bytes),
      lastUsed: time,
      stored: time,
    };
    const old = yield* answer(this.#primary.upsert(entry));
    yield* answer(this.#lastUsed.upsert({ ...plain, lastUsed: time, block }));
    if (old) {
      yield* answer(this.#lastUsed.deleteKey(old));
      yield* answer(storage.free(old.block));
    }
    this.counters.storedBytes += bytes.length;
    this.#staged += bytes.length;
    if (this.#staged >= this.#options.batchBytes) yield* this.#commit();
  }

  /** Makes durable what was stored, and when it was used. Does nothing when the cache is read-only. */
  *flush(): Steps<void> {
    if (!this.#options.readOnly) yield* this.#recovering(this.#commit());
  }

  /** Removes all values of a dataset whose revision is below that one. @returns how many. */
  *reclaim(guid: PlainKey['guid'], revision: number): Steps<number> {
    this.needWriting();
    const from = { guid, revision: 0, level: 0, number: 0 };
    const to = { guid, revision, level: 0, number: 0 };
    return yield* this.#recovering(this.#removeRange(from, to));
  }

  /** Removes everything. */
  *clear(): Steps<number> {
    this.needWriting();
    const from = { guid: [0, 0, 0, 0], revision: 0, level: 0, number: 0 } as const;
    const beyond = 2 ** 32;
    const to = { guid: [beyond, beyond, beyond, beyond], revision: 0, level: 0, number: 0 } as const;
    return yield* this.#recovering(this.#removeRange(from, to));
  }

  /** Removes one value. @returns whether it was there. */
  *remove(key: PlainKey): Steps<boolean> {
    this.needWriting();
    const entry = yield* answer(this.#primary.find(key));
    if (entry) yield* this.#recovering(this.#drop(entry));
    return entry !== undefined;
  }

  /** How many values there are. Walks them all. */
  *count(): Steps<number> {
    return (yield* this.#untilCurrent(() => answer(this.#primary.count()))) ?? 0;
  }

  /** Figures of the file, when they can be read. */
  *storageStat(): Steps<StorageStat | undefined> {
    return yield* this.#untilCurrent(() => answer(this.storage.stat()));
  }

  /** Checks everything, every value's bytes included. @returns what is wrong, in sentences. */
  *verify(): Steps<string[]> {
    if (!this.#options.readOnly) yield* this.flush();
    const problems = (yield* answer(this.storage.verify()))
      .filter(({ harmless }) => !harmless)
      .map(({ message }) => message);
    for (const index of [this.#primary, this.#lastUsed]) {
      problems.push(...(yield* answer(index.verify())).map(({ message }) => message));
    }
    if (problems.length > 0) return problems;
    const entries: CacheEntry[] = [];
    yield* answer(this.#primary.findAll((entry) => entries.push(entry)));
    let blocks = 0;
    for (const entry of entries) {
      const bytes = yield* answer(this.storage.read(entry.block));
      const right = bytes.length === entry.length && crc32(bytes) === entry.checksum;
      if (!right) problems.push(`the value in block ${entry.block} is not what was stored`);
      const use = yield* answer(this.#lastUsed.find(entry));
      if (!use) problems.push(`the value in block ${entry.block} is missing in LastUsed`);
      blocks++;
    }
    const uses = yield* answer(this.#lastUsed.count());
    if (uses !== blocks) problems.push(`${blocks} values, and ${uses} in LastUsed`);
    return problems;
  }

  /** Shows what was committed last, by whomever. */
  *refresh(): Steps<void> {
    if (!this.#options.readOnly) return;
    yield* answer(this.storage.end());
    yield* answer(this.storage.begin());
  }

  needWriting(): void {
    if (!this.#options.readOnly) return;
    throw errors.CACHE_READ_ONLY({ message: 'the cache was opened read-only' });
  }

  *#read(key: PlainKey): Steps<Uint8Array | undefined> {
    const entry = yield* this.find(key);
    if (!entry) return undefined;
    const bytes = new Uint8Array(entry.length);
    const count = yield* answer(this.storage.readInto(entry.block, bytes));
    return (yield* this.#isRight(entry, bytes.subarray(0, count))) ? bytes : undefined;
  }

  *#view(key: PlainKey): Steps<Lease | undefined> {
    const entry = yield* this.find(key);
    const lease = entry && (yield* answer(this.storage.view(entry.block)));
    if (!lease || (yield* this.#isRight(entry, lease.bytes))) return lease;
    lease.release();
    return undefined;
  }

  /** Whether these bytes are what was stored; looked at once for each value. What is not is dropped. */
  *#isRight(entry: CacheEntry, bytes: Uint8Array): Steps<boolean> {
    this.#touch(entry);
    if (this.#checked.has(entry.block)) return true;
    if (bytes.length !== entry.length || crc32(bytes) !== entry.checksum) {
      this.counters.damaged++;
      if (!this.#options.readOnly) yield* this.remove(entry);
      return false;
    }
    if (this.#checked.size >= mostChecked) this.#checked.clear();
    this.#checked.add(entry.block);
    return true;
  }

  /** Tries again with the newest state when a writer has overtaken the one that was read; damage counts as a miss. */
  *#untilCurrent<T>(attempt: () => Steps<T>): Steps<T | undefined> {
    for (let time = 0; time < 5; time++) {
      try {
        return yield* attempt();
      } catch (error) {
        if (isTerraneError(error, 'BLK_OVERTAKEN')) {
          yield* this.refresh();
        } else {
          if (!isTerraneError(error, 'BLK_DAMAGED') && !isTerraneError(error, 'BLK_NO_BLOCK')) throw error;
          this.counters.damaged++;
          return undefined;
        }
      }
    }
    return undefined;
  }

  #touch(entry: CacheEntry): void {
    const { readOnly, granularity } = this.#options;
    const time = this.#now();
    if (readOnly || time - entry.lastUsed < granularity) return;
    if (this.#touches.size < mostTouches) this.#touches.set(entry.block, { entry, time });
  }

  /** Never goes back, not over closing either: what was used later must not look older. */
  #now(): number {
    this.#time = Math.max(this.#time, Math.floor(this.#options.now()));
    return this.#time;
  }

  *#commit(): Steps<void> {
    yield* this.#applyTouches();
    // Enough for the next batches while what is evicted now still rests.
    const { batchBytes } = this.#options;
    const missing = 3 * batchBytes - this.storage.room - this.storage.resting;
    if (missing > 0) yield* this.#evict(missing);
    yield* answer(this.storage.commit());
    this.#staged = 0;
  }

  *#applyTouches(): Steps<void> {
    const touches = [...this.#touches.values()];
    this.#touches.clear();
    for (const { entry, time } of touches) {
      // Each may change a node of its own in three trees. An old time is better than no room for values.
      if (this.storage.room < this.#options.batchBytes) return;
      const now = yield* answer(this.#primary.find(entry));
      if (now?.block !== entry.block) continue;
      yield* answer(this.#lastUsed.deleteKey(now));
      yield* answer(this.#primary.upsert({ ...now, lastUsed: time }));
      const { guid, revision, level, number, block } = now;
      yield* answer(this.#lastUsed.upsert({ guid, revision, level, number, block, lastUsed: time }));
    }
  }

  /** Removes what was used longest ago, `bytes` or more of it. @returns how many bytes that were. */
  *#evict(bytes: number): Steps<number> {
    let freed = 0;
    while (freed < bytes) {
      const oldest = yield* answer(this.#lastUsed.min());
      if (!oldest) break;
      const entry = yield* answer(this.#primary.find(oldest));
      if (entry?.block === oldest.block) {
        freed += entry.length;
        this.counters.evictions++;
        this.counters.evictedBytes += entry.length;
        yield* this.#drop(entry);
      } else {
        yield* answer(this.#lastUsed.deleteKey(oldest));
      }
    }
    return freed;
  }

  *#drop(entry: CacheEntry): Steps<void> {
    yield* answer(this.#primary.deleteKey(entry));
    yield* answer(this.#lastUsed.deleteKey(entry));
    yield* answer(this.storage.free(entry.block));
    this.#touches.delete(entry.block);
    this.#checked.delete(entry.block);
  }

  /** Evicts and commits until a value of that size fits beside what the commit itself needs. */
  *#makeRoom(length: number): Steps<void> {
    const { storage } = this;
    // A piece of a page may be left over.
    const needed = length + 4096 + 64;
    for (let time = 0; storage.room < needed; time++) {
      // What was evicted can be used after two commits; when it is then not enough, it was in too many pieces.
      const missing = time < 3 ? needed - storage.room - storage.resting : needed;
      const freed = missing > 0 ? yield* this.#evict(missing) : 0;
      if (freed === 0 && time > 6) throw tooLarge(length);
      yield* answer(storage.commit(true));
      this.#staged = 0;
    }
  }

  /** Writes a value into a block of its own; evicts more when there is room, but not in one piece. */
  *#store(bytes: Uint8Array): Steps<number> {
    const { storage } = this;
    for (;;) {
      const block = yield* answer(storage.allocate(bytes.length));
      try {
        yield* answer(storage.write(block, bytes));
        return block;
      } catch (error) {
        if (!isTerraneError(error, 'BLK_FULL')) throw error;
        yield* answer(storage.free(block));
      }
      const freed = yield* this.#evict(2 * bytes.length + 4096);
      if (freed === 0) throw tooLarge(bytes.length);
      for (let time = 0; time < 3; time++) yield* answer(storage.commit(true));
      this.#staged = 0;
    }
  }

  *#removeRange(from: PlainKey, to: PlainKey): Steps<number> {
    let removed = 0;
    for (;;) {
      const some: CacheEntry[] = [];
      const collect = (entry: CacheEntry) => some.push(entry) < 1000;
      yield* answer(this.#primary.findFromTo(from, true, to, false, collect));
      for (const entry of some) yield* this.#drop(entry);
      removed += some.length;
      yield* this.#commit();
      if (some.length < 1000) return removed;
    }
  }

  /** When a change fails half-way, goes back to the last commit, so that the next one can be tried. */
  *#recovering<T>(steps: Steps<T>): Steps<T> {
    try {
      // The last attempt to begin again may have failed, too.
      if (!this.storage.writing) yield* answer(this.storage.beginWrite());
      return yield* steps;
    } catch (error) {
      if (isTerraneError(error, 'CACHE_TOO_LARGE')) throw error;
      this.#touches.clear();
      this.#staged = 0;
      try {
        yield* answer(this.storage.rollback());
        yield* answer(this.storage.beginWrite());
      } catch {
        // What went wrong first says more.
      }
      throw error;
    }
  }
}

function tooLarge(length: number): Error {
  return errors.CACHE_TOO_LARGE({ message: `no room for ${length} bytes, with everything evicted`, length });
}
