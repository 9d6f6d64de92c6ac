import { BlockStorage, crc32 } from '@terrane/blocks';
import type { CheckedFile } from '@terrane/driver';
import { errors } from '../errors.js';
import type { PageHome } from './page-home.js';
import { pageBytes } from './segment.js';

/*
 * The file begins with 64 bytes of our own; the block storage is embedded from 64 on.
 *
 *     0  8  89 'TOB' 0D 0A 1A 0A
 *     8  2  version, 1
 *    10 54  zero
 *
 * Block 1 of the storage is the directory: runs of pages whose blocks have consecutive ids, in the order of pages. A page in
 * none of them is all zeros.
 *
 *     0  4  'TOBD'
 *     4  4  number of runs
 *     8  8  number of pages
 *    16  …  runs: first page (8), first block id (8), number of pages (8)
 *     …  4  CRC-32 of all before
 *
 * A page is a block of 4112 bytes: 4096 of the heap, the page's number (8), CRC-32 of all before (4), zero (4).
 */
const signature = [0x89, 0x54, 0x4f, 0x42, 0x0d, 0x0a, 0x1a, 0x0a];
const version = 1;
const headerBytes = 64;
const directoryBlock = 1;
const directoryMagic = 0x44424f54;
const blockBytes = pageBytes + 16;

interface Run {
  readonly page: number;
  readonly block: number;
  count: number;
}

/** Pages as blocks of a block storage, whose commits make all changed pages the state at once. */
export class BlockHome implements PageHome {
  readonly writable: boolean;
  readonly #storage: BlockStorage<'sync'>;
  readonly #scratch = new Uint8Array(blockBytes);
  #runs: Run[] = [];
  #pages = 0;
  /** Why it is not known what the file holds. */
  #broken: unknown;

  private constructor(storage: BlockStorage<'sync'>, writable: boolean) {
    this.#storage = storage;
    this.writable = writable;
  }

  /** Whether the file is empty, and so can become a store. */
  static isEmpty(file: CheckedFile<'sync'>): boolean {
    return file.size() === 0;
  }

  /** Makes an empty home. Its header comes last, so that what is half made is no store. */
  static create(file: CheckedFile<'sync'>): BlockHome {
    const storage = BlockStorage.create(file, { offset: headerBytes, alone: true });
    const home = new BlockHome(storage, true);
    storage.beginWrite();
    storage.allocate(20);
    home.#writeDirectory();
    storage.commit();
    const header = new Uint8Array(headerBytes);
    header.set(signature);
    new DataView(header.buffer).setUint16(8, version, true);
    file.write(0, header, { kind: 'superblock' });
    file.flush();
    return home;
  }

  /** @throws OBJ_NOT_A_STORE, OBJ_TOO_NEW, OBJ_DAMAGED, BLK_… */
  static open(file: CheckedFile<'sync'>, writable: boolean): BlockHome {
    const header = new Uint8Array(10);
    const count = file.read(0, header, { kind: 'superblock' });
    const { target } = file.manifest;
    if (count < header.length || signature.some((byte, index) => header[index] !== byte)) {
      throw errors.OBJ_NOT_A_STORE({
        message: 'the file does not begin as an object store does',
        target,
        offset: 0,
      });
    }
    const found = new DataView(header.buffer).getUint16(8, true);
    if (found !== version) {
      throw errors.OBJ_TOO_NEW({
        message: `format version ${found}`,
        target,
        offset: 8,
        found: String(found),
      });
    }
    const storage = BlockStorage.open(file, { offset: headerBytes, alone: writable });
    const home = new BlockHome(storage, writable);
    if (writable) storage.beginWrite();
    else storage.begin();
    home.#readDirectory();
    return home;
  }

  get pages(): number {
    return this.#pages;
  }

  has(page: number): boolean {
    return this.#blockOf(page) !== undefined;
  }

  load(page: number, target: Uint8Array): void {
    const block = this.#blockOf(page);
    if (block === undefined) {
      target.fill(0);
      return;
    }
    const bytes = this.#scratch;
    const count = this.#storage.readInto(block, bytes);
    const view = new DataView(bytes.buffer);
    const whole = count === blockBytes && view.getUint32(pageBytes, true) === page % 2 ** 32;
    if (!whole || view.getUint32(pageBytes + 8, true) !== crc32(bytes.subarray(0, pageBytes + 8))) {
      throw this.#damaged(`page ${page} is not what its checksum says`, 'page', page * pageBytes);
    }
    target.set(bytes.subarray(0, pageBytes));
  }

