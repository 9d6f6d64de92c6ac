import { BlockStorage, type Problem } from '@terrane/blocks';
import type { CheckedFile } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';
import type { ChangeLog } from './change-log.js';
import { samePage } from './compare-pages.js';
import { logBytesFor, nextLog, noLog, readLog } from './log-place.js';
import { conflict, OtherWriters } from './other-writers.js';
import { PageBlocks } from './page-blocks.js';
import type { HeldPages, PageHome, PageImages } from './page-home.js';
import { pageBytes } from './segment.js';
import { checkHeader, headerBytes, isUnmade, lockFile, writeHeader } from './store-header.js';

/** How the storage of a writer is opened, whose lock is given back with the file. */
const written = { offset: headerBytes, alone: true, locked: true };

/**
 * Where the pages of a store are in its file, which begins with a header of our own and goes on with a block storage: pages are
 * blocks of that, and what commits changed after those were written stands in a log. A commit is a record more in the log, or
 * one of the block storage, which makes all changed pages the state at once.
 */
export class BlockHome implements PageHome {
  readonly writable: boolean;
  readonly #storage: BlockStorage<'sync'>;
  readonly #blocks: PageBlocks;
  #log: ChangeLog;
  /** How often pages were committed since the store was there: who does it once needs no log. */
  #pageCommits = 0;
  /** There was no room for a log. */
  #withoutLog = false;
  /** The commit whose pages these are. */
  #shown = 0;
  #reading = false;
  /** Why nothing is committed any more. */
  #broken: Error | undefined;
  /** The storage shows another state than the one this home goes on from. */
  #lost = false;
  /** There for a writer that no lock protects. */
  readonly #others: OtherWriters | undefined;

  private constructor(storage: BlockStorage<'sync'>, writable: boolean) {
    const { file } = storage;
    this.#storage = storage;
    this.#blocks = new PageBlocks(storage);
    this.writable = writable;
    this.#log = noLog(storage);
    const locked = file.manifest.capabilities.lock === true;
    this.#others = writable && !locked ? new OtherWriters(file, headerBytes) : undefined;
  }

  /**
   * Makes an empty home of a file that can become a store; nothing when it cannot, or somebody else has made one meanwhile.
   *
   * @throws BLK_BUSY when somebody else is just making one.
   */
  static create(file: CheckedFile<'sync'>): BlockHome | undefined {
    if (!isUnmade(file)) return undefined;
    const lock = lockFile(file, 'exclusive');
    // Who found the file empty, too, must not empty it again once this one has committed.
    if (!isUnmade(file)) {
      lock?.release();
      return undefined;
    }
    const storage = BlockStorage.create(file, written);
    const home = new BlockHome(storage, true);
    storage.beginWrite();
    home.#blocks.create();
    storage.commit();
    // The next commit makes the store what it is before anything is put into it.
    home.#pageCommits = -1;
    writeHeader(file);
    return home;
  }

  /** The home of a store that is damaged, to be written anew. When its directory is gone, the pages are looked for. */
  static salvage(file: CheckedFile<'sync'>): { home: BlockHome; changes: Error | undefined } {
    const storage = BlockStorage.open(file, written);
    const home = new BlockHome(storage, true);
    storage.beginWrite();
    home.#blocks.salvage();
    let changes: Error | undefined;
    try {
      home.#readLog();
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      changes = error;
    }
    home.#withoutLog = true;
    return { home, changes };
  }

