import { BlockStorage, crc32, type Problem, WordSlot } from '@terrane/blocks';
import type { CheckedFile } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';

import { ChangeLog, leastLog, mostLog } from './change-log.js';
import { samePage } from './change-record.js';
import { findPages, pageIn, pageTrailer } from './find-pages.js';
import { conflict, OtherWriters } from './other-writers.js';
import { PageDirectory } from './page-directory.js';
import type { HeldPages, PageHome, PageImages } from './page-home.js';
import { pageBytes } from './segment.js';
import { checkHeader, headerBytes, lockFile, writeHeader } from './store-header.js';

/*
 * The file begins with a header of our own; the block storage is embedded after it. Block 1 of the storage is the directory of
 * pages.
 *
 * A page is a block of 4112 bytes: 4096 of the heap, the page's number (4), the lower half of the number of the commit that
 * wrote it (4), CRC-32 of all before (4), zero (4). What commits changed after that stands in a log; the words at 16 and 24
 * are the id of its block and its number.
 */
const directoryBlock = 1;
const logSlot = WordSlot.at(16);
const logNumberSlot = WordSlot.at(24);
const blockBytes = pageBytes + pageTrailer;

/** How the storage of a writer is opened, whose lock is given back with the file. */
const written = { offset: headerBytes, alone: true, locked: true };

/** Pages as blocks of a block storage, whose commits make all changed pages the state at once. */
export class BlockHome implements PageHome {
  readonly writable: boolean;
  readonly #storage: BlockStorage<'sync'>;
  readonly #scratch = new Uint8Array(blockBytes);
  #directory = PageDirectory.empty();
  #log: ChangeLog;
  /** How often pages were committed since the store was there: who does it once needs no log. */
  #pageCommits = 0;
  /** There was no room for a log. */
  #withoutLog = false;
  /** The commit whose directory that is. */
  #shown = 0;
  #reading = false;
  /** Why nothing is committed any more. */
  #broken: Error | undefined;
  /** There for a writer that no lock protects. */
  readonly #others: OtherWriters | undefined;

  private constructor(storage: BlockStorage<'sync'>, writable: boolean) {
    const { file } = storage;
    this.#storage = storage;
    this.writable = writable;
    this.#log = new ChangeLog(storage, 0, 0, 0);
    const locked = file.manifest.capabilities.lock === true;
    this.#others = writable && !locked ? new OtherWriters(file, headerBytes) : undefined;
  }

  /** Whether the file is empty, and so can become a store. */
  static isEmpty(file: CheckedFile<'sync'>): boolean {
    return file.size() === 0;
  }

  /**
   * Makes an empty home of an empty file; nothing when somebody else has made one meanwhile.
   *
   * @throws BLK_BUSY when somebody else is just making one.
   */
  static create(file: CheckedFile<'sync'>): BlockHome | undefined {
    const lock = lockFile(file, 'exclusive');
    // Who found the file empty, too, must not empty it again once this one has committed.
    if (!BlockHome.isEmpty(file)) {
      lock?.release();
      return undefined;
    }
    const storage = BlockStorage.create(file, written);
    const home = new BlockHome(storage, true);
    storage.beginWrite();
    storage.allocate(20);
    home.#writeDirectory();
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
    try {
      home.#readDirectory();
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      home.#directory = findPages(storage);
      if (!storage.has(directoryBlock)) throw error;
    }
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
    return this.#log.pages ?? this.#directory.pages;
  }

  has(page: number): boolean {
    return this.#directory.blockOf(page) !== undefined || this.#log.has(page);
  }

