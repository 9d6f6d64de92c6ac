import { isTerraneError } from '@terrane/errors';
import type { PageHome, PageImages } from './page-home.js';
import { pageBytes } from './segment.js';

/** The home of a damaged heap: a page that cannot be read is all zeros, and remembered. */
export class SalvageHome implements PageHome {
  /** What was wrong with the pages that could not be read, by their numbers; under -1, with the changes beside them. */
  readonly lost = new Map<number, Error>();
  readonly #home: PageHome;

  constructor(home: PageHome, changes: Error | undefined) {
    this.#home = home;
    if (changes) this.lost.set(-1, changes);
  }

  get writable(): boolean {
    return this.#home.writable;
  }

  get pages(): number {
    return this.#home.pages;
  }

  has(page: number): boolean {
    return this.#home.has(page);
  }

  load(page: number, target: Uint8Array): void {
    try {
      this.#home.load(page, target);
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      this.lost.set(page, error);
      target.fill(0);
    }
  }

  /** Whether any of these bytes of the heap were on a page that is lost. */
  lacks(address: number, length: number): boolean {
    for (let page = Math.floor(address / pageBytes); page * pageBytes < address + length; page++) {
      if (this.lost.has(page)) return true;
    }
    return false;
  }

  commit(touched: PageImages, pages: number): readonly number[] {
    const changed = this.#home.commit(touched, pages);
    this.lost.clear();
    return changed;
  }

  refresh(): boolean {
    return this.#home.refresh();
  }

  close(): void {
    this.#home.close();
  }
}
