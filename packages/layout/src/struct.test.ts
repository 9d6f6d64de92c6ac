import { describe, expect, expectTypeOf, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import {
  array,
  bits,
  bytes,
  type Complex,
  complex128,
  enumeration,
  float64,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  optional,
  pad,
  struct,
  text,
  uint8,
  uint16,
} from './index.js';

const Trade = struct({
  id: uint16(),
  side: enumeration({ buy: 1, sell: 2 }, uint8()),
  _: pad(1),
  price: float64(),
  at: int64(),
});

describe('struct', () => {
  it('gives the TypeScript type of its records', () => {
    expectTypeOf<Infer<typeof Trade>>().toEqualTypeOf<{
      id: number;
      side: 'buy' | 'sell';
      price: number;
      at: bigint;
    }>();
    const Nested = struct({
      grid: array(int8(), [2, 3]),
      z: complex128(),
      flags: bits(3),
      note: optional(text(4), { sentinel: '' }),
      raw: bytes(2),
      inner: struct({ n: int64({ as: 'number' }) }),
    });
    expectTypeOf<Infer<typeof Nested>>().toEqualTypeOf<{
      grid: number[][];
      z: Complex;
      flags: boolean[];
      note: string | null;
      raw: Uint8Array;
      inner: { n: number };
    }>();
  });

  it('packs, aligns as C, or does as it is told', () => {
    const places = (options: Parameters<typeof struct>[1]) => {
      const { fields, size, alignment } = struct({ a: int8(), b: float64(), c: int16() }, options);
      return [...fields.map(({ offset }) => offset), size, alignment];
    };
    expect(places({})).toEqual([0, 1, 9, 11, 1]);
    expect(places({ align: 'c' })).toEqual([0, 8, 16, 24, 8]);
    expect(places({ offsets: { b: 5 }, size: 20 })).toEqual([0, 5, 13, 20, 1]);
    expect(places({ offsets: { a: 16 } })).toEqual([16, 17, 25, 27, 1]);
    expect(Trade.fields.map(({ name, offset }) => [name, offset])).toEqual([
      ['id', 0],
      ['side', 2],
      ['price', 4],
      ['at', 12],
    ]);
  });

  it('allows fields to share bytes only when told', () => {
    const fields = { whole: int32(), low: int16() };
    expectCode('LAY_DEFINITION', () => struct(fields, { offsets: { low: 0 } }));
    const Union = struct(fields, { offsets: { low: 0 }, overlapping: true });
    expect(Union.size).toBe(4);
    expect(Union.read(Uint8Array.of(1, 2, 3, 4))).toEqual({ whole: 0x04030201, low: 0x0201 });
  });

  it('refuses declarations that cannot be', () => {
    const wrong: (() => unknown)[] = [
      () => struct({}),
      () => struct({ _: pad(3) }),
      () => struct({ 0: int8() }),
      () => struct({ ['__proto__']: int8() }),
      () => struct({ a: int8() }, { offsets: { b: 1 } }),
      () => struct({ a: int8() }, { offsets: { a: -1 } }),
      () => struct({ a: int32() }, { size: 3 }),
      () => struct({ a: int8() }, { size: Number.NaN }),
      () => pad(0),
      () => array(int8(), []),
      () => array(int8(), [2, 0]),
      () => array(pad(2), [2]),
      () => bits(0),
      () => enumeration({}, int8()),
      () => enumeration({ a: 1, b: 1 }, int8()),
      () => enumeration({ a: 300 }, int8()),
      () => optional(int8(), { sentinel: 300 }),
    ];
    for (const declare of wrong) expectCode('LAY_DEFINITION', declare);
    expect(() => struct({ a: int8() }, { align: 'C' as 'c' })).toThrow(TypeError);
    expect(() => struct({ a: int8() }, { alignment: 'c' } as object)).toThrow(TypeError);
    expect(() => optional(int8(), {})).toThrow(TypeError);
    expect(() => optional(int8(), { sentinel: 1, validity: 'bit' })).toThrow(TypeError);
    expect(() => optional(int8(), { validity: 'byte' as 'bit' })).toThrow(TypeError);
    expect(() => array(int8(), [2], { order: 'C' as 'row' })).toThrow(TypeError);
    expect(() => bits(2, { first: 'last' as 'most' })).toThrow(TypeError);
    expect(() => enumeration({ a: 1 }, int8(), { unknown: 'ignore' as 'throw' })).toThrow(TypeError);
  });

  it('checks the whole record before it writes a byte, and says where', () => {
    const Book = struct({ id: int32(), lines: array(struct({ n: int8(), name: text(4) }), [2]) });
    const memory = new Uint8Array(Book.size).fill(9);
    const good = {
      id: 1,
      lines: [
        { n: 1, name: 'a' },
        { n: 2, name: 'b' },
      ],
    };
    const write = (record: unknown) => () => Book.write(memory, record as typeof good);
    const error = expectCode('LAY_RANGE', write({ ...good, lines: [good.lines[0], { n: 200, name: 'b' }] }));
    expect(error.path).toBe('lines[1].n');
    expect(expectCode('LAY_FIELD', write({ id: 1 })).path).toBe('lines');
    expect(expectCode('LAY_FIELD', write({ ...good, iid: 1 })).hint).toContain('"id"');
    expectCode('LAY_TYPE', write(null));
    expectCode('LAY_TYPE', write([]));
    expectCode('LAY_TYPE', write({ ...good, lines: 3 }));
    expectCode('LAY_SHAPE', write({ ...good, lines: [good.lines[0]] }));
    expect(memory.every((byte) => byte === 9)).toBe(true);
    write(good)();
    expect(Book.read(memory)).toEqual(good);
  });

  it('leaves padding as it was', () => {
    const memory = new Uint8Array(Trade.size).fill(0xaa);
    Trade.write(memory, { id: 1, side: 'buy', price: 1, at: 1n });
    expect(memory[3]).toBe(0xaa);
    expectCode('LAY_TYPE', () => pad(1).read(memory));
  });
});
