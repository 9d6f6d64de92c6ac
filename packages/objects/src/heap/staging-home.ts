import type { PageHome, PageImages } from './page-home.js';
import { pageBytes } from './segment.js';

/** The home of a heap that is being made: nothing is in it before its one commit, whose pages it keeps. */
export class StagingHome implements PageHome {
  readonly writable = true;
  readonly pages = 0;
  changed: ReadonlyMap<number, Uint8Array> = new Map();

  has(): boolean {
    return false;
  }

  load(page: number): void {
    throw new RangeError(`page ${page} of a heap that is being made`);
  }

  commit(touched: PageImages): readonly number[] {
    this.changed = new Map([...touched].map(([page, bytes]) => [page, bytes.slice(0, pageBytes)]));
    return [...this.changed.keys()];
  }

  refresh(): boolean {
    return false;
  }

  close(): void {}
}
