import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  emptyRecordBytes,
  encodeRecord,
  findRecord,
  isWholeRecord,
  pagesAfter,
  recordLength,
  visitStretches,
} from './change-record.js';
import { samePage } from './compare-pages.js';
import { pageBytes } from './segment.js';

const pieces = fc.array(fc.tuple(fc.nat(pageBytes - 1), fc.uint8Array({ minLength: 1, maxLength: 40 })), {
  maxLength: 12,
});
const place = { log: 2 ** 32 + 7, position: 800, pages: 9 };
const room = () => new Uint8Array(1 << 16);

/** A page of its own, with these pieces put into it. */
function changed(page: Uint8Array, changes: readonly (readonly [number, Uint8Array])[]): Uint8Array {
  const made = page.slice();
  for (const [at, bytes] of changes) made.set(bytes.subarray(0, pageBytes - at), at);
  return made;
}

function oneStretch(): Uint8Array {
  const page = new Uint8Array(pageBytes);
  const target = room();
  const length = encodeRecord(
    target,
    place,
    new Map([[5, changed(page, [[16, new Uint8Array(12).fill(9)]])]]),
    new Map([[5, page]]),
    [],
  );
  return target.slice(0, length);
}

it('brings pages from one state to the next', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 5 }), (all) => {
      const before = new Map(all.map((_, page) => [page, new Uint8Array(pageBytes).fill(page)]));
      const after = new Map(all.map((pieces, page) => [page, changed(before.get(page)!, pieces)]));
      const changedPages = [...after.keys()].filter((page) => !samePage(after.get(page)!, before.get(page)!));
      const target = room();
      const pages: number[] = [];
      const length = encodeRecord(target, place, after, before, pages)!;
      const record = target.subarray(0, length);
      expect(isWholeRecord(record)).toBe(true);
      expect(recordLength(record, place.log, place.position)).toBe(length);
      expect(pagesAfter(record)).toBe(9);
      const sound = visitStretches(record, (page, offset, at, bytes) => {
        before.get(page)!.set(record.subarray(at, at + bytes), offset);
      });
      expect(sound).toBe(true);
      expect(before).toEqual(after);
      expect(pages).toEqual(changedPages);
    }),
  );
});

it('takes little more room than what changed', () => {
  const page = new Uint8Array(pageBytes);
  const length = (content: Uint8Array) =>
    encodeRecord(room(), place, new Map([[0, content]]), new Map([[0, page]]), []);
  expect(length(page)).toBe(emptyRecordBytes);
  expect(length(changed(page, [[7, new Uint8Array([1])]]))).toBe(emptyRecordBytes + 16);
  expect(length(new Uint8Array(pageBytes).fill(1))).toBe(emptyRecordBytes + 8 + pageBytes);
  const full = new Map([[0, page.map(() => 1)]]);
  expect(encodeRecord(new Uint8Array(4096), place, full, new Map([[0, page]]), [])).toBeUndefined();
});

it('is one only where it says it is, and with every byte as it was written', () => {
  const record = oneStretch();
  expect(record).toHaveLength(emptyRecordBytes + 8 + 12 + 4);
  expect(recordLength(record, place.log, place.position + 8)).toBeUndefined();
  expect(recordLength(record, 7, place.position)).toBeUndefined();
  for (let at = 0; at < record.length; at++) {
    const wrong = record.slice();
    wrong[at]! ^= 0x10;
    const length = recordLength(wrong, place.log, place.position);
    expect(length === record.length && isWholeRecord(wrong)).toBe(false);
  }
});

it('is found among other bytes', () => {
  const record = oneStretch();
  const bytes = new Uint8Array(4096).fill(0x54);
  bytes.set(record, 256);
  expect(findRecord(bytes, place.log, place.position - 256)).toBe(256);
  expect(findRecord(bytes, place.log, place.position - 248)).toBeUndefined();
  bytes[300]! ^= 1;
  expect(findRecord(bytes, place.log, place.position - 256)).toBeUndefined();
});

it.each([
  ['a page beyond the heap', 24, 9],
  ['an offset beyond the page', 28, 4092],
  ['a length beyond the record', 30, 40],
  ['a crooked offset', 28, 18],
  ['too many stretches', 48, 2],
  ['too few', 48, 0],
])('that says %s is not taken', (_, at, value) => {
  const record = oneStretch();
  const view = new DataView(record.buffer);
  if (at === 24 || at === 48) view.setUint32(at, value, true);
  else view.setUint16(at, value, true);
  expect(visitStretches(oneStretch(), () => {})).toBe(true);
  expect(visitStretches(record, () => {})).toBe(false);
});
