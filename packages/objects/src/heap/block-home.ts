import { BlockStorage, crc32, type Problem, WordSlot } from '@terrane/blocks';
import type { CheckedFile } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';

import { findPages, pageIn, pageTrailer } from './find-pages.js';
import { conflict, OtherWriters } from './other-writers.js';
import {
  type ChangeBlock,
  changeBytes,
  decodeChanges,
  differences,
  encodeChanges,
  PageChanges,
  type PageStretches,
  type Stretch,
} from './page-changes.js';
import { PageDirectory } from './page-directory.js';
import type { PageHome, PageImages } from './page-home.js';
import { pageBytes } from './segment.js';
import { checkHeader, headerBytes, lockFile, writeHeader } from './store-header.js';

/*
 * The file begins with a header of our own; the block storage is embedded after it. Block 1 of the storage is the directory of
 * pages.
 *
 * A page is a block of 4112 bytes: 4096 of the heap, the page's number (4), the lower half of the number of the commit that
 * wrote it (4), CRC-32 of all before (4), zero (4). What commits after that changed in it may be in blocks of changes: the
 * word at 16 leads to the last one.
 */
const directoryBlock = 1;
const changesSlot = WordSlot.at(16);
/** Beyond that, changes go into the pages, so that opening and loading stay cheap. */
const mostChangeBlocks = 128;
const mostChangeBytes = 1 << 19;
const blockBytes = pageBytes + pageTrailer;

/** How the storage of a writer is opened, whose lock is given back with the file. */
const written = { offset: headerBytes, alone: true, locked: true };

