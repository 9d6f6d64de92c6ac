import { crc32 } from '@terrane/blocks';
import { pageBytes } from './segment.js';

/*
 * What little commits changed in pages, without writing the pages again: a block for each such commit, which leads to the one
 * before.
 *
 *     0  4  'TOBC'
 *     4  4  number of stretches
 *     8  8  number of the commit
 *    16  8  id of the block of changes before, or 0
 *    24  …  stretches: page (4), offset in it (2), length (2), bytes, zeros up to a multiple of 8
 *     …  4  CRC-32 of all before
 */
const magic = 0x43424f54;
const headerBytes = 24;
const stretchBytes = 8;

/** A piece of a page. */
export interface Stretch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What changed in pages, by their numbers. */
export type PageStretches = ReadonlyMap<number, readonly Stretch[]>;

/** What a block of changes says. */
export interface ChangeBlock {
  /** The number of the commit that made it. */
  readonly number: number;
  /** The id of the one before, or 0. */
  readonly before: number;
  readonly pages: PageStretches;
}

/** Changes that lie so close are one stretch: its header would take as much. */
const gapWords = 3;
/** A page of which more than this has changed is written as a whole. */
const mostOfPage = 1024;

/** Where two pages differ, or nothing when that is too much to be worth it. */
export function differences(before: Uint8Array, now: Uint8Array): Stretch[] | undefined {
  const old = new Int32Array(before.buffer, before.byteOffset, pageBytes / 4);
  const is = new Int32Array(now.buffer, now.byteOffset, pageBytes / 4);
  const stretches: Stretch[] = [];
  let taken = 0;
  for (let word = 0; word < is.length; word++) {
    if (old[word] === is[word]) continue;
    let end = word + 1;
    for (let next = end; next < is.length && next - end <= gapWords; next++) {
      if (old[next] !== is[next]) end = next + 1;
    }
    taken += stretchBytes + 4 * (end - word);
    if (taken > mostOfPage) return undefined;
    stretches.push({ offset: 4 * word, bytes: now.subarray(4 * word, 4 * end) });
    word = end;
  }
  return stretches;
}

const padded = (length: number) => Math.ceil(length / 8) * 8;

/** How many bytes a block of these changes has. */
export function changeBytes(pages: PageStretches): number {
  let length = headerBytes + 4;
  for (const stretches of pages.values()) {
    for (const { bytes } of stretches) length += stretchBytes + padded(bytes.length);
  }
  return length;
}

export function encodeChanges({ number, before, pages }: ChangeBlock): Uint8Array {
  const bytes = new Uint8Array(changeBytes(pages));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic, true);
  view.setBigUint64(8, BigInt(number), true);
  view.setBigUint64(16, BigInt(before), true);
  let at = headerBytes;
  let count = 0;
  for (const [page, stretches] of pages) {
    for (const stretch of stretches) {
      view.setUint32(at, page, true);
      view.setUint16(at + 4, stretch.offset, true);
      view.setUint16(at + 6, stretch.bytes.length, true);
      bytes.set(stretch.bytes, at + stretchBytes);
      at += stretchBytes + padded(stretch.bytes.length);
      count++;
    }
  }
  view.setUint32(4, count, true);
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/** Reads what `encodeChanges` made; nothing when the bytes are not that. */
export function decodeChanges(bytes: Uint8Array): ChangeBlock | undefined {
  const end = bytes.length - 4;
  if (end < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== magic || view.getUint32(end, true) !== crc32(bytes.subarray(0, end)))
    return undefined;
  const pages = new Map<number, Stretch[]>();
  let at = headerBytes;
  for (let count = view.getUint32(4, true); count > 0; count--) {
    if (at + stretchBytes > end) return undefined;
    const page = view.getUint32(at, true);
    const offset = view.getUint16(at + 4, true);
    const length = view.getUint16(at + 6, true);
    const begin = at + stretchBytes;
    at = begin + padded(length);
    if (at > end || offset + length > pageBytes) return undefined;
    const stretches = pages.get(page) ?? [];
    stretches.push({ offset, bytes: bytes.subarray(begin, begin + length) });
    pages.set(page, stretches);
  }
  if (at !== end) return undefined;
  return { number: Number(view.getBigUint64(8, true)), before: Number(view.getBigUint64(16, true)), pages };
}

/** The changes that are not in the pages themselves yet. */
export class PageChanges {
  /** The ids of their blocks, the oldest first. */
  readonly blocks: readonly number[];
  /** The sizes of the blocks, added up. */
  readonly bytes: number;
  readonly #all: readonly ChangeBlock[];
  #byPage: ReadonlyMap<number, readonly ChangeBlock[]> | undefined;

  constructor(all: readonly ChangeBlock[] = [], blocks: readonly number[] = [], bytes = 0) {
    this.#all = all;
    this.blocks = blocks;
    this.bytes = bytes;
  }

  /** The same with one more block. */
  with(id: number, length: number, block: ChangeBlock): PageChanges {
    return new PageChanges([...this.#all, block], [...this.blocks, id], this.bytes + length);
  }

  /** A block that is among them. */
  block(id: number): ChangeBlock | undefined {
    return this.#all[this.blocks.indexOf(id)];
  }

  /** The pages that have any. */
  get pages(): Set<number> {
    return new Set(this.#all.flatMap(({ pages }) => [...pages.keys()]));
  }

  /** Brings a page up to date that was written by a commit, of whose number the lower 32 bits are known. */
  apply(page: number, written: number, target: Uint8Array): void {
    this.#byPage ??= indexed(this.#all);
    for (const { number, pages } of this.#byPage.get(page) ?? []) {
      if (((number - written) | 0) <= 0) continue;
      for (const { offset, bytes } of pages.get(page)!) target.set(bytes, offset);
    }
  }
}

/** The blocks that have changes of a page, by its number. */
function indexed(all: readonly ChangeBlock[]): ReadonlyMap<number, readonly ChangeBlock[]> {
  const byPage = new Map<number, ChangeBlock[]>();
  for (const block of all) {
    for (const page of block.pages.keys()) {
      const blocks = byPage.get(page);
      if (blocks) blocks.push(block);
      else byPage.set(page, [block]);
    }
  }
  return byPage;
}
