const pageBytes = 4096;

/** Which pages of a file were changed: one byte a page, so marking costs next to nothing and merging is a search. */
export class PageSet {
  #pages = new Uint8Array(64);
  #end = 0;

  get empty(): boolean {
    return this.#end === 0;
  }

  /** Marks the pages of a range of bytes. */
  mark(from: number, to: number): void {
    if (to <= from) return;
    const first = Math.floor(from / pageBytes);
    const end = Math.ceil(to / pageBytes);
    if (end > this.#pages.length) {
      const grown = new Uint8Array(Math.max(end, this.#pages.length * 2));
      grown.set(this.#pages);
      this.#pages = grown;
    }
    this.#pages.fill(1, first, end);
    this.#end = Math.max(this.#end, end);
  }

  markAll(other: PageSet): void {
    for (const { from, to } of other.ranges(Number.POSITIVE_INFINITY)) this.mark(from, to);
  }

  /** The marked ranges in bytes, merged and ascending, cut off at `size`. */
  *ranges(size: number): Generator<{ readonly from: number; readonly to: number }> {
    let end = 0;
    while (end < this.#end) {
      const first = this.#pages.indexOf(1, end);
      if (first < 0 || first * pageBytes >= size) return;
      end = this.#pages.indexOf(0, first);
      if (end < 0) end = this.#pages.length;
      yield { from: first * pageBytes, to: Math.min(end * pageBytes, size) };
    }
  }

  clear(): void {
    this.#pages.fill(0, 0, this.#end);
    this.#end = 0;
  }
}