  /** @throws OBJ_NOT_A_STORE, OBJ_TOO_NEW, OBJ_DAMAGED, BLK_… */
  static open(file: CheckedFile<'sync'>, writable: boolean): BlockHome {
    if (writable) lockFile(file, 'exclusive');
    checkHeader(file, writable);
    const storage = BlockStorage.open(file, writable ? written : { offset: headerBytes });
    const home = new BlockHome(storage, writable);
    if (writable) {
      storage.beginWrite();
      home.#readState();
      // Nobody may build on what may not be durable.
      if (home.#log.length > 0 && !home.#log.closed) storage.flush();
    } else {
      home.refresh();
    }
    return home;
  }

  get pages(): number {
    return this.#log.pages ?? this.#blocks.pages;
  }

  has(page: number): boolean {
    // Then nobody knows, and `load` says so.
    return this.#lost || this.#blocks.has(page) || this.#log.has(page);
  }

  load(page: number, target: Uint8Array): void {
    if (this.#lost) throw this.#broken;
    const whole = this.#blocks.load(page, target);
    // First: what somebody else wrote there is no damage.
    if (this.#others?.overtook()) throw conflict(this.#storage.file.manifest.target);
    if (!whole) throw this.#damaged(`page ${page} is not what its checksum says`, 'page', page * pageBytes);
    this.#log.apply(page, target);
  }

  commit(touched: PageImages, pages: number, before?: PageImages, held?: HeldPages): readonly number[] {
    if (this.#broken) throw this.#broken;
    const changed: number[] = [];
    const record =
      before && pages >= this.pages ? this.#log.encode(touched, pages, before, changed) : undefined;
    if (!record) {
      changed.length = 0;
      for (const [page, content] of touched) {
        const was = before?.get(page);
        if (!was || !samePage(was, content)) changed.push(page);
      }
    }
    changed.sort((a, b) => a - b);
    if (changed.length === 0) return changed;
    // Asked before anything is written: what is free for us may be in use by another's commit.
    if (this.#isOvertaken()) throw this.#conflict();
    if (record) this.#appendRecord(record);
    else this.#commitPages(new Map(changed.map((page) => [page, touched.get(page)!])), pages, held);
    return changed;
  }

  /** Whether somebody whom no lock keeps out has committed. */
  #isOvertaken(): boolean {
    return this.#others !== undefined && (!this.#storage.isNewest() || this.#log.isContinued());
  }

  /** A commit that is one write and a flush. */
  #appendRecord(record: Uint8Array): void {
    try {
      this.#log.write(record);
      this.#storage.flush();
    } catch (error) {
      this.#takeBack(error);
      throw error;
    }
    this.#log.take(record);
  }

  /** Makes sure that a record that failed does not count. */
  #takeBack(cause: unknown): void {
    try {
      this.#log.withdraw();
    } catch {
      if (this.#mayCount()) this.#broken = uncertain(cause);
    }
  }

  #mayCount(): boolean {
    try {
      return this.#log.isContinued();
    } catch {
      return true;
    }
  }

  /** Brings the pages themselves up to date, also with what the log has, and begins the next log. */
  #commitPages(changed: PageImages, pages: number, held?: HeldPages): void {
    const storage = this.#storage;
    const { sequence } = storage;
    const whole = this.#withLogged(changed, pages, held);
    try {
      this.#blocks.write(whole, pages);
      const next = nextLog(storage, this.#log, this.#wantsLog() ? logBytesFor(pages) : 0);
      storage.commit();
      this.#log = next;
      this.#pageCommits++;
    } catch (error) {
      this.#blocks.forget();
      if (isTerraneError(error, 'BLK_CHANGED')) throw this.#conflict(error);
      if (!this.#happened(sequence, changed.size > 0 && !held)) {
        if (this.#broken || this.#withoutLog || !isTerraneError(error, 'IO_NO_SPACE')) throw error;
        // There may be room for the pages alone.
        this.#withoutLog = true;
        this.#commitPages(changed, pages, held);
      }
    }
    this.#others?.committed();
  }

  #wantsLog(): boolean {
    return !this.#withoutLog && (this.#pageCommits > 0 || this.#log.block !== 0);
  }

  /** The pages that changed, and all others that the log changes. */
  #withLogged(changed: PageImages, pages: number, held?: HeldPages): Map<number, Uint8Array> {
    const whole = new Map(changed);
    for (const page of this.#log.touched()) {
      if (whole.has(page) || page >= pages) continue;
      let content = held?.(page);
      if (!content) {
        content = new Uint8Array(pageBytes);
        this.load(page, content);
      }
      whole.set(page, content);
    }
    return whole;
  }

  /**
   * After a commit that failed: whether it happened all the same, which it did when the failure came after the commit
   * record was written. When not even that can be found out, nothing is committed any more: what is in memory may not
   * follow from what is in the file.
   *
   * @param replaced - The commit was of another heap, whose pages are not those of this one.
   */
  #happened(sequence: number, replaced: boolean): boolean {
    const storage = this.#storage;
    try {
      storage.rollback();
      storage.beginWrite();
      this.#readState();
      if (storage.sequence === sequence) return false;
      // Without a lock it may as well be the commit of somebody else.
      if (this.#others) throw this.#conflict();
      storage.flush();
      return true;
    } catch (cause) {
      this.#broken = isTerraneError(cause, 'OBJ_CONFLICT') ? cause : uncertain(cause);
      this.#lost = storage.sequence !== sequence && (replaced || this.#others !== undefined);
      return false;
    }
  }

  /**
   * From now on nothing is committed here. The storage stays as it is: the state that this writer began with can be read
   * until it is overtaken.
   */
  #conflict(cause?: unknown): Error {
    this.#broken = conflict(this.#storage.file.manifest.target, cause);
    return this.#broken;
  }

