import type { ReadRequest } from '@terrane/driver';

interface Page {
  /** Shorter than a full page only at the end of the file. */
  readonly bytes: Uint8Array;
  /** When it was last used, in attempts. */
  used: number;
}

/**
 * Pages of the file that hold metadata. It never reads by itself: it notes what is missing, says which reads
 * would bring it, and is given the bytes. Positions are absolute file positions.
 */
export class PageCache {
  readonly #pages = new Map<number, Page>();
  readonly #missing = new Set<number>();
  /** Requests on their way, and the pages of theirs that were written to meanwhile. */
  readonly #underway = new Map<ReadRequest, Set<number>>();
  #bytes = 0;
  /** Counts attempts; a page that was used in the current one is never dropped. */
  clock = 0;

  constructor(
    readonly pageBytes: number,
    readonly budget: number,
  ) {}

  /** Notes the pages of the range that are not here. Answers whether all are. */
  want(position: number, length: number): boolean {
    let resident = true;
    const last = Math.floor((position + Math.max(length, 1) - 1) / this.pageBytes);
    for (let index = Math.floor(position / this.pageBytes); index <= last; index++) {
      const page = this.#pages.get(index);
      if (page !== undefined) page.used = this.clock;
      else {
        this.#missing.add(index);
        resident = false;
      }
    }
    return resident;
  }

  /** The bytes of a range that `want` found here: a part of one page, or a copy across several. May be short at the end of the file. */
  bytes(position: number, length: number): Uint8Array {
    const index = Math.floor(position / this.pageBytes);
    const at = position - index * this.pageBytes;
    if (at + length <= this.pageBytes) return this.#pages.get(index)!.bytes.subarray(at, at + length);
    const joined = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const here = position + filled;
      const page = this.#pages.get(Math.floor(here / this.pageBytes))!.bytes;
      const start = here % this.pageBytes;
      const part = page.subarray(start, Math.min(page.length, start + length - filled));
      if (part.length === 0) return joined.subarray(0, filled);
      joined.set(part, filled);
      filled += part.length;
    }
    return joined;
  }

  /** The reads that bring all that was noted as missing; neighbouring pages come in one. Empties the notes. */
  takeRequests(): ReadRequest[] {
    const indexes = [...this.#missing].sort((a, b) => a - b);
    this.#missing.clear();
    const requests: ReadRequest[] = [];
    for (let first = 0; first < indexes.length; ) {
      let next = first + 1;
      while (next < indexes.length && indexes[next] === indexes[next - 1]! + 1) next++;
      const target = new Uint8Array((next - first) * this.pageBytes);
      const request: ReadRequest = {
        position: indexes[first]! * this.pageBytes,
        target,
        kind: 'object-header',
      };
      this.#underway.set(request, new Set());
      requests.push(request);
      first = next;
    }
    return requests;
  }

  /** Drops the notes of an attempt that ended without needing them. */
  forgetMissing(): void {
    this.#missing.clear();
  }

  /** Takes in what a request brought: `count` bytes of its target are valid, except for pages written to since it was made. */
  fill(request: ReadRequest, count: number): void {
    const valid = request.target.subarray(0, count);
    const outdated = this.#underway.get(request);
    for (let at = 0; at < request.target.length; at += this.pageBytes) {
      const bytes = valid.subarray(Math.min(at, count), Math.min(at + this.pageBytes, count));
      const index = (request.position + at) / this.pageBytes;
      if (outdated?.has(index)) continue;
      this.#forget(index);
      this.#pages.set(index, { bytes, used: this.clock });
      this.#bytes += this.pageBytes;
    }
  }

  /** A request is over, whether it was filled or failed. */
  finish(request: ReadRequest): void {
    this.#underway.delete(request);
  }

  /** Forgets the pages of a range that was written to the file, and what requests on their way bring of it. */
  drop(position: number, length: number): void {
    if (length === 0) return;
    const first = Math.floor(position / this.pageBytes);
    const last = Math.floor((position + length - 1) / this.pageBytes);
    for (const [request, outdated] of this.#underway) {
      const from = request.position / this.pageBytes;
      const to = from + request.target.length / this.pageBytes - 1;
      for (let index = Math.max(first, from); index <= Math.min(last, to); index++) outdated.add(index);
    }
    if (last - first < this.#pages.size) {
      for (let index = first; index <= last; index++) this.#forget(index);
    } else {
      for (const index of this.#pages.keys()) if (index >= first && index <= last) this.#forget(index);
    }
  }

  /** Drops the pages unused for longest until the budget holds, sparing those used since `since`. */
  trim(since: number): void {
    if (this.#bytes <= this.budget) return;
    const idle = [...this.#pages]
      .filter(([, page]) => page.used < since)
      .sort((a, b) => a[1].used - b[1].used);
    for (const [index] of idle) {
      if (this.#bytes <= this.budget * 0.75) return;
      this.#forget(index);
    }
  }

  #forget(index: number): void {
    if (this.#pages.delete(index)) this.#bytes -= this.pageBytes;
  }
}
