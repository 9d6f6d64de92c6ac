import { describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import {
  array,
  bits,
  complex128,
  enumeration,
  float64,
  int8,
  int16,
  int32,
  int64,
  optional,
  pad,
  struct,
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

describe('rows', () => {
  const memory = new Uint8Array(3 + 4 * Trade.size + 5);
  const rows = Trade.rows(memory, { offset: 3, count: 4 });

  it('are live, one by one or moved along', () => {
    rows.set(2, { id: 7, side: 'sell', price: 1.5, at: -3n });
    const row = rows.at(2);
    expect([row.id, row.side, row.price, row.at]).toEqual([7, 'sell', 1.5, -3n]);
    row.price = 2.5;
    expect(rows.get(2)).toEqual({ id: 7, side: 'sell', price: 2.5, at: -3n });
    rows.set(1, { id: 1, side: 'buy', price: 0, at: 0n });
    rows.move(row, 1);
    expect(row.id).toBe(1);
    expect(() => [...rows].map(({ id }) => id)).not.toThrow();
    expect([...rows].map(({ id }) => id)).toEqual([0, 1, 7, 0]);
    expectCode('LAY_RANGE', () => {
      row.id = 70000;
    });
    expectCode('LAY_ENUM', () => {
      row.side = 'hold' as 'buy';
    });
    expectCode('LAY_ENUM', () => rows.at(0).side);
    expectCode('LAY_ENUM', () => rows.get(0));
  });

  it('stay inside', () => {
    expect(Trade.rows(memory).length).toBe(4);
    for (const index of [-1, 4, 0.5, Number.NaN]) {
      expectCode('LAY_BOUNDS', () => rows.at(index));
      expectCode('LAY_BOUNDS', () => rows.get(index));
    }
    expectCode('LAY_BOUNDS', () => Trade.rows(memory, { count: 5 }));
    expectCode('LAY_BOUNDS', () => Trade.rows(memory, { offset: 1000 }));
    expectCode('LAY_BOUNDS', () => Trade.rows(memory, { count: -1 }));
    expect(() => Trade.rows(memory, { cout: 1 } as object)).toThrow(TypeError);
  });

  it('give live structs inside, and never a copy that would swallow a store', () => {
    const Shape = struct({
      at: struct({ x: float64(), y: float64() }),
      list: array(int8(), [2, 2]),
      z: complex128(),
      on: bits(2),
      home: optional(struct({ x: int8() }), { validity: 'bit' }),
    });
    const shapes = Shape.rows(new Uint8Array(2 * Shape.size));
    const shape = shapes.at(1);
    shape.at.x = 3;
    shape.list = [
      [1, 2],
      [3, 4],
    ];
    shape.home = { x: 1 };
    shape.home.x = 5;
    expect(shapes.get(1)).toMatchObject({
      at: { x: 3, y: 0 },
      list: [
        [1, 2],
        [3, 4],
      ],
      home: { x: 5 },
    });
    expect(() => {
      shape.list[0]![0] = 1;
    }).toThrow(TypeError);
    expect(() => {
      shape.on[0] = true;
    }).toThrow(TypeError);
    expect(() => {
      (shape.z as { re: number }).re = 1;
    }).toThrow(TypeError);
    shapes.get(1).list[0]![0] = 9;
    expect(shape.list[0]![0]).toBe(1);
  });
});

describe('column', () => {
  const Aligned = struct({ a: int32(), b: float64(), c: int16({ byteOrder: 'big' }) }, { align: 'c' });
  const buffer = new ArrayBuffer(8 + 3 * Aligned.size);

  it('is a typed array where the host can read it so', () => {
    const b = Aligned.column('b', buffer, { offset: 8 });
    b.set(1, 2.5);
    const { data, start, step } = b.typed!;
    expect(data).toBeInstanceOf(Float64Array);
    expect(data[start + step]).toBe(2.5);
    data[start + 2 * step] = -1;
    expect([...b]).toEqual([0, 2.5, -1]);
    expect(Aligned.rows(buffer, { offset: 8 }).at(2).b).toBe(-1);
    const a = Aligned.column('a', buffer, { offset: 4, count: 3 });
    a.set(2, 7);
    expect(a.typed!.data[a.typed!.start + 2 * a.typed!.step]).toBe(7);
  });

  it('is strided access where it cannot', () => {
    const c = Aligned.column('c', buffer);
    c.set(0, 258);
    expect(c.typed).toBeUndefined();
    expect(c.get(0)).toBe(258);
    expect(Aligned.column('b', buffer, { offset: 1 }).typed).toBeUndefined();
    expect(struct({ a: int8(), b: int16() }).column('b', buffer).typed).toBeUndefined();
  });

  it('refuses unknown fields and places outside', () => {
    expect(expectCode('LAY_FIELD', () => Aligned.column('d' as 'a', buffer)).expected).toBe('a, b, c');
    expectCode('LAY_FIELD', () => Aligned.field('toString' as 'a'));
    expectCode('LAY_BOUNDS', () => Aligned.column('a', buffer, { count: 4 }));
    expectCode('LAY_BOUNDS', () => Aligned.column('c', buffer, { stride: 4 }));
    for (const index of [-1, 3, 0.5]) {
      expectCode('LAY_BOUNDS', () => Aligned.column('a', buffer).get(index));
      expectCode('LAY_BOUNDS', () => Aligned.column('a', buffer).set(index, 1));
    }
  });
});
