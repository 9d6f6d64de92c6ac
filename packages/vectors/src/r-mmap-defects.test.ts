import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as lay from '@terrane/layout';
import { nativeProblem } from '@terrane/mmap';
import { temporaryFolder } from '@terrane/oracles';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import {
  createRecords,
  createStrings,
  createVector,
  mapBits,
  mapRecords,
  mapStrings,
  mapVector,
  temporaryVector,
  type Vector,
} from './index.js';

/*
 * The known defects of R's mmap 0.6-24, by their numbers in the list that ours was built from; every test has the
 * right result. Positions count from 0.
 */
const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

/** Copies of files have no pages to protect, and nothing is cut under them. */
const copies = nativeProblem !== undefined;

let files = 0;
const path = () => folder.join(`d${files++}`);
function file(bytes: Uint8Array | string): string {
  const name = path();
  writeFileSync(name, bytes);
  return name;
}

it('B1: operators mean the same whatever they are called on', () => {
  using v = temporaryVector(Int32Array.of(1, 2, 3, 4, 5));
  expect([[...v.where('>', 3)], [...v.where('<', 3)], [...v.where('>=', 3)], [...v.where('<=', 3)]]).toEqual([
    [3, 4],
    [0, 1],
    [2, 3, 4],
    [0, 1, 2],
  ]);
});

it('B2, B3, B18: comparisons agree with JavaScript for every number type and byte order', () => {
  const types = [
    lay.int8,
    lay.uint8,
    lay.int16,
    lay.uint16,
    lay.int24,
    lay.uint24,
    lay.int32,
    lay.uint32,
    lay.float16,
    lay.bfloat16,
    lay.float32,
    lay.float64,
    (options?: lay.ByteOrderOptions) => lay.int64({ ...options, as: 'number' }),
    lay.int64,
    lay.uint64,
  ] as ((options?: lay.ByteOrderOptions) => lay.Layout<number | bigint>)[];
  const tests = {
    '<': (a, b) => a < b,
    '<=': (a, b) => a <= b,
    '>': (a, b) => a > b,
    '>=': (a, b) => a >= b,
    '==': (a, b) => a === b,
    '!=': (a, b) => a !== b,
  } as Record<string, (a: number | bigint, b: number | bigint) => boolean>;
  const property = fc.property(
    fc.constantFrom(...types),
    fc.constantFrom('little' as const, 'big' as const),
    fc.uint8Array({ minLength: 8, maxLength: 80 }),
    fc.nat(),
    (type, byteOrder, bytes, pick) => {
      const layout = type({ byteOrder });
      let values: (number | bigint)[];
      const whole = bytes.subarray(0, bytes.length - (bytes.length % layout.size));
      try {
        values = Array.from({ length: whole.length / layout.size }, (_, i) =>
          layout.read(whole, i * layout.size),
        );
      } catch {
        return;
      }
      using v = mapVector(file(whole), layout);
      const value = values[pick % values.length]!;
      for (const [operator, test] of Object.entries(tests)) {
        const expected = values.flatMap((other, i) => (test(other, value) ? [i] : []));
        expect([...v.where(operator as '<', value)]).toEqual(expected);
      }
    },
  );
  fc.assert(property, { numRuns: 150 });
});

it('B4: bits do not overlap, and are not read beyond the end', () => {
  const name = file(new Uint8Array(8));
  {
    using v = mapBits(name, { mode: 'read-write' });
    v.set(33, true);
    v.set(63, true);
    expectCode('VEC_INDEX', () => v.set(64, true));
    expectCode('VEC_INDEX', () => v.get(64));
    expect([...v.where('==', true)]).toEqual([33, 63]);
  }
  expect([...readFileSync(name)]).toEqual([0, 0, 0, 0, 2, 0, 0, 0x80]);
});

it('B5: a fraction is not cut before it is compared', () => {
  using v = temporaryVector(Int32Array.of(5, 6));
  expect([...v.where('>=', 5.5)]).toEqual([1]);
  expect([...v.where('==', 5.5)]).toEqual([]);
  expect([...v.where('!=', 5.5)]).toEqual([0, 1]);
  using big = temporaryVector(BigInt64Array.of(5n, 6n));
  expect([...big.where('>', 5.5)]).toEqual([1]);
  expect([...big.where('==', 5.5)]).toEqual([]);
  expect([...big.where('==', 6)]).toEqual([1]);
});

