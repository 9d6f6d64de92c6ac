/** Pages by number, within a budget of bytes; the one that was not used for the longest goes first. */
export class PageStore {
  readonly #pages = new Map<number, Uint8Array>();
  readonly #pageBytes: number;
  readonly #budget: number;
  #bytes = 0;
  /** Changes whenever pages are dropped: what was read before may be out of date. */
  generation = 0;

  constructor(pageBytes: number, budget: number) {
    this.#pageBytes = pageBytes;
    this.#budget = budget;
  }

  has(page: number): boolean {
    return this.#pages.has(page);
  }

  get(page: number): Uint8Array | undefined {
    const bytes = this.#pages.get(page);
    if (!bytes) return undefined;
    // A Map keeps the order of insertion: the first is the oldest.
    this.#pages.delete(page);
    this.#pages.set(page, bytes);
    return bytes;
  }

  put(page: number, bytes: Uint8Array): void {
    this.#remove(page);
    this.#pages.set(page, bytes);
    this.#bytes += bytes.length;
    for (const oldest of this.#pages.keys()) {
      if (this.#bytes <= this.#budget) break;
      this.#remove(oldest);
    }
  }

  /** Takes the first bytes of the file: whole pages, or all there is. */
  putHead(head: Uint8Array): void {
    for (let page = 0; page * this.#pageBytes < head.length; page++) {
      this.put(page, head.slice(page * this.#pageBytes, (page + 1) * this.#pageBytes));
    }
  }

  /** Forgets the pages of a range, and the one before: it may have ended the file. */
  drop(from: number, to: number): void {
    this.generation++;
    const end = Math.floor(to / this.#pageBytes);
    const first = Math.floor(from / this.#pageBytes);
    if (end - first > this.#pages.size) {
      for (const page of [...this.#pages.keys()]) if (page >= first && page <= end) this.#remove(page);
    } else {
      for (let page = first; page <= end; page++) this.#remove(page);
    }
    for (const [page, bytes] of [...this.#pages]) if (bytes.length < this.#pageBytes) this.#remove(page);
  }

  clear(): void {
    this.generation++;
    this.#pages.clear();
    this.#bytes = 0;
  }

  #remove(page: number): void {
    this.#bytes -= this.#pages.get(page)?.length ?? 0;
    this.#pages.delete(page);
  }
}
