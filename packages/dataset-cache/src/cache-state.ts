import { answer, BlockIndex, type BlockStorage, type Steps, WordSlot } from '@terrane/blocks';
import type { CheckedFile, Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import type { PlainKey } from './block-key.js';
import { newCounters } from './cache-counters.js';
import {
  type CacheEntry,
  primaryFormat,
  primaryOrder,
  type UseEntry,
  type UseKey,
  useFormat,
  useOrder,
} from './cache-entry.js';
import { Listeners } from './cache-events.js';
import { lastUsedRootAt, primaryRootAt } from './cache-header.js';
import { errors } from './errors.js';
import type { Codecs } from './known-codecs.js';
import type { CacheFile } from './open-cache-file.js';
import { RecentValues } from './recent-values.js';

/** What {@link CacheState} is told. */
export interface StateOptions {
  readonly readOnly: boolean;
  readonly maximumFileSize: number;
  readonly batchBytes: number;
  readonly maximumAge: number;
  readonly granularity: number;
  readonly codecs: Codecs;
  readonly now: () => number;
  /** Makes another cache of a file that is damaged where changes need it. */
  readonly makeAnew?: ((file: CheckedFile<Mode>) => Steps<CacheFile>) | undefined;
  /** Opens the file once more, for a reader under whom it was changed. */
  readonly openAgain: () => Steps<CacheFile>;
}

/** Hits that are remembered before they are written; what is beyond is forgotten. */
const mostTouches = 4096;
/** Values whose checksum was right once are not checked again, up to so many. */
const mostChecked = 1 << 17;

/** An open cache: its storage with both indexes, and what it knows beside the file. Others do the work on it. */
export class CacheState {
  storage!: BlockStorage<Mode>;
  readonly options: StateOptions;
  readonly counters = newCounters();
  readonly listeners = new Listeners();
  primary!: BlockIndex<Mode, CacheEntry, PlainKey>;
  lastUsed!: BlockIndex<Mode, UseEntry, UseKey>;
  readonly recent = new RecentValues();
  /** Blocks whose value is not what was stored: misses from then on, and gone with the next change. */
  readonly condemned = new Map<number, CacheEntry>();
  /** Hits whose time is not written yet, by block. */
  readonly touches = new Map<number, { readonly entry: CacheEntry; time: number }>();
  /** Bytes stored since the last commit. */
  staged = 0;
  /** Whether something that a caller asked for is not committed yet. */
  owing = false;
  /** Checksums by block. A block's number comes again only in a file that is made anew. */
  readonly #checked = new Map<number, number>();
  #time = 0;

  constructor(storage: BlockStorage<Mode>, options: StateOptions) {
    this.options = options;
    this.show(storage);
  }

  /** Another storage is the cache from here on. */
  show(storage: BlockStorage<Mode>): void {
    this.forgetStaged();
    this.condemned.clear();
    this.#checked.clear();
    this.storage = storage;
    this.primary = BlockIndex.open(storage, {
      order: primaryOrder,
      format: primaryFormat,
      root: WordSlot.at(primaryRootAt),
    });
    this.lastUsed = BlockIndex.open(storage, {
      order: useOrder,
      format: useFormat,
      root: WordSlot.at(lastUsedRootAt),
    });
  }

  /**
   * Read access that is refreshed when it must be, or write access for as long as the cache is open.
   *
   * @throws CACHE_IN_USE; CACHE_DAMAGED when what every change needs cannot be read.
   */
  *open(): Steps<void> {
    if (this.options.readOnly) {
      yield* answer(this.storage.begin());
      return;
    }
    const { target } = this.storage.file.manifest;
    try {
      yield* answer(this.storage.beginWrite());
      // Where eviction begins, and where times go on.
      yield* answer(this.primary.min());
      yield* answer(this.lastUsed.min());
      const last = yield* answer(this.lastUsed.max());
      this.#time = Math.max(this.#time, last?.lastUsed ?? 0);
    } catch (cause) {
      if (isTerraneError(cause, 'BLK_BUSY')) {
        throw errors.CACHE_IN_USE({
          message: `${target} is written by another process`,
          cause,
          hint: 'open it read-only, or close it there',
        });
      }
      if (!isTerraneError(cause, 'BLK_DAMAGED') && !isTerraneError(cause, 'BLK_NO_BLOCK')) throw cause;
      throw errors.CACHE_DAMAGED({
        message: `${target}: what is needed for writing it cannot be read`,
        target,
        cause,
        hint: 'createOrOpen makes it anew; read-only, what is whole can be read',
      });
    }
  }

  /** Shows a reader what was committed last, by whomever. */
  *refresh(): Steps<void> {
    if (!this.options.readOnly) return;
    const { storage } = this;
    try {
      yield* answer(storage.refresh());
    } catch (error) {
      if (!isTerraneError(error, 'IO_CHANGED')) throw error;
      yield* this.#openAgain(storage);
    }
  }

  /** A file that somebody cut, or replaced, is not read any more by who has it open: drivers see to that. */
  *#openAgain(before: BlockStorage<Mode>): Steps<void> {
    const { storage } = yield* this.options.openAgain();
    // Another read may have been first, or the cache closed.
    const isWanted = this.storage === before && !before.file.closed;
    if (isWanted) this.show(storage);
    try {
      yield* answer((isWanted ? before : storage).close());
    } catch {
      // Nobody reads it any more.
    }
  }

  /** @throws CACHE_READ_ONLY */
  needWriting(): void {
    if (!this.options.readOnly) return;
    throw errors.CACHE_READ_ONLY({ message: 'the cache was opened read-only' });
  }

  /** Never goes back, not over closing either: what was used later must not look older. */
  now(): number {
    const time = Math.floor(this.options.now());
    if (time > this.#time) this.#time = time;
    return this.#time;
  }

  /** Notes that a value was used. Written with the next commit. */
  touch(entry: CacheEntry, time: number): void {
    const { readOnly, granularity } = this.options;
    if (readOnly || time - entry.lastUsed < granularity) return;
    const touched = this.touches.get(entry.block);
    if (touched) touched.time = time;
    else if (this.touches.size < mostTouches) this.touches.set(entry.block, { entry, time });
  }

  /** Whether a value's bytes were compared with their checksum before. */
  wasRight({ block, checksum }: CacheEntry): boolean {
    return this.#checked.get(block) === checksum;
  }

  isRight({ block, checksum }: CacheEntry): void {
    if (this.#checked.size >= mostChecked) this.#checked.clear();
    this.#checked.set(block, checksum);
  }

  isCondemned({ block, checksum }: CacheEntry): boolean {
    return this.condemned.get(block)?.checksum === checksum;
  }

  /** Nothing is known any more of a value that is replaced or removed. */
  forget(entry: CacheEntry): void {
    this.touches.delete(entry.block);
    this.condemned.delete(entry.block);
    this.#checked.delete(entry.block);
    this.recent.forget(entry);
  }

  /** What was staged is gone. */
  forgetStaged(): void {
    this.touches.clear();
    this.recent.clear();
    this.staged = 0;
    this.owing = false;
  }
}
