import { unitBytes } from './block-entry.js';
import { getUint64, setUint64, viewOf } from './bytes.js';
import { crc32Without } from './crc32.js';
import { errors } from './errors.js';

/*
 * One committed state of a storage, little-endian:
 *
 *     0   4  'BSTC'
 *     4   4  length of this record in bytes, 104 + 16 × words + 16 × ranges
 *     8   8  sequence number of the commit, from 1
 *    16   8  address of the root node of the allocations B-tree, or 0
 *    24   8  address of the root node of the free-chunks B-tree, or 0
 *    32   8  the next block id to be given out
 *    40   8  end of the storage: file offset one past its last byte
 *    48   8  address of the first page of the list of resting ranges, or 0
 *    56   8  number of its pages
 *    64   8  number of blocks
 *    72   8  their sizes, added up
 *    80   8  number of free chunks
 *    88   8  their sizes, added up
 *    96   4  number of words
 *   100   4  CRC-32 of the record with this field as zero
 *   104  16  per word: file offset (outside of the storage), and the 8 bytes that belong there as a number
 *        16  per range that the commit wrote: address, length (4 bytes), CRC-32 (4 bytes). None when all of it was flushed
 *            before the record was written.
 */
const fixedBytes = 104;
const magic = 0x43545342;

/** Where the two records lie, from the start of the storage. A commit writes the one with the older state. */
export const slots = [
  { at: 32, length: 4064 },
  { at: 4096, length: 4064 },
] as const;

/** Header and both records: what every storage begins with. */
export const controlBytes = 8192;

/** The most words and ranges, together, that fit either slot. */
export const mostEntries = Math.floor((slots[0].length - fixedBytes) / 16);

/** A stretch of the file that a commit wrote, with the checksum of its bytes. */
export interface WrittenRange {
  readonly address: number;
  readonly length: number;
  readonly crc: number;
}

export interface CommitRecord {
  readonly sequence: number;
  readonly allocations: number;
  readonly free: number;
  readonly nextId: number;
  readonly end: number;
  readonly resting: number;
  readonly restingPages: number;
  readonly blockCount: number;
  readonly blockBytes: number;
  readonly freeCount: number;
  readonly freeBytes: number;
  /** Words outside of the storage by their file offset. */
  readonly words: ReadonlyMap<number, number>;
  /** What has to be whole for the commit to count; nothing when it was flushed before the record was written. */
  readonly ranges: readonly WrittenRange[];
}

const fields = [
  'sequence',
  'allocations',
  'free',
  'nextId',
  'end',
  'resting',
  'restingPages',
  'blockCount',
  'blockBytes',
  'freeCount',
  'freeBytes',
] as const;

/** Numbers of commits are not more than this where a storage begins, so that they never become too large for the format. */
export const mostCommits = 2 ** 52;

/** The most bytes that the ranges of a record may have together. */
export const mostRangeBytes = 2 ** 30;

/** The slot that a commit of this number is written to. */
export function slotOf(sequence: number): (typeof slots)[number] {
  return slots[(sequence % 2) as 0 | 1];
}

/** @throws BLK_FULL when a number in it is larger than the format can hold. */
export function encodeRecord(record: CommitRecord): Uint8Array {
  for (const field of fields) {
    if (Number.isSafeInteger(record[field])) continue;
    throw errors.BLK_FULL({ message: `${field} would be ${record[field]}, more than the format can hold` });
  }
  const bytes = new Uint8Array(fixedBytes + 16 * (record.words.size + record.ranges.length));
  const view = viewOf(bytes);
  view.setUint32(0, magic, true);
  view.setUint32(4, bytes.length, true);
  for (const [index, field] of fields.entries()) setUint64(view, 8 + 8 * index, record[field]);
  view.setUint32(96, record.words.size, true);
  let at = fixedBytes;
  for (const [offset, value] of record.words) {
    setUint64(view, at, offset);
    setUint64(view, at + 8, value);
    at += 16;
  }
  for (const { address, length, crc } of record.ranges) {
    setUint64(view, at, address);
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, crc, true);
    at += 16;
  }
  view.setUint32(100, crc32Without(bytes, 100), true);
  return bytes;
}

/**
 * The record in a slot, or nothing when the slot holds none, or a torn one, or one of which no storage could be made.
 *
 * @param offset - Where the storage begins.
 */
export function decodeRecord(slot: Uint8Array, offset: number): CommitRecord | undefined {
  if (slot.length < fixedBytes) return undefined;
  const view = viewOf(slot);
  const length = view.getUint32(4, true);
  const endOfWords = fixedBytes + 16 * view.getUint32(96, true);
  if (view.getUint32(0, true) !== magic || length > slot.length || length < endOfWords) return undefined;
  if (view.getUint32(100, true) !== crc32Without(slot.subarray(0, length), 100)) return undefined;
  const values = fields.map((_, index) => getUint64(view, 8 + 8 * index));
  if (values.some(Number.isNaN)) return undefined;
  const words = new Map<number, number>();
  let at = fixedBytes;
  for (; at < endOfWords; at += 16) words.set(getUint64(view, at), getUint64(view, at + 8));
  const ranges: WrittenRange[] = [];
  for (; at + 16 <= length; at += 16) {
    const [size, crc] = [view.getUint32(at + 8, true), view.getUint32(at + 12, true)];
    ranges.push({ address: getUint64(view, at), length: size, crc });
  }
  const numbers = Object.fromEntries(fields.map((field, index) => [field, values[index]!]));
  const record = { ...(numbers as Omit<CommitRecord, 'words' | 'ranges'>), words, ranges };
  return isPossible(record, offset) ? record : undefined;
}

/** Whether what is written and read by this record stays where it belongs. */
function isPossible({ end, words, ranges }: CommitRecord, offset: number): boolean {
  const start = offset + controlBytes;
  if (end < start || end % unitBytes !== 0) return false;
  // NaN is neither.
  for (const [location, value] of words) if (!(location + 8 <= offset && value >= 0)) return false;
  const inside = ranges.every(({ address, length }) => address >= start && address + length <= end);
  return inside && ranges.reduce((sum, { length }) => sum + length, 0) <= mostRangeBytes;
}

/** The records that are whole, the newer one first, of the control area or of what there is of it. */
export function decodeRecords(control: Uint8Array, offset: number): CommitRecord[] {
  return slots
    .map(({ at, length }) => decodeRecord(control.subarray(at, at + length), offset))
    .filter((record) => record !== undefined)
    .sort((a, b) => b.sequence - a.sequence);
}