it('B6: text of fixed width is compared as a whole', () => {
  using v = temporaryVector(['cd', 'c', 'ab', '']);
  expect([...v.where('==', 'c')]).toEqual([1]);
  expect([...v.where('!=', 'c')]).toEqual([0, 2, 3]);
  expect([...v.where('<', 'c')]).toEqual([2, 3]);
  expect([...v.where('>=', 'c')]).toEqual([0, 1]);
});

it('B7, B8: strings are compared as a whole, before anything else was asked', () => {
  const name = file('apple\0ant\0\0\xc3\xa9\0');
  for (const [operator, value, expected] of [
    ['!=', 'apple', [1, 2, 3]],
    ['==', '', [2]],
    ['==', 'é', [3]],
    ['<', 'apple', [1, 2]],
  ] as const) {
    writeFileSync(name, Buffer.from('apple\0ant\0\0é\0'));
    using v = mapStrings(name);
    expect([...v.where(operator, value)]).toEqual(expected);
  }
});

it('B9: a map for reading cannot be written, a private one can and keeps it to itself', () => {
  const name = file(Uint8Array.of(1, 2, 3));
  using v = mapVector(name, lay.uint8());
  expectCode('VEC_READ_ONLY', () => v.set(0, 9));
  expectCode('VEC_READ_ONLY', () => v.put(undefined, [1, 1, 1]));
  expectCode('VEC_READ_ONLY', () => v.fill(1));
  expectCode('VEC_READ_ONLY', () => v.resize(1));
  using own = mapVector(name, lay.uint8(), { mode: 'copy-on-write' });
  own.set(0, 9);
  expect([own.get(0), v.get(0), readFileSync(name)[0]]).toEqual([9, 1, 1]);
});

it('B10: nothing is read or written out of bounds, whatever the type', () => {
  const bytes = new Uint8Array(48);
  const record = lay.struct({ a: lay.int32(), b: lay.float64() });
  const vectors: Vector<unknown>[] = [
    mapVector(file(bytes), lay.text(4, { ending: 'terminator' }), { mode: 'read-write' }),
    mapVector(file(bytes), lay.bool32(), { mode: 'read-write' }),
    mapVector(file(bytes), lay.bool8(), { mode: 'read-write' }),
    mapVector(file(bytes), record, { mode: 'read-write' }),
    mapVector(file(bytes), lay.float64(), { mode: 'read-write' }),
    mapBits(file(bytes), { mode: 'read-write' }) as Vector<unknown>,
    mapStrings(file(bytes)) as Vector<unknown>,
  ];
  for (const v of vectors) {
    for (const index of [
      -1,
      v.length,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      '0',
      null,
      undefined,
      1n,
    ]) {
      expectCode('VEC_INDEX', () => v.get(index as number));
      expectCode('VEC_INDEX', () => v.set(index as number, null));
      if (typeof index === 'number') expectCode('VEC_INDEX', () => v.take([index]));
    }
    v.close();
  }
  using table = mapRecords(file(bytes), record);
  expectCode('VEC_INDEX', () => table.get(4));
  expectCode('VEC_INDEX', () => table.at(-1));
  expectCode('LAY_FIELD', () => table.column('c' as 'a'));
  expectCode('LAY_FIELD', () => table.take([0], ['c' as 'a']));
  expectCode('LAY_FIELD', () => table.records([0], ['c' as 'a']));
  expectCode('LAY_FIELD', () => table.where({ c: 1 } as object));
});

it('B11: an offset inside a page: the tail is right, flushing and closing work', () => {
  const name = file(Uint8Array.from({ length: 8242 }, (_, i) => i & 255));
  {
    using v = mapVector(name, lay.uint8(), { offset: 101, mode: 'read-write' });
    expect(v.get(v.length - 1)).toBe(8241 & 255);
    v.set(v.length - 1, 77);
    v.flush();
  }
  expect(readFileSync(name)[8241]).toBe(77);
});

it.skipIf(copies)('B12: pages can be protected', () => {
  using v = temporaryVector(Float64Array.of(1, 2, 3));
  v.protect('read');
  v.protect('read-write');
  v.set(1, 5);
  expect([...v]).toEqual([1, 5, 3]);
  v.protect('read');
  expectCode('MAP_STRAY_STORE', () => v.set(1, 7));
  using bits = mapBits(file(new Uint8Array(8192)), { mode: 'read-write' });
  bits.protect('read', 8 * 4096 - 5, 2);
  bits.mapping.bytes[4095] = 1;
  expectCode('MAP_STRAY_STORE', () => bits.get(0));
});