  load(page: number, target: Uint8Array): void {
    const block = this.#directory.blockOf(page);
    if (block === undefined) {
      target.fill(0);
    } else {
      const bytes = this.#scratch;
      const count = this.#storage.readInto(block, bytes);
      // First: what somebody else wrote there is no damage.
      if (this.#others?.overtook()) throw conflict(this.#storage.file.manifest.target);
      if (count !== blockBytes || pageIn(bytes) !== page) {
        throw this.#damaged(`page ${page} is not what its checksum says`, 'page', page * pageBytes);
      }
      target.set(bytes.subarray(0, pageBytes));
    }
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
    try {
      const whole = this.#withLogged(changed, pages, held);
      const directory = this.#directory;
      const added = [...whole.keys()].filter((page) => directory.blockOf(page) === undefined);
      added.sort((a, b) => a - b);
      for (const page of added) directory.add(page, storage.allocate(blockBytes));
      const trimmed = directory.trim(pages);
      for (const block of trimmed) storage.free(block);
      if (pages !== directory.pages || added.length > 0 || trimmed.length > 0) {
        directory.pages = pages;
        this.#writeDirectory();
      }
      for (const [page, content] of whole) this.#writePage(page, content, sequence + 1);
      const next = this.#nextLog(pages);
      storage.commit();
      this.#log = next;
      this.#pageCommits++;
    } catch (error) {
      if (isTerraneError(error, 'BLK_CHANGED')) throw this.#conflict(error);
      if (!this.#happened(sequence)) {
        if (this.#broken || this.#withoutLog || !isTerraneError(error, 'IO_NO_SPACE')) throw error;
        // There may be room for the pages alone.
        this.#withoutLog = true;
        this.#commitPages(changed, pages, held);
      }
    }
    this.#others?.newest();
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

  /** The log that follows on a commit of pages, in the other half of the block or in a larger one. */
  #nextLog(pages: number): ChangeLog {
    const storage = this.#storage;
    const there = storage.readSlot(logSlot);
    const number = storage.readSlot(logNumberSlot) + 1;
    const size = 2 * this.#log.room;
    const wanted = this.#withoutLog || this.#pageCommits < 1 ? 0 : 2 * logBytes(pages);
    const keeps = !this.#withoutLog && size > 0 && wanted < 4 * size;
    if (!keeps && this.#log.block !== 0) storage.free(this.#log.block);
    const block = keeps ? this.#log.block : wanted === 0 ? 0 : storage.allocateInPlace(wanted);
    // Also when what it leads to could not be read.
    if (block !== there) storage.writeSlot(logSlot, block);
    if (block !== 0) storage.writeSlot(logNumberSlot, number);
    return new ChangeLog(storage, block, number, keeps ? size : wanted);
  }

  #writePage(page: number, content: Uint8Array, number: number): void {
    const block = this.#directory.blockOf(page);
    if (block === undefined) return;
    const bytes = this.#scratch;
    const view = new DataView(bytes.buffer);
    bytes.set(content);
    view.setUint32(pageBytes, page, true);
    view.setUint32(pageBytes + 4, number % 2 ** 32, true);
    view.setUint32(pageBytes + 8, crc32(bytes.subarray(0, pageBytes + 8)), true);
    view.setUint32(pageBytes + 12, 0, true);
    this.#storage.write(block, bytes);
  }

  /**
   * After a commit that failed: whether it happened all the same, which it did when the failure came after the commit
   * record was written. When not even that can be found out, nothing is committed any more: what is in memory may not
   * follow from what is in the file.
   */
  #happened(sequence: number): boolean {
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
      this.#broken = uncertain(cause);
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
        const records = this.#log.readOn();
        // The one that closes the log changes nothing.
        return records > 1 || (records === 1 && !this.#log.closed);
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

  /** What is wrong with the block storage, and with the log. */
  verify(): readonly Problem[] {
    const problems: Problem[] = [...this.#storage.verify()];
    try {
      const { length } = this.#log;
      this.#readLog();
      if (this.#log.length < length) throw this.#log.damaged('the log is shorter than it was');
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      problems.push({ message: error.message, structure: 'log' });
    }
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
      throw isTerraneError(error, 'BLK_CHANGED') ? this.#conflict(error) : error;
    } finally {
      this.#withoutLog = false;
    }
    this.#others?.newest();
  }

  #writeDirectory(): void {
    const bytes = this.#directory.encode();
    this.#storage.resize(directoryBlock, bytes.length);
    this.#storage.write(directoryBlock, bytes);
  }

  #readState(): void {
    this.#shown = 0;
    this.#readDirectory();
    this.#readLog();
    this.#shown = this.#storage.sequence;
  }

  #readDirectory(): void {
    const directory = PageDirectory.decode(this.#storage.read(directoryBlock));
    if (!directory) throw this.#damaged('the directory of pages is not what its checksum says', 'directory');
    this.#directory = directory;
  }

  /** @throws OBJ_DAMAGED when records are missing; what could be read is there then. */
  #readLog(): void {
    const storage = this.#storage;
    const block = storage.readSlot(logSlot);
    const number = storage.readSlot(logNumberSlot);
    if (block !== 0 && !storage.has(block))
      throw this.#damaged('the commit record is gone that made the log', 'log');
    const bytes = block === 0 ? 0 : storage.sizeOf(block);
    if (block !== 0 && (bytes < 2 * leastLog || bytes > 2 * mostLog || bytes % 16 !== 0))
      throw this.#damaged(`a log cannot be ${bytes} bytes long`, 'log');
    const log = new ChangeLog(storage, block, number, bytes);
    this.#log = log;
    log.readOn();
    if (block === 0) return;
    // What was there before it was read may have been written before the rest was: then it is there now.
    while (!log.closed && log.isTorn()) {
      if (log.readOn() > 0) continue;
      throw log.damaged(`a record at ${log.length} of the log is not what its checksum says`);
    }
    if (new ChangeLog(storage, block, number + 1, bytes).isContinued())
      throw log.damaged('the commit record is gone that the next log goes on from');
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

/** How long the log of so many pages is: an eighth of the heap, within limits. */
function logBytes(pages: number): number {
  const eighth = 2 ** Math.ceil(Math.log2((Math.max(1, pages) * pageBytes) / 8));
  return Math.min(mostLog, Math.max(leastLog, eighth));
}
