import type { BlockStorage } from '@terrane/blocks';
import { errors } from '../errors.js';
import {
  emptyRecordBytes,
  encodeRecord,
  findRecord,
  isWholeRecord,
  pagesAfter,
  recordLength,
  visitStretches,
} from './change-record.js';
import type { PageImages } from './page-home.js';

/*
 * What commits changed since the pages themselves were last brought up to date. A log is one half of a block, records one
 * after the other from its first byte on: a commit that adds one is a single write behind the last, and a flush. The next
 * log, with the next number, is in the other half, so that who still reads the state before finds what belongs to it.
 *
 * What is not a whole record is the end, unless records of the same log lie behind it. A record without stretches is
 * written when the store is closed: it shows that nothing is missing. It is not one of the others: the next one replaces it, so
 * that nothing is ever behind it.
 */

const firstPiece = 1 << 12;
const mostPiece = 1 << 18;
const leastScratch = 1 << 14;
const nothing: PageImages = new Map();

/** The log of changes of one state of the pages, in a block of a storage. */
export class ChangeLog {
  readonly #storage: BlockStorage<'sync'>;
  /** The id of its block, 0 when there is none. */
  readonly block: number;
  readonly number: number;
  /** How many bytes it may have. */
  readonly room: number;
  /** Where in the block it begins. */
  readonly #start: number;
  /** Its records; more room than there are. */
  #bytes = new Uint8Array(0);
  #end = 0;
  #pages: number | undefined;
  #closed = false;
  /** Whether nothing is written behind it any more. */
  #ended = false;
  /** By page, three numbers for each stretch: its offset in the page, where its bytes begin in the log, their length. */
  readonly #stretches = new Map<number, number[]>();
  #indexed = 0;
  /** Where records are made, by those who write. */
  #scratch = new Uint8Array(0);

  /** Is empty until it is read, or written. @param bytes - The size of the block. */
  constructor(storage: BlockStorage<'sync'>, block: number, number: number, bytes: number) {
    this.#storage = storage;
    this.block = block;
    this.number = number;
    this.room = bytes >>> 1;
    this.#start = number % 2 === 0 ? 0 : this.room;
  }

  /** How many bytes its records have. */
  get length(): number {
    return this.#end;
  }

  /** How many pages the heap has after the last record; nothing without any. */
  get pages(): number | undefined {
    return this.#pages;
  }

  /** Whether the record that closes it is at its end. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The pages that it changes. */
  touched(): Iterable<number> {
    return this.#index().keys();
  }

  has(page: number): boolean {
    return this.#end > 0 && this.#index().has(page);
  }