  commit(changed: ReadonlyMap<number, Uint8Array>, pages: number): void {
    if (this.#broken !== undefined) throw uncertain(this.#broken);
    const storage = this.#storage;
    const { sequence } = storage;
    try {
      const added = [...changed.keys()].some((page) => !this.has(page));
      const blocks = [...changed.keys()].map((page) => this.#blockOf(page) ?? this.#add(page));
      const runs = this.#trim(pages);
      if (pages !== this.#pages || added || runs) {
        this.#pages = pages;
        this.#writeDirectory();
      }
      const bytes = this.#scratch;
      const view = new DataView(bytes.buffer);
      for (const [index, [page, content]] of [...changed].entries()) {
        bytes.set(content);
        view.setUint32(pageBytes, page % 2 ** 32, true);
        view.setUint32(pageBytes + 4, Math.floor(page / 2 ** 32), true);
        view.setUint32(pageBytes + 8, crc32(bytes.subarray(0, pageBytes + 8)), true);
        view.setUint32(pageBytes + 12, 0, true);
        storage.write(blocks[index]!, bytes);
      }
      storage.commit();
    } catch (error) {
      if (!this.#happened(sequence)) throw error;
    }
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
      this.#readDirectory();
      if (storage.sequence === sequence) return false;
      storage.flush();
      return true;
    } catch (cause) {
      this.#broken = cause;
      return false;
    }
  }

  refresh(): boolean {
    if (this.writable) return false;
    const { sequence } = this.#storage;
    this.#storage.end();
    this.#storage.begin();
    if (this.#storage.sequence === sequence) return false;
    this.#readDirectory();
    return true;
  }

  close(): void {
    this.#storage.close();
  }

  /** Frees the blocks of pages from here on. @returns whether there were any. */
  #trim(pages: number): boolean {
    let trimmed = false;
    for (let run = this.#runs.at(-1); run && run.page + run.count > pages; run = this.#runs.at(-1)) {
      const kept = Math.max(0, pages - run.page);
      for (let index = kept; index < run.count; index++) this.#storage.free(run.block + index);
      run.count = kept;
      if (kept === 0) this.#runs.pop();
      trimmed = true;
    }
    return trimmed;
  }

  /** What is wrong with the block storage. */
  verify(): ReturnType<BlockStorage<'sync'>['verify']> {
    return this.#storage.verify();
  }

  /** Moves what is left to the front of the file, and shortens it. */
  compact(): void {
    // What the last two states used rests until it is certain that nobody reads it any more.
    this.#storage.commit(true);
    this.#storage.commit(true);
    this.#storage.compact();
  }

  /** Gives a page a block, and puts it into its place among the runs. */
  #add(page: number): number {
    const block = this.#storage.allocate(blockBytes);
    const runs = this.#runs;
    const index = this.#runBefore(page) + 1;
    const before = runs[index - 1];
    if (before && before.page + before.count === page && before.block + before.count === block)
      before.count++;
    else runs.splice(index, 0, { page, block, count: 1 });
    return block;
  }

  /** The index of the last run that begins at the page or before it, or -1. */
  #runBefore(page: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#runs[middle]!.page <= page) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #writeDirectory(): void {
    const bytes = new Uint8Array(20 + 24 * this.#runs.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, directoryMagic, true);
    view.setUint32(4, this.#runs.length, true);
    view.setBigUint64(8, BigInt(this.#pages), true);
    for (const [index, run] of this.#runs.entries()) {
      const at = 16 + 24 * index;
      view.setBigUint64(at, BigInt(run.page), true);
      view.setBigUint64(at + 8, BigInt(run.block), true);
      view.setBigUint64(at + 16, BigInt(run.count), true);
    }
    view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
    this.#storage.resize(directoryBlock, bytes.length);
    this.#storage.write(directoryBlock, bytes);
  }

  #readDirectory(): void {
    const bytes = this.#storage.read(directoryBlock);
    const damaged = () => this.#damaged('the directory of pages is not what its checksum says', 'directory');
    if (bytes.length < 20) throw damaged();
    const view = new DataView(bytes.buffer);
    const count = view.getUint32(4, true);
    if (view.getUint32(0, true) !== directoryMagic || bytes.length !== 20 + 24 * count) throw damaged();
    if (view.getUint32(bytes.length - 4, true) !== crc32(bytes.subarray(0, -4))) throw damaged();
    let next = 0;
    this.#runs = Array.from({ length: count }, (_, index) => {
      const [page, block, pages] = [0, 8, 16].map((at) =>
        Number(view.getBigUint64(16 + 24 * index + at, true)),
      );
      if (page! < next || pages === 0) throw damaged();
      next = page! + pages!;
      return { page: page!, block: block!, count: pages! };
    });
    this.#pages = Number(view.getBigUint64(8, true));
    if (this.#pages < next) throw damaged();
  }

  #blockOf(page: number): number | undefined {
    const run = this.#runs[this.#runBefore(page)];
    return run && page < run.page + run.count ? run.block + (page - run.page) : undefined;
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
