import { closeSync, openSync, readSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import {
  bool8,
  float32,
  float64,
  int8,
  int16,
  int24,
  int32,
  optional,
  struct,
  text,
  uint8,
  uint24,
} from '@terrane/layout';
import { nativeProblem } from '@terrane/mmap';
import { temporaryFolder } from '@terrane/oracles';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { mapBits, mapRecords, mapStrings, mapVector } from './index.js';

// Positions here count from 0; R counts from 1.
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

let files = 0;
function file(...bytes: (number | string)[]): string {
  const path = folder.join(`v${files++}`);
  writeFileSync(
    path,
    Buffer.concat(bytes.map((b) => (typeof b === 'number' ? Buffer.of(b) : Buffer.from(b, 'latin1')))),
  );
  return path;
}

describe("R mmap's cases, with the right results", () => {
  it('1: int8 compares as signed', () => {
    using v = mapVector(file(0x80, 0xff, 0x7f, 0x01), int8());
    expect([...v]).toEqual([-128, -1, 127, 1]);
    expect([...v.where('==', -1)]).toEqual([1]);
    expect([...v.where('<', 0)]).toEqual([0, 1]);
  });

  it('2: int24 extends its sign, uint24 does not', () => {
    const path = file(0, 0, 0x80, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff);
    using v = mapVector(path, int24());
    expect([...v]).toEqual([-8388608, 8388607, -1]);
    using u = mapVector(path, uint24());
    expect(u.get(2)).toBe(16777215);
  });

  it('3: the least int32 is a missing value where it is said to be', () => {
    using v = mapVector(file(0, 0, 0, 0x80), optional(int32(), { sentinel: -(2 ** 31) }));
    expect(v.get(0)).toBeNull();
    expect([...v.where('==', null)]).toEqual([0]);
  });

  it('4: comparisons are not turned round, and fractions are not cut', () => {
    const path = folder.join('ten');
    writeFileSync(path, new Uint8Array(Int32Array.from({ length: 10 }, (_, i) => i + 1).buffer));
    using v = mapVector(path, int32());
    expect([...v.where('>', 3)]).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect([...v.where('>=', 5.5)]).toEqual([5, 6, 7, 8, 9]);
  });

  it('5: bits are those of 32-bit little-endian words', () => {
    using v = mapBits(file(1, 0, 0, 0x80, 2, 0, 0, 0));
    expect(v.length).toBe(64);
    expect([...v.where('==', true)]).toEqual([0, 31, 33]);
  });

  it('6: any byte but 0 is true', () => {
    using v = mapVector(file(0, 1, 2, 0xff), bool8());
    expect([...v]).toEqual([false, true, true, true]);
    expect([...v.where('==', true)]).toEqual([1, 2, 3]);
  });

  it('7: text with a terminator is compared as a whole, by every operator', () => {
    using v = mapVector(file('ab\0cd\0ef\0'), text(3, { ending: 'terminator' }));
    expect(v.length).toBe(3);
    expect([...v.where('==', 'c')]).toEqual([]);
    expect([...v.where('!=', 'cd')]).toEqual([0, 2]);
    expect([...v.where('>=', 'cd')]).toEqual([1, 2]);
  });

  it('8: text without a terminator', () => {
    using v = mapVector(file('abc  dxyz'), text(3));
    expect([...v]).toEqual(['abc', '  d', 'xyz']);
  });

  it('9: strings of varying length are compared as a whole', () => {
    using v = mapStrings(file('apple\0ant\0bee\0'));
    expect([...v.where('!=', 'apple')]).toEqual([1, 2]);
  });

  it('10: the last string needs no NUL', () => {
    using v = mapStrings(file('hi\0there'));
    expect([...v]).toEqual(['hi', 'there']);
  });

  it('11: big-endian numbers keep their sign', () => {
    using v = mapVector(file(0xff, 0xfe), int16({ byteOrder: 'big' }));
    expect(v.get(0)).toBe(-2);
    expect([...v.where('<', 0)]).toEqual([0]);
  });

  it('12: a record with gaps is the same in all spellings', () => {
    const bytes = Buffer.alloc(26);
    bytes.writeInt8(-7, 0);
    bytes.writeFloatLE(0.5, 1);
    bytes.writeDoubleLE(1e10, 5);
    bytes.writeInt8(8, 13);
    bytes.writeFloatLE(1.5, 14);
    bytes.writeDoubleLE(-1, 18);
    const path = folder.join('records');
    writeFileSync(path, bytes);
    using all = mapVector(path, struct({ a: int8(), b: float32(), c: float64() }));
    expect(all.length).toBe(2);
    expect([...all]).toEqual([
      { a: -7, b: 0.5, c: 1e10 },
      { a: 8, b: 1.5, c: -1 },
    ]);
    using offsets = mapVector(
      path,
      struct({ a: int8(), c: float64() }, { offsets: { a: 0, c: 5 }, size: 13 }),
    );
    expect([...offsets]).toEqual([
      { a: -7, c: 1e10 },
      { a: 8, c: -1 },
    ]);
  });

  it('13: an offset inside a page loses no bytes at the end', () => {
    const bytes = Uint8Array.from({ length: 8242 }, (_, i) => (i * 7) & 255);
    const path = folder.join('offset');
    writeFileSync(path, bytes);
    using v = mapVector(path, uint8(), { offset: 100 });
    expect(v.length).toBe(8142);
    expect([...v.tail(50)]).toEqual([...bytes.subarray(-50)]);
    v.close();
    expect(() => v.length).toThrow(/closed/);
  });

  it('14: bytes left over at the end are ignored', () => {
    const path = folder.join('rest');
    writeFileSync(path, new Uint8Array(12_500));
    using v = mapVector(path, float64());
    expect(v.length).toBe(1562);
  });

  // As a copy it would be 5 GiB of memory.
  describe.skipIf(nativeProblem !== undefined)('15: a sparse file of 5 GiB', () => {
    const path = folder.join('sparse');
    beforeAll(() => {
      writeFileSync(path, '');
      truncateSync(path, 5 * 2 ** 30);
    });

    it('is a matrix with its last element where it belongs', () => {
      using v = mapVector(path, uint8(), { mode: 'read-write', shape: [5, 2 ** 30], order: 'column' });
      v.set([4, 2 ** 30 - 1], 77);
      v.set([1, 3], 5);
      expect(v.get([4, 2 ** 30 - 1])).toBe(77);
      expect(v.get(5 * 2 ** 30 - 1)).toBe(77);
      expect(v.get(16)).toBe(5);
      expect([...v.tail(3)]).toEqual([0, 0, 77]);
      expect(statSync(path).size).toBe(5 * 2 ** 30);
    });

    it('has offsets and positions beyond 2^31 and 2^32', () => {
      using v = mapVector(path, uint8(), { offset: 2 ** 32 + 3, length: 10, mode: 'read-write' });
      v.put({ start: 2, stop: 4 }, [8, 9]);
      using all = mapVector(path, uint8());
      expect(all.length).toBe(5 * 2 ** 30);
      expect([...all.take({ start: 2 ** 32 + 4, stop: 2 ** 32 + 8 })]).toEqual([0, 8, 9, 0]);
      expect(all.get(2 ** 32 + 5)).toBe(8);
      expect([...all.take([2 ** 31, 2 ** 32 + 6])]).toEqual([0, 9]);
      using thirds = mapVector(path, int24());
      expect(thirds.length).toBe(Math.floor((5 * 2 ** 30) / 3));
      expect(thirds.get(Math.floor((2 ** 32 + 5) / 3))).toBe(8 | (9 << 8));
    });

    it('has records of odd sizes whole on both sides of every buffer', () => {
      const Seven = struct({ a: uint8(), b: int24() }, { size: 7 });
      using table = mapRecords(path, Seven, { mode: 'read-write' });
      const edges = table.mapping.segments
        .slice(0, -1)
        .map(({ byteLength }, i) => ((i + 1) * byteLength) / 7);
      expect(edges.length).toBe(5);
      const b = table.column('b');
      const file = openSync(path, 'r');
      for (const [k, edge] of edges.entries()) {
        table.set(edge - 1, { a: 1, b: -k - 1 });
        table.at(edge).b = k + 1;
        expect([b.get(edge - 1), b.get(edge), table.get(edge).b]).toEqual([-k - 1, k + 1, k + 1]);
        expect([...b.take({ start: edge - 2, stop: edge + 2 })]).toEqual([0, -k - 1, k + 1, 0]);
        const stored = Buffer.alloc(14);
        readSync(file, stored, 0, 14, (edge - 1) * 7);
        expect([stored.readIntLE(1, 3), stored.readIntLE(8, 3)]).toEqual([-k - 1, k + 1]);
      }
      closeSync(file);
    });

    it('has no elements that would lie in two buffers', () => {
      const odd = struct({ a: uint8() }, { size: 65_537 });
      expectCode('VEC_TYPE', () => mapRecords(path, odd));
      using part = mapRecords(path, odd, { length: 1000 });
      expect(part.length).toBe(1000);
    });
  });
});
