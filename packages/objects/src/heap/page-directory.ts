import { crc32 } from '@terrane/blocks';

/*
 * Which block holds which page: runs of pages whose blocks have consecutive ids, in the order of pages. A page in none of
 * them is all zeros.
 *
 *     0  4  'TOBD'
 *     4  4  number of runs
 *     8  8  number of pages
 *    16  …  runs: first page (8), first block id (8), number of pages (8)
 *     …  4  CRC-32 of all before
 */
const magic = 0x44424f54;

interface Run {
  readonly page: number;
  readonly block: number;
  count: number;
}

/** Which block holds which page of a heap. */
export class PageDirectory {
  /** How many pages the heap has. */
  pages: number;
  readonly #runs: Run[];

  private constructor(runs: Run[], pages: number) {
    this.#runs = runs;
    this.pages = pages;
  }

  /** That of a heap without pages. */
  static empty(): PageDirectory {
    return new PageDirectory([], 0);
  }

  /** Another one that says the same. */
  copy(): PageDirectory {
    return new PageDirectory(
      this.#runs.map((run) => ({ ...run })),
      this.pages,
    );
  }

  /** Reads what `encode` made; nothing when the bytes are not that. */
  static decode(bytes: Uint8Array): PageDirectory | undefined {
    if (bytes.length < 20) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const count = view.getUint32(4, true);
    if (view.getUint32(0, true) !== magic || bytes.length !== 20 + 24 * count) return undefined;
    if (view.getUint32(bytes.length - 4, true) !== crc32(bytes.subarray(0, -4))) return undefined;
    const runs: Run[] = [];
    let next = 0;
    for (let at = 16; at < bytes.length - 4; at += 24) {
      const [page, block, pages] = [0, 8, 16].map((field) => Number(view.getBigUint64(at + field, true)));
      if (page! < next || pages === 0) return undefined;
      next = page! + pages!;
      runs.push({ page: page!, block: block!, count: pages! });
    }
    const pages = Number(view.getBigUint64(8, true));
    return pages < next ? undefined : new PageDirectory(runs, pages);
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(20 + 24 * this.#runs.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, magic, true);
    view.setUint32(4, this.#runs.length, true);
    view.setBigUint64(8, BigInt(this.pages), true);
    for (const [index, run] of this.#runs.entries()) {
      const at = 16 + 24 * index;
      view.setBigUint64(at, BigInt(run.page), true);
      view.setBigUint64(at + 8, BigInt(run.block), true);
      view.setBigUint64(at + 16, BigInt(run.count), true);
    }
    view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
    return bytes;
  }

  /** The id of a page's block, or nothing. */
  blockOf(page: number): number | undefined {
    const run = this.#runs[this.#runBefore(page)];
    return run && page < run.page + run.count ? run.block + (page - run.page) : undefined;
  }

  /** Puts a page that has none yet into a block. */
  add(page: number, block: number): void {
    const index = this.#runBefore(page) + 1;
    const before = this.#runs[index - 1];
    if (before && before.page + before.count === page && before.block + before.count === block)
      before.count++;
    else this.#runs.splice(index, 0, { page, block, count: 1 });
  }

  /** Forgets all pages from one on. @returns their blocks. */
  trim(pages: number): number[] {
    const blocks: number[] = [];
    for (let run = this.#runs.at(-1); run && run.page + run.count > pages; run = this.#runs.at(-1)) {
      const kept = Math.max(0, pages - run.page);
      for (let index = kept; index < run.count; index++) blocks.push(run.block + index);
      run.count = kept;
      if (kept === 0) this.#runs.pop();
    }
    return blocks;
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
}
