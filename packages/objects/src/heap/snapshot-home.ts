import type { PageHome } from './page-home.js';
import { pageBytes } from './segment.js';

/** Where a snapshot finds the pages that were not changed since it was taken. */
export interface CommittedPages {
  /** How many pages the committed heap has. */
  readonly committedPages: number;
  /** Whether a page was ever committed; one that was not is all zeros. */
  hasCommitted(page: number): boolean;
  /** Fills `target` with a page as it is committed. */
  loadCommitted(page: number, target: Uint8Array): void;
}

/**
 * The pages of one committed state of a heap that goes on being written: taken from the heap as long as they are the same
 * there, and kept here from the moment a commit replaces them.
 */
export class SnapshotHome implements PageHome {
  readonly writable = false;
  readonly #source: CommittedPages;
  readonly #ended: () => void;
  readonly #kept = new Map<number, Uint8Array>();
  #pages: number;

  /** @param ended - Is called when the snapshot is closed. */
  constructor(source: CommittedPages, ended: () => void) {
    this.#source = source;
    this.#ended = ended;
    this.#pages = source.committedPages;
  }

  get pages(): number {
    return this.#pages;
  }

  /** Takes over a page as it was, from now on nobody else's. */
  keep(page: number, image: Uint8Array): void {
    if (page < this.#pages && !this.#kept.has(page)) this.#kept.set(page, image);
  }

  /** Goes on to the state that is committed now. */
  advance(): void {
    this.#kept.clear();
    this.#pages = this.#source.committedPages;
  }

  has(page: number): boolean {
    return page < this.#pages && (this.#kept.has(page) || this.#source.hasCommitted(page));
  }

  load(page: number, target: Uint8Array): void {
    const kept = this.#kept.get(page);
    if (kept) target.set(kept.subarray(0, pageBytes));
    else this.#source.loadCommitted(page, target);
  }

  /** Nothing is ever committed to a snapshot: its heap is read-only. */
  commit(): never {
    throw new TypeError('a snapshot cannot be changed');
  }

  refresh(): boolean {
    return false;
  }

  close(): void {
    this.#kept.clear();
    this.#ended();
  }
}
