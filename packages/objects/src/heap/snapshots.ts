import { pageBytes } from './segment.js';
import { type CommittedPages, SnapshotHome } from './snapshot-home.js';

/** A heap that reads a snapshot. */
interface Reader {
  /** Whether a page is in its memory. */
  holds(page: number): boolean;
  close(): void;
}

const zeroPage = new Uint8Array(pageBytes);

/** The open snapshots of one heap. Pages are handed to them when a commit replaces them, and only to those that lack them. */
export class Snapshots {
  readonly #source: CommittedPages;
  readonly #open = new Map<SnapshotHome, Reader>();

  constructor(source: CommittedPages) {
    this.#source = source;
  }

  /** Whether there are no open snapshots. */
  get none(): boolean {
    return this.#open.size === 0;
  }

  /** A snapshot of what is committed now. @param read - Makes the heap that reads it. */
  take<R extends Reader>(read: (home: SnapshotHome) => R): R {
    const home: SnapshotHome = new SnapshotHome(this.#source, () => this.#open.delete(home));
    const reader = read(home);
    this.#open.set(home, reader);
    return reader;
  }

  /** These pages were replaced; `images` has them as they were, and they are the snapshots' from now on. */
  handOver(replaced: readonly number[], images: ReadonlyMap<number, Uint8Array>): void {
    for (const [home, reader] of this.#open) {
      for (const page of replaced) if (!reader.holds(page)) home.keep(page, images.get(page)!);
    }
  }

  /** All pages are about to be replaced: the snapshots get whatever they lack. */
  handOverAll(): void {
    if (this.#open.size === 0) return;
    const source = this.#source;
    for (let page = 0; page < source.committedPages; page++) {
      const lacking = [...this.#open].filter(([, reader]) => !reader.holds(page));
      if (lacking.length === 0) continue;
      const there = source.hasCommitted(page);
      const image = there ? new Uint8Array(pageBytes) : zeroPage;
      if (there) source.loadCommitted(page, image);
      for (const [home] of lacking) home.keep(page, image);
    }
  }

  close(): void {
    for (const reader of [...this.#open.values()]) reader.close();
  }
}