it('B13: both functions are called', () => {
  const name = file(new Uint8Array(Int32Array.of(100, 250).buffer));
  {
    using v = mapVector(name, lay.int32(), {
      mode: 'read-write',
      extract: (cents) => cents / 100,
      replace: (price: number) => Math.round(price * 100),
    });
    expect([...v.take()]).toEqual([1, 2.5]);
    v.set(0, 3.25);
    v.put([1], [0.07]);
    expect([...v.where('<', 1)]).toEqual([1]);
    expectCode('LAY_RANGE', () => v.set(0, 1e9));
  }
  expect([...new Int32Array(Uint8Array.from(readFileSync(name)).buffer)]).toEqual([325, 7]);
  using readable = mapVector(name, lay.int32(), { mode: 'read-write', extract: (cents) => new Date(cents) });
  expect(readable.get(0)).toEqual(new Date(325));
  expectCode('VEC_READ_ONLY', () => readable.set(0, new Date(0)));
});

it('B14: missing strings are found', () => {
  using v = mapStrings(file('a\0NA\0b\0NA\0'), { missing: 'NA' });
  expect([...v]).toEqual(['a', null, 'b', null]);
  expect([...v.where('==', null)]).toEqual([1, 3]);
  expect([...v.where('!=', 'a')]).toEqual([2]);
  using literal = mapStrings(file('a\0NA\0'));
  expect([...literal]).toEqual(['a', 'NA']);
});

it('B15: a long string does not displace the others', () => {
  const long = 'x'.repeat(70_000);
  using v = createStrings(path(), ['a', long, 'b', 'c']);
  expect([v.get(0), v.get(1) === long, v.get(2), v.get(3)]).toEqual(['a', true, 'b', 'c']);
});

it('B16, B17: see the sparse file of 5 GiB among the cases', () => {
  expect(readFileSync(new URL('r-mmap-vectors.test.ts', import.meta.url), 'utf8')).toContain(
    'offset: 2 ** 32 + 3',
  );
});

it('B18: big-endian values are written as they are read, of every type', () => {
  const big = { byteOrder: 'big' } as const;
  const layouts: [lay.Layout, unknown, string][] = [
    [lay.int16(big), -2, 'fffe'],
    [lay.int24(big), -2, 'fffffe'],
    [lay.uint24(big), 0x010203, '010203'],
    [lay.int32(big), -2, 'fffffffe'],
    [lay.int64(big), -2n, 'fffffffffffffffe'],
    [lay.bool32(big), true, '00000001'],
    [lay.float32(big), 1, '3f800000'],
    [lay.complex64(big), { re: 1, im: -1 }, '3f800000bf800000'],
  ];
  for (const [layout, value, hex] of layouts) {
    const name = file(new Uint8Array(layout.size));
    using v = mapVector(name, layout, { mode: 'read-write' });
    v.set(0, value);
    v.flush();
    expect(readFileSync(name).toString('hex')).toBe(hex);
    expect(v.get(0)).toEqual(value);
    expect([...v.where('==', value)]).toEqual([0]);
  }
});

it("B19: the byte order is the layout's, whatever the host has", () => {
  const bytes = Uint8Array.of(1, 2);
  expect(lay.uint16().read(bytes)).toBe(0x0201);
  expect(lay.uint16({ byteOrder: 'big' }).read(bytes)).toBe(0x0102);
});

it('B20: a missing value is refused, or stored as what was agreed, never as 0', () => {
  const name = file(Uint8Array.of(1, 2));
  using plain = mapVector(name, lay.int8(), { mode: 'read-write' });
  for (const value of [null, undefined, Number.NaN]) {
    expect(() => plain.set(0, value as number)).toThrow(/int8/);
  }
  using optional = mapVector(name, lay.optional(lay.int8(), { sentinel: -128 }), { mode: 'read-write' });
  optional.set(0, null);
  expect([...optional]).toEqual([null, 2]);
  expectCode('LAY_NA', () => optional.set(1, -128));
  optional.flush();
  expect(readFileSync(name)[0]).toBe(0x80);
  expect(optional.sum()).toBeNull();
  expect(optional.sum({ missing: 'skip' })).toBe(2);
});

