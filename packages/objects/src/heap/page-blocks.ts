import { type BlockStorage, crc32 } from '@terrane/blocks';
import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';
import { findPages, pageIn, pageTrailer } from './find-pages.js';
import { PageDirectory } from './page-directory.js';
import type { PageImages } from './page-home.js';
import { pageBytes } from './segment.js';

/*
 * Block 1 is the directory of pages. A page is a block of 4112 bytes: 4096 of the heap, the page's number (4), the lower half of
 * the number of the commit that wrote it (4), CRC-32 of all before (4), zero (4).
 */
const directoryBlock = 1;
const blockBytes = pageBytes + pageTrailer;

/** Pages of a heap as blocks of a storage, and the directory that says which is where. */
export class PageBlocks {
  readonly #storage: BlockStorage<'sync'>;
  readonly #scratch = new Uint8Array(blockBytes);
  #directory = PageDirectory.empty();
  /** As it was before the last `write`. */
  #before = this.#directory;

  constructor(storage: BlockStorage<'sync'>) {
    this.#storage = storage;
  }

  /** Makes an empty directory, in a storage without blocks. */
  create(): void {
    this.#storage.allocate(20);
    this.#writeDirectory();
  }

  /** How many pages the heap has, as the directory has it. */
  get pages(): number {
    return this.#directory.pages;
  }

  has(page: number): boolean {
    return this.#directory.blockOf(page) !== undefined;
  }

  /** Fills `target` with a page, one without a block with zeros. @returns whether its block is what its checksum says. */
  load(page: number, target: Uint8Array): boolean {
    const block = this.#directory.blockOf(page);
    if (block === undefined) {
      target.fill(0);
      return true;
    }
    const bytes = this.#scratch;
    const count = this.#storage.readInto(block, bytes);
    if (count !== blockBytes || pageIn(bytes) !== page) return false;
    target.set(bytes.subarray(0, pageBytes));
    return true;
  }

  /** Stages pages, and that there are so many of them from now on. They are shown at once: see `forget`. */
  write(changed: PageImages, pages: number): void {
    const storage = this.#storage;
    // In order, so that their blocks follow each other, too.
    const added = [...changed.keys()].filter((page) => !this.has(page)).sort((a, b) => a - b);
    this.#before = this.#directory;
    if (pages !== this.pages || added.length > 0) this.#directory = this.#before.copy();
    const directory = this.#directory;
    for (const page of added) directory.add(page, storage.allocate(blockBytes));
    const trimmed = directory.trim(pages);
    for (const block of trimmed) storage.free(block);
    if (pages !== directory.pages || added.length > 0 || trimmed.length > 0) {
      directory.pages = pages;
      this.#writeDirectory();
    }
    for (const [page, content] of changed) this.#writePage(page, content);
  }

  /** Where the pages are is again what it was before `write`, whose commit failed. */
  forget(): void {
    this.#directory = this.#before;
  }

  /** Reads the directory of the state that the storage shows. @throws OBJ_DAMAGED */
  read(): void {
    const directory = PageDirectory.decode(this.#storage.read(directoryBlock));
    if (directory) {
      this.#directory = directory;
      return;
    }
    throw errors.OBJ_DAMAGED({
      message: 'the directory of pages is not what its checksum says',
      structure: 'directory',
      target: this.#storage.file.manifest.target,
    });
  }

  /** Reads the directory; when it is damaged, the pages are looked for. */
  salvage(): void {
    try {
      this.read();
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      this.#directory = findPages(this.#storage);
      if (!this.#storage.has(directoryBlock)) throw error;
    }
  }

  #writePage(page: number, content: Uint8Array): void {
    const block = this.#directory.blockOf(page);
    if (block === undefined) return;
    const bytes = this.#scratch;
    const view = new DataView(bytes.buffer);
    bytes.set(content);
    view.setUint32(pageBytes, page, true);
    view.setUint32(pageBytes + 4, (this.#storage.sequence + 1) % 2 ** 32, true);
    view.setUint32(pageBytes + 8, crc32(bytes.subarray(0, pageBytes + 8)), true);
    view.setUint32(pageBytes + 12, 0, true);
    this.#storage.write(block, bytes);
  }

  #writeDirectory(): void {
    const bytes = this.#directory.encode();
    this.#storage.resize(directoryBlock, bytes.length);
    this.#storage.write(directoryBlock, bytes);
  }
}
