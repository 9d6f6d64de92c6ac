import { readFileSync, writeFileSync } from 'node:fs';
import { float64, int32, struct, uint16 } from '@terrane/layout';
import { nativeProblem } from '@terrane/mmap';
import { temporaryFolder } from '@terrane/oracles';
import { afterAll, describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { mapBits, mapRecords, mapStrings, mapVector } from './index.js';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
function file(bytes: Uint8Array | string): string {
  const name = folder.join(`k${files++}`);
  writeFileSync(name, bytes);
  return name;
}

const Row = struct({ n: int32(), x: float64() });

// Where nothing can be mapped, files are read and written as copies; everything else stays the same.
const kinds = nativeProblem === undefined ? (['mapped', 'copied'] as const) : (['copied'] as const);
describe.each(kinds)('%s', (kind) => {
  it('vectors are read, searched, written and resized', () => {
    const name = file(new Uint8Array(Int32Array.from({ length: 5000 }, (_, i) => i).buffer));
    {
      using v = mapVector(name, int32(), { mode: 'read-write', kind });
      expect(v.mapping.kind).toBe(kind);
      expect([...v.where('>=', 4998)]).toEqual([4998, 4999]);
      expect(v.sum()).toBe((4999 * 5000) / 2);
      v.put([0, 4999], [-1, -2]);
      v.resize(5001);
      v.set(5000, 7);
      expect([...v.tail(3)]).toEqual([4998, -2, 7]);
    }
    const stored = new Int32Array(Uint8Array.from(readFileSync(name)).buffer);
    expect([stored.length, stored[0], stored[4999], stored[5000]]).toEqual([5001, -1, -2, 7]);
  });

  it('records are appended, bits and strings read', () => {
    const name = file('');
    {
      using table = mapRecords(name, Row, { mode: 'read-write', kind });
      for (let n = 0; n < 3000; n++) table.append({ n, x: n / 2 });
      table.column('x').set(1, 99);
      expect([...table.where({ x: { gt: 98, lt: 100 } })]).toEqual([1, 197, 198, 199]);
    }
    expect(readFileSync(name).length).toBe(3000 * Row.size);
    using again = mapRecords(name, Row, { kind });
    expect(again.tail(1)).toEqual([{ n: 2999, x: 1499.5 }]);
    using bits = mapBits(file(Uint8Array.of(5)), { kind });
    expect([...bits.where('==', true)]).toEqual([0, 2]);
    using strings = mapStrings(file('a\0bc'), { kind });
    expect([...strings]).toEqual(['a', 'bc']);
  });

  it('elements may begin at any byte, and end before the file does', () => {
    const bytes = Buffer.alloc(3 + 4 * 8 + 5);
    for (let i = 0; i < 4; i++) bytes.writeDoubleLE(i + 0.5, 3 + 8 * i);
    const name = file(bytes);
    using v = mapVector(name, float64(), { offset: 3, mode: 'read-write', kind });
    expect([...v.take()]).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect([...(v.view(1, 2) as Float64Array)]).toEqual([1.5, 2.5]);
    expect(v.sum()).toBe(8);
    using odd = mapVector(name, uint16(), { offset: 1, length: 2, kind });
    expect(odd.length).toBe(2);
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => mapVector(name, uint16(), { offset, kind })).toThrow(RangeError);
    }
    expectCode('MAP_RANGE', () => mapVector(name, uint16(), { offset: 41, kind }));
    for (const length of [-1, 0.5, Number.NaN]) {
      expectCode('VEC_INDEX', () => mapVector(name, uint16(), { length, kind }));
    }
  });
});