it('B21, B22, B23: every type can be a field, read and written', () => {
  const Every = lay.struct({
    i64: lay.int64(),
    i24: lay.int24(),
    u24: lay.uint24(),
    z: lay.complex128(),
    yes: lay.bool8(),
    wide: lay.bool32(),
    bits: lay.bits(12),
  });
  using table = mapRecords(file(new Uint8Array(2 * Every.size)), Every, { mode: 'read-write' });
  const record = {
    i64: -(2n ** 60n),
    i24: -5,
    u24: 2 ** 24 - 1,
    z: { re: 1, im: 2 },
    yes: true,
    wide: true,
    bits: Array.from({ length: 12 }, (_, i) => i % 3 === 0),
  };
  table.set(1, record);
  expect(table.get(1)).toEqual(record);
  expect(table.column('i24').get(1)).toBe(-5);
  expect([...table.column('z').where('==', { re: 1, im: 2 })]).toEqual([1]);
});

it('B24: text in a record neither runs over into its neighbour nor leaves old bytes', () => {
  const Row = lay.struct({ name: lay.text(4, { ending: 'terminator' }), tail: lay.text(3) });
  const name = file('abcdefgXYZW123');
  using table = mapRecords(name, Row, { mode: 'read-write' });
  expectCode('LAY_TEXT', () => table.at(0).name);
  table.at(0).name = 'q';
  expect([table.at(0).name, table.at(0).tail]).toEqual(['q', 'efg']);
  expectCode('LAY_TEXT', () => {
    table.at(1).name = 'long';
  });
  table.flush();
  expect(readFileSync(name, 'latin1')).toBe('q\0\0\0efgXYZW123');
});

it('B25: matrices: one number, dropped dimensions, names, masks and what to leave out', () => {
  using m = temporaryVector(Int32Array.of(1, 2, 3, 4, 5, 6), undefined, {
    shape: [2, 3],
    order: 'column',
    names: [['a', 'b'], null],
  });
  expect(m.get(3)).toBe(4);
  expect(m.get([1, 2])).toBe(6);
  expect(m.get(['b', 0])).toBe(2);
  expectCode('VEC_INDEX', () => m.get(['c', 0]));
  expectCode('VEC_INDEX', () => m.get([2, 0]));
  expectCode('VEC_SHAPE', () => m.get([1]));
  const row = m.slice('b');
  expect([[...row.data], row.shape, row.stride]).toEqual([[2, 4, 6], [3], [1]]);
  const part = m.slice(undefined, { except: [1] });
  expect([[...part.data], part.shape, part.stride]).toEqual([
    [1, 2, 5, 6],
    [2, 2],
    [1, 2],
  ]);
  expect([...m.take([true, false, true, false, false, true])]).toEqual([1, 3, 6]);
  expect([...m.take({ except: { start: 1, stop: 5 } })]).toEqual([1, 6]);
  expectCode('VEC_SHAPE', () => m.take([true]));
  expectCode('VEC_INDEX', () => m.take([true, 1, true, true, true, true] as boolean[]));
  using words = temporaryVector(['a', 'b', 'c', 'd'], undefined, { shape: [2, 2] });
  expect([...words.slice(undefined, 1).data]).toEqual(['b', 'd']);
});

it('B26: changing the length changes file and vector, and leaves nothing mapped', () => {
  const name = file(new Uint8Array(8000));
  {
    using v = mapVector(name, lay.float64(), { mode: 'read-write' });
    v.resize(10);
    expect([v.length, v.byteLength, statSync(name).size]).toEqual([10, 80, 80]);
    v.resize(2000);
    v.set(1999, 1);
    expect([v.length, statSync(name).size, v.get(1999), v.get(1000)]).toEqual([2000, 16000, 1, 0]);
    for (const length of [-1, 0.5, Number.NaN, 2 ** 60]) expect(() => v.resize(length)).toThrow();
    expect(v.length).toBe(2000);
  }
  using part = mapVector(name, lay.float64(), { mode: 'read-write', length: 5 });
  expectCode('MAP_RANGE', () => part.resize(3));
  expect(statSync(name).size).toBe(16000);
});

it('B27: a shape has as many elements as the vector', () => {
  using v = temporaryVector([1, 2, 3, 4]);
  expectCode('VEC_SHAPE', () => v.reshape([3, 2]));
  expectCode('VEC_SHAPE', () => v.reshape([]));
  expectCode('VEC_SHAPE', () => v.reshape([-2, -2]));
  expectCode('VEC_SHAPE', () => v.reshape([2, 2], { names: [['a', 'a'], null] }));
  v.reshape([2, 2]);
  expect(v.get([1, 0])).toBe(3);
  expectCode('VEC_SHAPE', () => mapVector(file(new Uint8Array(6)), lay.int8(), { shape: [2, 2] }));
});

