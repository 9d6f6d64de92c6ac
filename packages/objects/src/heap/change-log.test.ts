import { BlockStorage } from '@terrane/blocks';
import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { ChangeLog } from './change-log.js';
import { leastLog } from './log-place.js';
import { pageBytes } from './segment.js';

const number = 4;

/** A log with some records, each of which sets a byte of page 3, and a way to open it anew. */
function withLog(count: number) {
  const disk = memoryDriver();
  const storage = BlockStorage.create(openWith(disk, { name: 'a', mode: 'w' }));
  storage.beginWrite();
  const block = storage.allocateInPlace(2 * leastLog);
  storage.commit();
  const open = (which = number) => new ChangeLog(storage, block, which, 2 * leastLog);
  const log = open();
  const page = new Uint8Array(pageBytes);
  const add = (to: ChangeLog, at: number, value: number) => {
    const before = page.slice();
    page[at] = value;
    const record = to.encode(new Map([[3, page]]), 4, new Map([[3, before]]));
    if (record) {
      to.write(record);
      to.take(record);
    }
    return record?.length;
  };
  for (let index = 0; index < count; index++) add(log, 4 * index, index + 1);
  const { bytes } = disk.files.get('a')!;
  const where = bytes.indexOf(
    0x54,
    bytes.findIndex((_, at) => isMark(bytes, at)),
  );
  return { open, log, page, add, bytes, where };
}

const isMark = (bytes: Uint8Array, at: number) =>
  [0x54, 0x4f, 0x42, 0x43].every((byte, step) => bytes[at + step] === byte);

function page3(log: ChangeLog): Uint8Array {
  const page = new Uint8Array(pageBytes);
  log.apply(3, page);
  return page;
}

describe('a log of changes', () => {
  it('is read again as it was written, at once or bit by bit', () => {
    const { open, log, page, add } = withLog(0);
    const reader = open();
    expect(reader.readOn()).toBe(0);
    expect(reader.pages).toBeUndefined();
    for (let index = 0; index < 600; index++) {
      add(log, 4 * index, 7);
      if (index % 250 !== 0) continue;
      expect(reader.readOn()).toBeGreaterThan(0);
      expect(page3(reader)).toEqual(page);
      expect(page3(open())).toEqual(new Uint8Array(pageBytes));
    }
    const later = open();
    expect(later.readOn()).toBe(600);
    expect(page3(later)).toEqual(page);
    expect([...later.touched()]).toEqual([3]);
    expect([later.has(3), later.has(2), later.pages, later.length]).toEqual([true, false, 4, log.length]);
    expect(open(number + 1).readOn()).toBe(0);
  });

  it('takes no more than it has room for, with the record that closes it', () => {
    const { open, log, page, add } = withLog(0);
    let step = 0;
    const fill = () => {
      page.fill(++step);
      return add(log, 0, 255 - step);
    };
    while (log.length < leastLog - 5000) {
      page.fill(0);
      const before = new Uint8Array(pageBytes);
      page.fill(++step);
      const record = log.encode(new Map([[3, page]]), 4, new Map([[3, before]]))!;
      log.write(record);
      log.take(record);
    }
    while (fill() !== undefined);
    expect(leastLog - log.length).toBeGreaterThanOrEqual(32);
    log.close(4);
    const reader = open();
    reader.readOn();
    expect(reader.closed).toBe(true);
    expect(open(number + 1).readOn()).toBe(0);
  });

  it('ends where a record is torn, and tells when others lie behind it', () => {
    for (const [damaged, torn] of [
      [0, true],
      [4, true],
      [9, false],
    ] as const) {
      const { open, bytes, where, log } = withLog(10);
      const each = log.length / 10;
      bytes[where + damaged * each + 30]! ^= 1;
      const reader = open();
      expect(reader.readOn()).toBe(damaged);
      expect(reader.isTorn()).toBe(torn);
    }
  });

  it('whose last record is damaged is known to be by the one that closes it', () => {
    const { open, bytes, where, log } = withLog(10);
    const each = log.length / 10;
    log.close(4);
    expect(log.closed).toBe(true);
    const whole = open();
    expect(whole.readOn()).toBe(10);
    expect([whole.closed, whole.isTorn()]).toEqual([true, false]);
    bytes[where + 9 * each + 30]! ^= 1;
    const reader = open();
    expect(reader.readOn()).toBe(9);
    expect(reader.isTorn()).toBe(true);
  });

  it('ends for its writer where a record was withdrawn, which somebody may have seen', () => {
    const { open, log, page, add } = withLog(2);
    const before = page.slice();
    page.fill(9);
    log.write(log.encode(new Map([[3, page]]), 4, new Map([[3, before]]))!);
    expect(open().readOn()).toBe(3);
    expect(log.isContinued()).toBe(true);
    log.withdraw();
    expect(log.isContinued()).toBe(false);
    page.set(before);
    expect(add(log, 40, 5)).toBeUndefined();
    const reader = open();
    expect(reader.readOn()).toBe(2);
    expect(reader.isTorn()).toBe(false);
    expect(page3(reader)).toEqual(before);
  });

  it('is not fooled by a copy of a log among its own bytes', () => {
    const { open, log, page, bytes, where } = withLog(3);
    const copy = bytes.slice(where, where + log.length);
    const before = page.slice();
    page.set(copy, 1024);
    log.write(log.encode(new Map([[3, page]]), 4, new Map([[3, before]]))!);
    // Torn in its head.
    bytes[where + log.length + 1]! ^= 1;
    const reader = open();
    expect(reader.readOn()).toBe(3);
    expect(reader.isTorn()).toBe(false);
  });

  it('that says what no record can say is damaged', () => {
    const { open, log, page } = withLog(1);
    const record = log.encode(new Map([[8, page]]), 4, new Map([[8, new Uint8Array(pageBytes)]]))!;
    log.write(record);
    const reader = open();
    expect(reader.readOn()).toBe(2);
    expect(() => page3(reader)).toThrow(expect.objectContaining({ code: 'OBJ_DAMAGED', structure: 'log' }));
  });
});