  /** Brings a page up to date. */
  apply(page: number, target: Uint8Array): void {
    if (this.#end === 0) return;
    const found = this.#index().get(page) ?? [];
    for (let index = 0; index < found.length; index += 3) {
      const at = found[index + 1]!;
      target.set(this.#bytes.subarray(at, at + found[index + 2]!), found[index]);
    }
  }

  /** Reads the records that came behind those that are known. @returns how many. */
  readOn(): number {
    let count = 0;
    this.#closed = false;
    let piece: Uint8Array = new Uint8Array(0);
    let from = this.#end;
    for (let size = firstPiece; this.#end + emptyRecordBytes <= this.room; ) {
      const rest = piece.subarray(this.#end - from);
      const length = recordLength(rest, this.number, this.#end);
      const missing = Math.max(length ?? 0, emptyRecordBytes);
      if (rest.length < missing && this.#end + missing <= this.room) {
        from = this.#end;
        piece = this.#read(from, Math.max(size, missing));
        size = Math.min(2 * size, mostPiece);
        if (piece.length < missing) break;
        continue;
      }
      if (length === undefined || rest.length < length || !isWholeRecord(rest.subarray(0, length))) break;
      this.#closed = length === emptyRecordBytes;
      if (this.#closed) break;
      this.take(rest.subarray(0, length));
      count++;
    }
    return count;
  }

  /** Whether records lie behind the end, so that what is there instead of the next one was damaged. */
  isTorn(): boolean {
    const position = this.#end + 8;
    return findRecord(this.#read(position, this.room), this.number, position) !== undefined;
  }

  /** Whether somebody wrote a record behind those that are known, a whole one; not one that closes the log. */
  isContinued(): boolean {
    const length = this.#nextLength() ?? 0;
    if (length <= emptyRecordBytes) return false;
    const record = this.#read(this.#end, length);
    return record.length === length && isWholeRecord(record);
  }

  /** Whether any record begins behind those that are known. */
  hasMore(): boolean {
    return this.#nextLength() !== undefined;
  }

  #nextLength(): number | undefined {
    return recordLength(this.#read(this.#end, emptyRecordBytes), this.number, this.#end);
  }

  /**
   * A record of what changed, or nothing when it has no room here. It holds until the next one is made.
   *
   * @param changed - Takes those of the pages that differ from what they were.
   */
  encode(
    touched: PageImages,
    pages: number,
    before: PageImages,
    changed: number[] = [],
  ): Uint8Array | undefined {
    if (this.#ended) return undefined;
    const place = { log: this.number, position: this.#end, pages };
    const most = this.room - this.#end - emptyRecordBytes;
    for (;;) {
      const target = this.#scratch.subarray(0, Math.max(0, most));
      changed.length = 0;
      const length = encodeRecord(target, place, touched, before, changed);
      if (length !== undefined) return target.subarray(0, length);
      if (this.#scratch.length >= most) return undefined;
      this.#scratch = new Uint8Array(Math.max(leastScratch, 4 * this.#scratch.length));
    }
  }

  /** Writes a record of `encode` behind the others; it counts as soon as it is there, and here from `take` on. */
  write(record: Uint8Array): void {
    this.#closed = false;
    this.#storage.writeInPlace(this.block, record, this.#start + this.#end);
  }

  /**
   * Makes sure that what was written behind the others is no record. Readers may have seen it, and would read on behind it: so
   * this log ends here.
   */
  withdraw(): void {
    this.#ended = true;
    this.#storage.writeInPlace(this.block, new Uint8Array(emptyRecordBytes), this.#start + this.#end);
  }

  /** Writes the record that closes the log. There is always room for it. */
  close(pages: number): void {
    const record = new Uint8Array(emptyRecordBytes);
    encodeRecord(record, { log: this.number, position: this.#end, pages }, nothing, nothing, []);
    this.write(record);
    this.#closed = true;
  }

  /** From now on a record that is in the file is among the others. */
  take(record: Uint8Array): void {
    const end = this.#end + record.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(this.room, Math.max(firstPiece, 2 * end)));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
    }
    this.#bytes.set(record, this.#end);
    this.#pages = pagesAfter(record);
    this.#end = end;
  }

  /** @throws OBJ_DAMAGED for a record that is whole and says what no record can say. */
  #index(): ReadonlyMap<number, readonly number[]> {
    while (this.#indexed < this.#end) {
      const from = this.#indexed;
      const length = recordLength(this.#bytes, this.number, from, from)!;
      const record = this.#bytes.subarray(from, from + length);
      // All of it first: what could be taken of a record that is none would be taken again and again.
      if (!visitStretches(record, () => {}))
        throw this.#damaged(`the record at ${from} of the log has changes that lie nowhere`);
      visitStretches(record, (page, offset, at, bytes) => {
        const there = this.#stretches.get(page);
        if (there) there.push(offset, from + at, bytes);
        else this.#stretches.set(page, [offset, from + at, bytes]);
      });
      this.#indexed += length;
    }
    return this.#stretches;
  }

  #damaged(message: string): Error {
    const { target } = this.#storage.file.manifest;
    return errors.OBJ_DAMAGED({ message, structure: 'log', target });
  }

  #read(position: number, length: number): Uint8Array {
    const bytes = Math.max(0, Math.min(length, this.room - position));
    return this.block === 0
      ? new Uint8Array(0)
      : this.#storage.read(this.block, this.#start + position, bytes);
  }
}
