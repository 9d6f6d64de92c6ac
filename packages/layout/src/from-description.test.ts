import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import {
  float64,
  int32,
  type LayoutDescription,
  layoutFromDescription,
  optional,
  struct,
  text,
} from './index.js';
import { sample } from './layouts.fixture.js';

describe('every layout', () => {
  it('reads what it wrote, at any offset, and touches nothing beside it', () => {
    const property = fc.property(sample, fc.nat(9), fc.nat(255), ({ layout, value }, offset, filler) => {
      const memory = new Uint8Array(offset + layout.size + 7).fill(filler);
      layout.check(value);
      layout.write(memory, value, offset);
      expect(layout.read(memory, offset)).toEqual(value);
      expect(memory.subarray(0, offset).every((byte) => byte === filler)).toBe(true);
      expect(memory.subarray(offset + layout.size).every((byte) => byte === filler)).toBe(true);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('comes back from its description, by way of JSON text, with the same bytes', () => {
    const property = fc.property(sample, ({ layout, value }) => {
      const again = layoutFromDescription(JSON.parse(JSON.stringify(layout.description)));
      expect(again.description).toEqual(layout.description);
      expect([again.size, again.alignment]).toEqual([layout.size, layout.alignment]);
      const [one, two] = [new Uint8Array(layout.size), new Uint8Array(layout.size)];
      layout.write(one, value);
      again.write(two, value);
      expect(two).toEqual(one);
    });
    fc.assert(property, { numRuns: 400 });
  });

  it('refuses memory that is too small, and writes nothing there', () => {
    const property = fc.property(sample, fc.nat(3), ({ layout, value }, short) => {
      const memory = new Uint8Array(Math.max(0, layout.size - 1 - short)).fill(7);
      expectCode('LAY_BOUNDS', () => layout.read(memory));
      expectCode('LAY_BOUNDS', () => layout.write(memory, value));
      const access = layout.access(new DataView(memory.buffer));
      expect(() => access.set(0, value)).toThrow(RangeError);
      expect(memory.every((byte) => byte === 7)).toBe(true);
    });
    fc.assert(property);
    for (const offset of [-1, 0.5, Number.NaN, 2 ** 53, 8]) {
      expectCode('LAY_BOUNDS', () => float64().read(new Uint8Array(8), offset === 8 ? 1 : offset));
    }
  });
});

describe('layoutFromDescription', () => {
  it('keeps sentinels as bytes', () => {
    for (const layout of [
      optional(int32({ byteOrder: 'big' }), { sentinel: -1 }),
      optional(float64(), { sentinel: 'r-na' }),
      optional(float64(), { sentinel: Number.NaN }),
      optional(text(2), { sentinel: 'NA' }),
    ]) {
      const again = layoutFromDescription(JSON.parse(JSON.stringify(layout.description)));
      expect(again.description).toEqual(layout.description);
      const bytes = new Uint8Array(layout.size).fill(1);
      layout.write(bytes, null);
      expect(again.read(bytes)).toBeNull();
    }
  });

  it('refuses what is no description, saying where', () => {
    const wrong: unknown[] = [
      null,
      3,
      [],
      {},
      { type: 'int7' },
      { type: 'toString' },
      { type: 'int8', byteOrdr: 'big' },
      { type: 'int16', byteOrder: 'middle' },
      { type: 'int16', range: 'loose' },
      { type: 'text', size: -1 },
      { type: 'bool8', byteOrder: 'big' },
      { type: 'bits', count: 1.5 },
      { type: 'bytes' },
      { type: 'array', element: { type: 'int8' } },
      { type: 'array', element: { type: 'int8' }, shape: [] },
      { type: 'array', shape: [1] },
      { type: 'struct', size: 1, alignment: 1, fields: [] },
      { type: 'struct', size: 1, alignment: 1 },
      { type: 'struct', size: 8, alignment: 0, fields: [{ name: 'a', offset: 0, layout: { type: 'int8' } }] },
      { type: 'struct', size: 1, alignment: 1, fields: [{ name: 'a', offset: 1, layout: { type: 'int8' } }] },
      {
        type: 'struct',
        size: 4,
        alignment: 1,
        fields: [
          { name: 'a', offset: 0, layout: { type: 'int8' } },
          { name: 'a', offset: 1, layout: { type: 'int8' } },
        ],
      },
      { type: 'enumeration', base: { type: 'int8' }, members: { a: '300' } },
      { type: 'enumeration', base: { type: 'int64' }, members: { a: 'x' } },
      { type: 'optional', value: { type: 'int8' }, missing: { sentinel: '0' } },
      { type: 'optional', value: { type: 'int8' }, missing: 'r-na' },
      { type: 'optional', value: { type: 'int8' } },
    ];
    for (const description of wrong) {
      expectCode('LAY_DESCRIPTION', () => layoutFromDescription(description as LayoutDescription));
    }
    let deep: object = { type: 'int8' };
    for (let i = 0; i < 10_000; i++) deep = { type: 'array', element: deep, shape: [1] };
    expectCode('LAY_DESCRIPTION', () => layoutFromDescription(deep as LayoutDescription));
    const error = expectCode('LAY_DESCRIPTION', () =>
      layoutFromDescription({
        type: 'array',
        shape: [2],
        element: { type: 'int9' },
      } as unknown as LayoutDescription),
    );
    expect(error.message).toContain('int9');
  });

  it('rebuilds a struct with its explicit places', () => {
    const Record = struct({ a: int32(), b: float64() }, { offsets: { b: 12 }, size: 24 });
    const again = layoutFromDescription(Record.description);
    const bytes = Uint8Array.from({ length: 24 }, (_, i) => i);
    expect(again.read(bytes)).toEqual(Record.read(bytes));
  });
});