it('B28: summary, head, tail and whether anything is missing', async () => {
  using v = temporaryVector(Float64Array.of(3, 1, 2));
  expect(await v.summary()).toEqual({ count: 3, missing: 0, sum: 6, mean: 2, min: 1, max: 3 });
  expect([[...v.head(2)], [...v.tail(2)], [...v.head(-1)], [...v.tail(-1)], [...v.head()]]).toEqual([
    [3, 1],
    [1, 2],
    [3, 1],
    [1, 2],
    [3, 1, 2],
  ]);
});

it('B29: vectors of records and of text can be printed', () => {
  using v = createRecords(path(), { name: ['a', 'bc'], n: [1, 2] });
  expect(String(v)).toBe('2 records of name, n');
  using words = temporaryVector(['a', 'bc']);
  expect(String(words)).toBe('Vector of 2: "a", "bc"');
  using z = temporaryVector([{ re: 1, im: 2 }], lay.complex128());
  expect(String(z)).toBe('Vector of 1: {"re":1,"im":2}');
  using days = mapVector(file(new Uint8Array(8)), lay.struct({ n: lay.int64() }));
  expect(String(days)).toBe('Vector of 1: {"n":"0"}');
  words.close();
  expect(String(words)).toBe('Vector (closed)');
});

it('B30: values written as another type are converted or refused, never reinterpreted', () => {
  using v = temporaryVector([1, 2], lay.float32());
  expect([...v]).toEqual([1, 2]);
  const name = file('as it was');
  expectCode('LAY_RANGE', () => createVector(name, [1.5], lay.int32()));
  expectCode('LAY_RANGE', () => createVector(name, [1, 300], lay.uint8()));
  expect(readFileSync(name, 'utf8')).toBe('as it was');
});

it('B31: widths of text are counted in bytes', () => {
  const name = path();
  {
    using v = createVector(name, ['é', 'ab', '€']);
    expect([...v]).toEqual(['é', 'ab', '€']);
  }
  expect(statSync(name).size).toBe(9);
});

it('B32: records go to the file that was named, with every type of column', () => {
  const name = path();
  const columns = {
    yes: [true, false],
    z: [
      { re: 1, im: 0 },
      { re: 0, im: 1 },
    ],
    word: ['a', 'bcd'],
    side: ['sell', 'buy'] as ('buy' | 'sell')[],
    when: [1n, 2n],
  };
  const Row = lay.struct({
    yes: lay.bool8(),
    z: lay.complex128(),
    word: lay.text(3),
    side: lay.enumeration({ buy: 0, sell: 1 }, lay.uint8()),
    when: lay.int64(),
  });
  {
    using table = createRecords(name, columns, Row);
    expect(table.records()).toEqual([
      { yes: true, z: { re: 1, im: 0 }, word: 'a', side: 'sell', when: 1n },
      { yes: false, z: { re: 0, im: 1 }, word: 'bcd', side: 'buy', when: 2n },
    ]);
  }
  expect(statSync(name).size).toBe(2 * Row.size);
  expectCode('VEC_SHAPE', () => createRecords(name, { ...columns, yes: [true] }, Row));
  expectCode('VEC_VALUES', () => createRecords(name, { a: [1, 'a'] as unknown as number[] }));
  expectCode('VEC_VALUES', () => createRecords(name, { yes: [true] } as unknown as typeof columns, Row));
  expectCode('LAY_FIELD', () => createRecords(name, { ...columns, more: [1, 2] } as typeof columns, Row));
  expect(statSync(name).size).toBe(2 * Row.size);
});

it('B33: the same bytes as another layout have the length that goes with it', () => {
  using v = mapVector(file('abcdefgh'), lay.uint8());
  expect([...v.as(lay.text(4))]).toEqual(['abcd', 'efgh']);
  expect(v.as(lay.uint16()).length).toBe(4);
  expect(v.length).toBe(8);
});

it('B34: numbers of values and positions must agree', () => {
  using v = temporaryVector([1, 2, 3]);
  expectCode('VEC_SHAPE', () => v.put([0], [7, 8, 9]));
  expectCode('VEC_SHAPE', () => v.put([0, 1], []));
  expectCode('VEC_SHAPE', () => v.put([0, 1], [5]));
  expect([...v]).toEqual([1, 2, 3]);
  v.put([], []);
  v.fill(5, [0, 1]);
  expect([...v]).toEqual([5, 5, 3]);
});