  refresh(): boolean {
    if (this.writable) return false;
    for (;;) {
      this.#beginReading();
      const { sequence } = this.#storage;
      if (sequence === this.#shown) {
        return this.#log.readOn() > 0;
      }
      try {
        this.#readState();
        return true;
      } catch (error) {
        // A writer may have gone on meanwhile, and so have written over what belongs to the state before.
        this.#beginReading();
        if (this.#storage.sequence === sequence) throw error;
      }
    }
  }

  #beginReading(): void {
    if (this.#reading) this.#storage.end();
    this.#reading = false;
    this.#storage.begin();
    this.#reading = true;
  }

  close(): void {
    const storage = this.#storage;
    // The end of a writer tidies the file up, which is not for one who has lost it to another.
    if (isTerraneError(this.#broken, 'OBJ_CONFLICT')) {
      storage.file.close();
      return;
    }
    try {
      const log = this.#log;
      const mine = this.writable && !this.#broken && !this.#isOvertaken();
      if (mine && log.block !== 0 && !log.closed) log.close(this.pages);
    } finally {
      storage.close();
    }
  }

  /** What is wrong with the block storage, and with the log. Goes on showing what it shows. @throws BLK_OVERTAKEN */
  verify(): readonly Problem[] {
    const storage = this.#storage;
    // Verifying a storage brings it to the newest commit, which may be somebody else's.
    const alone = this.writable && !this.#others;
    const problems = [
      ...(alone ? storage : BlockStorage.open(storage.file, { offset: headerBytes, alone: false })).verify(),
    ];
    const { log, damage } = readLog(storage);
    const message = damage?.message ?? 'the log is shorter than it was';
    // Who goes on from here may have written over it.
    if ((damage || log.length < this.#log.length) && storage.isNewest())
      problems.push({ message, structure: 'log' });
    return problems;
  }

  /** Moves what is left to the front of the file, and shortens it. */
  compact(): void {
    try {
      // A log is written in place, and so must not be moved.
      this.#withoutLog = true;
      this.#commitPages(new Map(), this.pages);
      // What the last two states used rests until it is certain that nobody reads it any more.
      this.#storage.commit(true);
      this.#storage.commit(true);
      this.#storage.compact();
    } catch (error) {
      if (isTerraneError(error, 'BLK_CHANGED')) throw this.#conflict(error);
      // Whatever was committed of it shows the same.
      this.#happened(this.#storage.sequence, false);
      this.#others?.committed();
      throw error;
    } finally {
      this.#withoutLog = false;
    }
    this.#others?.committed();
  }

  #readState(): void {
    this.#shown = 0;
    this.#blocks.read();
    this.#readLog();
    this.#shown = this.#storage.sequence;
  }

  /** @throws OBJ_DAMAGED when records are missing; what could be read is there then. */
  #readLog(): void {
    const { log, damage } = readLog(this.#storage);
    this.#log = log;
    if (damage) throw damage;
  }

  #damaged(message: string, structure: string, offset?: number): Error {
    const { target } = this.#storage.file.manifest;
    return errors.OBJ_DAMAGED({ message, structure, target, ...(offset !== undefined && { offset }) });
  }
}

function uncertain(cause: unknown): Error {
  return errors.OBJ_UNCERTAIN({
    message: 'an earlier commit failed, and whether it happened could not be found out',
    op: 'commit',
    hint: 'open the store again: it shows either the state before that commit or the one after it',
    cause,
  });
}