/** Pages as blocks of a block storage, whose commits make all changed pages the state at once. */
export class BlockHome implements PageHome {
  readonly writable: boolean;
  readonly #storage: BlockStorage<'sync'>;
  readonly #scratch = new Uint8Array(blockBytes);
  #directory = PageDirectory.empty();
  #changes = new PageChanges();
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
    try {
      home.#readChanges();
      return { home, changes: undefined };
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      return { home, changes: error };
    }
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
    } else {
      home.refresh();
    }
    return home;
  }

  get pages(): number {
    return this.#directory.pages;
  }

  has(page: number): boolean {
    return this.#directory.blockOf(page) !== undefined;
  }

  load(page: number, target: Uint8Array): void {
    const block = this.#directory.blockOf(page);
    if (block === undefined) {
      target.fill(0);
      return;
    }
    const bytes = this.#scratch;
    const count = this.#storage.readInto(block, bytes);
    // First: what somebody else wrote there is no damage.
    if (this.#others?.overtook()) throw conflict(this.#storage.file.manifest.target);
    if (count !== blockBytes || pageIn(bytes) !== page) {
      throw this.#damaged(`page ${page} is not what its checksum says`, 'page', page * pageBytes);
    }
    target.set(bytes.subarray(0, pageBytes));
    this.#changes.apply(page, new DataView(bytes.buffer).getUint32(pageBytes + 4, true), target);
  }

  commit(changed: PageImages, pages: number, before?: PageImages): void {
    if (this.#broken) throw this.#broken;
    const storage = this.#storage;
    const { sequence } = storage;
    // Asked before anything is written: what is free for us may be in use by another's commit.
    if (this.#others && this.#others.newest() !== sequence) throw this.#conflict();
    try {
      const directory = this.#directory;
      const stretches = this.#stretches(changed, pages, before);
      const whole = stretches ? without(changed, stretches) : this.#fold(changed, pages);
      const added = [...whole.keys()].filter((page) => !this.has(page));
      for (const page of added) directory.add(page, storage.allocate(blockBytes));
      const trimmed = directory.trim(pages);
      for (const block of trimmed) storage.free(block);
      if (pages !== directory.pages || added.length > 0 || trimmed.length > 0) {
        directory.pages = pages;
        this.#writeDirectory();
      }
      for (const [page, content] of whole) this.#writePage(page, content, sequence + 1);
      const changes = stretches ? this.#writeChanges(stretches, sequence + 1) : new PageChanges();
      storage.commit();
      this.#changes = changes;
    } catch (error) {
      if (isTerraneError(error, 'BLK_CHANGED')) throw this.#conflict(error);
      if (!this.#happened(sequence)) throw error;
    }
    this.#others?.newest();
  }

  /** What changed in pages of which little did; nothing when it is time to bring the pages themselves up to date. */
  #stretches(changed: PageImages, pages: number, before: PageImages | undefined): PageStretches | undefined {
    const stretches = new Map<number, readonly Stretch[]>();
    if (!before || this.#changes.blocks.length >= mostChangeBlocks) return undefined;
    for (const [page, content] of changed) {
      const image = before.get(page);
      const found = image && page < pages && this.has(page) ? differences(image, content) : undefined;
      if (found) stretches.set(page, found);
    }
    return this.#changes.bytes + changeBytes(stretches) > mostChangeBytes ? undefined : stretches;
  }

  /** Gives up the blocks of changes. @returns the pages to be written, those that had changes among them. */
  #fold(changed: PageImages, pages: number): Map<number, Uint8Array> {
    const storage = this.#storage;
    const whole = new Map(changed);
    for (const page of this.#changes.pages) {
      if (whole.has(page) || page >= pages || !this.has(page)) continue;
      const content = new Uint8Array(pageBytes);
      this.load(page, content);
      whole.set(page, content);
    }
    for (const block of this.#changes.blocks) storage.free(block);
    // Also when what it leads to could not be read.
    if (storage.readSlot(changesSlot) !== 0) storage.writeSlot(changesSlot, 0);
    return whole;
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

  /** @returns all changes, these among them, to be shown once they are committed. */
  #writeChanges(stretches: PageStretches, number: number): PageChanges {
    if (stretches.size === 0) return this.#changes;
    const storage = this.#storage;
    const bytes = encodeChanges({ number, before: this.#changes.blocks.at(-1) ?? 0, pages: stretches });
    const id = storage.allocate(bytes.length);
    storage.write(id, bytes);
    storage.writeSlot(changesSlot, id);
    return this.#changes.with(id, bytes.length, decodeChanges(bytes)!);
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
    const storage = this.#storage;
    if (this.#reading) storage.end();
    this.#reading = false;
    storage.begin();
    this.#reading = true;
    if (storage.sequence === this.#shown) return false;
    this.#readState();
    return true;
  }

  close(): void {
    // The end of a writer tidies the file up, which is not for one who has lost it to another.
    if (isTerraneError(this.#broken, 'OBJ_CONFLICT')) this.#storage.file.close();
    else this.#storage.close();
  }

  /** What is wrong with the block storage, and with what changed beside the pages. */
  verify(): readonly Problem[] {
    const problems: Problem[] = [...this.#storage.verify()];
    try {
      this.#readChanges();
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      problems.push({ message: error.message, structure: 'changes' });
    }
    return problems;
  }

  /** Moves what is left to the front of the file, and shortens it. */
  compact(): void {
    try {
      // What the last two states used rests until it is certain that nobody reads it any more.
      this.#storage.commit(true);
      this.#storage.commit(true);
      this.#storage.compact();
    } catch (error) {
      throw isTerraneError(error, 'BLK_CHANGED') ? this.#conflict(error) : error;
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
    this.#readChanges();
    this.#shown = this.#storage.sequence;
  }

  #readDirectory(): void {
    const directory = PageDirectory.decode(this.#storage.read(directoryBlock));
    if (!directory) throw this.#damaged('the directory of pages is not what its checksum says', 'directory');
    this.#directory = directory;
  }

  #readChanges(): void {
    const storage = this.#storage;
    const found: { id: number; length: number; block: ChangeBlock }[] = [];
    for (let id = storage.readSlot(changesSlot); id !== 0; id = found.at(-1)!.block.before) {
      const length = storage.sizeOf(id);
      const possible = found.length <= mostChangeBlocks && length <= mostChangeBytes;
      // What was committed under an id stays that; a writer may have given it up, and out again.
      const known = this.writable ? undefined : this.#changes.block(id);
      const block = possible ? (known ?? decodeChanges(storage.read(id))) : undefined;
      if (!block) throw this.#damaged('a block of changes is not what its checksum says', 'changes');
      found.push({ id, length, block });
    }
    this.#changes = found
      .reverse()
      .reduce((changes, { id, length, block }) => changes.with(id, length, block), new PageChanges());
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

/** The pages that are not among those with stretches. */
function without(changed: PageImages, stretches: PageStretches): Map<number, Uint8Array> {
  return new Map([...changed].filter(([page]) => !stretches.has(page)));
}
