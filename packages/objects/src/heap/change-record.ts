import { crc32 } from '@terrane/blocks';
import { nextDifference, pageWords, wordsOf } from './compare-pages.js';
import type { PageImages } from './page-home.js';
import { pageBytes } from './segment.js';

/*
 * What a commit changed in pages, as it stands in the log:
 *
 *     0  4  'TOBC'
 *     4  4  length of the record, a multiple of 8
 *     8  8  number of the log
 *    16  4  where in the log the record begins
 *    20  4  number of pages that the heap has from here on
 *    24  …  stretches: page (4), offset in it (2), length (2), that many bytes; all multiples of 4
 *     …  …  zeros up to a multiple of 8
 *     …  4  number of stretches
 *     …  4  CRC-32 of all before
 *
 * It says where it is, so that nothing that lies elsewhere in the log, such as a copy of a store among a store's own bytes,
 * can be taken for one.
 */
const magic = 0x43424f54;
const stretchesAt = 24;
const stretchBytes = 8;
const tailBytes = 8;

/** The length of a record that changes nothing, and of what has to be read to know a record's length. */
export const emptyRecordBytes = stretchesAt + tailBytes;

/** Where a record stands, and how long the heap is from then on. */
export interface RecordPlace {
  /** The number of the log. */
  readonly log: number;
  /** Its first byte, counted from the log's. */
  readonly position: number;
  /** The number of pages of the heap. */
  readonly pages: number;
}

/** Changes that lie so close are one stretch: its header would take as much. */
const gapWords = 2;

/**
 * Puts a record into `target` of how pages differ from what they were.
 *
 * @param target - Begins at a multiple of 4 in its buffer.
 * @param touched - Pages that may have changed.
 * @param changed - Takes those that have.
 * @returns its length, or nothing when it is longer than that.
 */
export function encodeRecord(
  target: Uint8Array,
  { log, position, pages }: RecordPlace,
  touched: PageImages,
  before: PageImages,
  changed: number[],
): number | undefined {
  const words = wordsOf(target);
  const most = words.length - tailBytes / 4;
  let at = stretchesAt / 4;
  let count = 0;
  for (const [page, content] of touched) {
    const is = wordsOf(content);
    const was = wordsOf(before.get(page)!);
    const first = count;
    for (let word = nextDifference(was, is, 0); word < pageWords; word = nextDifference(was, is, word)) {
      let end = word + 1;
      for (let next = end; next < pageWords && next - end <= gapWords; next++) {
        if (was[next] !== is[next]) end = next + 1;
      }
      if (at + 2 + end - word > most) return undefined;
      words[at++] = page;
      words[at++] = (4 * word) | ((4 * (end - word)) << 16);
      for (; word < end; word++) words[at++] = is[word]!;
      count++;
    }
    if (count > first) changed.push(page);
  }
  if (at % 2 === 1) words[at++] = 0;
  const length = 4 * at + tailBytes;
  if (length > target.length) return undefined;
  const view = new DataView(target.buffer, target.byteOffset, length);
  view.setUint32(0, magic, true);
  view.setUint32(4, length, true);
  view.setBigUint64(8, BigInt(log), true);
  view.setUint32(16, position, true);
  view.setUint32(20, pages, true);
  view.setUint32(length - 8, count, true);
  view.setUint32(length - 4, crc32(target.subarray(0, length - 4)), true);
  return length;
}

/** The length that a record at this place of its log has, or nothing when there is none. It may be torn. */
export function recordLength(bytes: Uint8Array, log: number, position: number, at = 0): number | undefined {
  if (bytes.length < at + emptyRecordBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, emptyRecordBytes);
  const isOne =
    view.getUint32(0, true) === magic &&
    view.getUint32(16, true) === position &&
    view.getUint32(8, true) === log % 2 ** 32 &&
    view.getUint32(12, true) === Math.floor(log / 2 ** 32);
  const length = view.getUint32(4, true);
  return isOne && length >= emptyRecordBytes && length % 8 === 0 ? length : undefined;
}

/** Whether these bytes are a record as it was written. */
export function isWholeRecord(record: Uint8Array): boolean {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  return view.getUint32(record.length - 4, true) === crc32(record.subarray(0, -4));
}

/** The number of pages that the heap has after a record. */
export function pagesAfter(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(20, true);
}

/** Is given the page of a stretch, its offset in that, where its bytes begin in the record, and their length. */
export type StretchVisitor = (page: number, offset: number, at: number, length: number) => void;

/** Visits the stretches of a record in order. @returns whether they are what a record can have. */
export function visitStretches(record: Uint8Array, visit: StretchVisitor): boolean {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const end = record.length - tailBytes;
  const pages = view.getUint32(20, true);
  let next = stretchesAt;
  for (let count = view.getUint32(end, true); count > 0; count--) {
    const at = next + stretchBytes;
    if (at > end) return false;
    const page = view.getUint32(next, true);
    const offset = view.getUint16(next + 4, true);
    const length = view.getUint16(next + 6, true);
    next = at + length;
    const fits = page < pages && offset + length <= pageBytes && next <= end;
    if (!fits || (offset | length) % 4 !== 0) return false;
    visit(page, offset, at, length);
  }
  return end - next < 8;
}

/**
 * Where in these bytes a whole record of a log begins, of which the first byte is at `position` in the log; or nothing. So many
 * that only begin as one that looking at them all would take long are as good as one: no writer leaves them behind.
 */
export function findRecord(bytes: Uint8Array, log: number, position: number): number | undefined {
  const words = wordsOf(bytes);
  let most = 16 * bytes.length;
  for (let word = 0; word < words.length; word += 2) {
    if (words[word] !== magic) continue;
    const at = 4 * word;
    const length = recordLength(bytes, log, position + at, at);
    if (length === undefined || at + length > bytes.length) continue;
    most -= length;
    if (most < 0 || isWholeRecord(bytes.subarray(at, at + length))) return at;
  }
  return undefined;
}