it('B35: the index of strings is collected with its vector', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const name = file('word\0'.repeat(10_000));
  const open = () => {
    const v = mapStrings(name);
    expect(v.length).toBe(10_000);
    v.close();
    return new WeakRef(v.store);
  };
  const held = open();
  for (let i = 0; i < 50 && held.deref() !== undefined; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
  }
  expect(held.deref()).toBeUndefined();
});

it.skipIf(copies)('B36: a file that another process cuts is an error, not the end of this process', () => {
  const name = file(new Uint8Array(1 << 20).fill(3));
  using v = mapVector(name, lay.uint8());
  using table = mapRecords(name, lay.struct({ a: lay.int32() }));
  expect(v.sum()).toBe(3 * 2 ** 20);
  const cut = `require('node:fs').truncateSync(${JSON.stringify(name)}, 10)`;
  expect(spawnSync(process.execPath, ['-e', cut]).status).toBe(0);
  expectCode('MAP_TORN', () => v.sum());
  expectCode('MAP_TORN', () => v.take());
  expectCode('MAP_TORN', () => v.where('==', 3));
  expectCode('MAP_TORN', () => table.where({ a: 1 }));
  expectCode('MAP_TORN', () => v.get(5));
  expectCode('MAP_RANGE', () => mapVector(name, lay.uint8(), { length: 100 }));
  expectCode('MAP_RANGE', () => mapVector(name, lay.uint8(), { offset: 11 }));
});

it('B37: nothing is written when anything is wrong', () => {
  const name = file(new Uint8Array(Float64Array.of(1, 2, 3).buffer));
  using v = mapVector(name, lay.int32(), { mode: 'read-write' });
  const before = readFileSync(name);
  expectCode('VEC_INDEX', () => v.put([0, 1, 6], [7, 7, 7]));
  expectCode('LAY_RANGE', () => v.put([0, 1], [7, 2 ** 31]));
  expectCode('LAY_TYPE', () => v.put([0, 1], [7, '8' as unknown as number]));
  expectCode('LAY_RANGE', () => v.fill(0.5));
  expect(readFileSync(name)).toEqual(before);
  const Row = lay.struct({ a: lay.uint8(), b: lay.text(2) });
  const records = file(new Uint8Array(6));
  using table = mapRecords(records, Row, { mode: 'read-write' });
  expectCode('LAY_TEXT', () =>
    table.put(undefined, [
      { a: 1, b: 'ok' },
      { a: 2, b: 'too long' },
    ]),
  );
  expectCode('LAY_RANGE', () => table.append({ a: 1, b: 'ok' }, { a: 256, b: '' }));
  expect([...readFileSync(records)]).toEqual([0, 0, 0, 0, 0, 0]);
});

it('B39: what is no path, byte order or layout is refused by name', () => {
  expect(expectCode('MAP_OPEN', () => mapVector('~/terrane-absent', lay.int32())).target).toBe(
    '~/terrane-absent',
  );
  expect(() => lay.int16({ byteOrder: 'middle' as 'big' })).toThrow(/middle/);
  expect(() => mapVector(file('abcd'), lay.int32 as unknown as lay.Layout)).toThrow(/int32\(\), not int32/);
  expect(() => mapVector(file('abcd'), lay.int32(), { mod: 'read' } as object)).toThrow(
    /did you mean "mode"/,
  );
});

it('B40: a closed vector says so, whatever it is asked', async () => {
  const v = temporaryVector([1, 2, 3]);
  v.close();
  v.close();
  for (const use of [
    () => v.length,
    () => v.get(0),
    () => v.set(0, 1),
    () => v.take(),
    () => v.where('<', 1),
    () => v.sum(),
    () => v.head(),
    () => v.put([0], [1]),
    () => v.fill(1),
    () => v.slice(),
    () => v.resize(1),
    () => v.as(lay.int8()),
    () => v.view(),
    () => v.flush(),
    () => v.advise('normal'),
    () => v.protect('read'),
    () => v.describe(),
    () => v.reshape([3]),
    () => [...v],
    () => v.byteLength,
  ]) {
    expectCode('MAP_CLOSED', use);
  }
  await expect(v.summary()).rejects.toMatchObject({ code: 'MAP_CLOSED' });
  await expect(v.whereAsync('<', 1)).rejects.toMatchObject({ code: 'MAP_CLOSED' });
  expect(v.mapping.closed).toBe(true);
});
