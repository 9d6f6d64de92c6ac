import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { int8, int16, int24, int32, int64, uint8, uint16, uint24, uint32, uint64 } from './index.js';
import { limits } from './layouts.fixture.js';

const types = { int8, uint8, int16, uint16, int24, uint24, int32, uint32 };

describe.each(Object.entries(types))('%s', (name, type) => {
  const { min, max } = limits(name);
  const bytes = type().size;

  it('is stored as Buffer stores it', () => {
    const property = fc.property(fc.integer({ min, max }), fc.boolean(), (value, big) => {
      const ours = Buffer.alloc(bytes);
      type({ byteOrder: big ? 'big' : 'little' }).write(ours, value);
      const theirs = Buffer.alloc(bytes);
      const method = `write${min < 0 ? '' : 'U'}Int${big ? 'BE' : 'LE'}` as 'writeIntBE';
      theirs[method](value, 0, bytes);
      expect(ours).toEqual(theirs);
      expect(type({ byteOrder: big ? 'big' : 'little' }).read(theirs)).toBe(value);
    });
    fc.assert(property);
  });

  it('refuses what it cannot hold, and writes nothing', () => {
    const memory = new Uint8Array(bytes).fill(9);
    for (const value of [min - 1, max + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      expectCode('LAY_RANGE', () => type().write(memory, value));
    }
    for (const value of ['1', 1n, null, undefined, true, [1]]) {
      expectCode('LAY_TYPE', () => type().write(memory, value as unknown as number));
    }
    expect(memory.every((byte) => byte === 9)).toBe(true);
  });

  it('wraps or clamps where it is told to', () => {
    const memory = new Uint8Array(bytes);
    const written = (range: 'wrap' | 'clamp', value: number) => {
      type({ range }).write(memory, value);
      return type().read(memory);
    };
    expect(written('wrap', max + 1)).toBe(min);
    expect(written('wrap', min - 1)).toBe(max);
    expect(written('wrap', 2.9)).toBe(2);
    expect(written('clamp', 1e30)).toBe(max);
    expect(written('clamp', Number.NEGATIVE_INFINITY)).toBe(min);
    expect(written('clamp', 2.9)).toBe(2);
    expectCode('LAY_RANGE', () => written('clamp', Number.NaN));
    expectCode('LAY_RANGE', () => written('wrap', Number.POSITIVE_INFINITY));
  });
});

describe.each(Object.entries({ int64, uint64 }))('%s', (name, type) => {
  const [least, most] = name === 'int64' ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n];

  it('is stored as Buffer stores it', () => {
    const property = fc.property(fc.bigInt({ min: least, max: most }), fc.boolean(), (value, big) => {
      const ours = Buffer.alloc(8);
      type({ byteOrder: big ? 'big' : 'little' }).write(ours, value);
      const theirs = Buffer.alloc(8);
      const method = `writeBig${least < 0 ? '' : 'U'}Int64${big ? 'BE' : 'LE'}` as 'writeBigInt64LE';
      theirs[method](value);
      expect(ours).toEqual(theirs);
      expect(type({ byteOrder: big ? 'big' : 'little' }).read(theirs)).toBe(value);
    });
    fc.assert(property);
  });

  it('as number is exact or refuses', () => {
    const memory = new Uint8Array(8);
    const asNumber = type({ as: 'number' });
    for (const value of [0, 1, 2 ** 31, 2 ** 32, 2 ** 32 - 1, Number.MAX_SAFE_INTEGER]) {
      asNumber.write(memory, value);
      expect(type().read(memory)).toBe(BigInt(value));
      expect(asNumber.read(memory)).toBe(value);
    }
    for (const value of [2 ** 53, 0.5, Number.NaN, least < 0n ? -(2 ** 53) : -1]) {
      expectCode('LAY_RANGE', () => asNumber.write(memory, value));
    }
    for (const value of [2n ** 53n, most, 2n ** 60n, ...(least < 0n ? [least, -(2n ** 53n) - 1n] : [])]) {
      type().write(memory, value);
      expect(expectCode('LAY_RANGE', () => asNumber.read(memory)).found).toBe(String(value));
    }
    if (least < 0n) {
      type().write(memory, -(2n ** 53n));
      expect(asNumber.read(memory)).toBe(-(2 ** 53));
    }
    expectCode('LAY_TYPE', () => asNumber.write(memory, 1n as unknown as number));
  });

  it('keeps to its range, or wraps or clamps', () => {
    const memory = new Uint8Array(8).fill(9);
    expectCode('LAY_RANGE', () => type().write(memory, most + 1n));
    expectCode('LAY_RANGE', () => type().write(memory, least - 1n));
    expectCode('LAY_TYPE', () => type().write(memory, 1 as unknown as bigint));
    expect(memory.every((byte) => byte === 9)).toBe(true);
    type({ range: 'wrap' }).write(memory, most + 1n);
    expect(type().read(memory)).toBe(least);
    type({ range: 'clamp' }).write(memory, 2n ** 70n);
    expect(type().read(memory)).toBe(most);
    type({ as: 'number', range: 'clamp' }).write(memory, 1e300);
    expect(type().read(memory)).toBe(BigInt(Number.MAX_SAFE_INTEGER));
  });
});

it('refuses unknown options and values of options', () => {
  expect(() => int16({ byteOrdre: 'big' } as object)).toThrow(/did you mean "byteOrder"/);
  expect(() => int16({ byteOrder: 'middle' as 'big' })).toThrow(TypeError);
  expect(() => int16({ range: 'loose' as 'wrap' })).toThrow(TypeError);
  expect(() => int64({ as: 'string' as 'bigint' })).toThrow(TypeError);
  expect(() => uint64({ range: 'loose' as 'wrap' })).toThrow(TypeError);
});
