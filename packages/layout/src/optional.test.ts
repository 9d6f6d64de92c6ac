import { describe, expect, expectTypeOf, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { bytes, enumeration, float64, type Infer, int8, int16, int32, optional } from './index.js';

describe('optional', () => {
  it('never steals a value', () => {
    const memory = new Uint8Array(8);
    const layout = optional(int32(), { sentinel: -1 });
    layout.write(memory, null);
    expect(int32().read(memory)).toBe(-1);
    expect(layout.read(memory)).toBeNull();
    expectCode('LAY_NA', () => layout.write(memory, -1));
    expectCode('LAY_NA', () => optional(float64(), { sentinel: Number.NaN }).write(memory, Number.NaN));
    expectCode('LAY_NA', () => optional(int8({ range: 'wrap' }), { sentinel: 0 }).write(memory, 256));
    expectCode('LAY_NA', () =>
      optional(bytes(2), { sentinel: Uint8Array.of(1, 2) }).write(memory, Uint8Array.of(1, 2)),
    );
    optional(bytes(2), { sentinel: Uint8Array.of(1, 2) }).write(memory, null);
    expect(optional(bytes(2), { sentinel: Uint8Array.of(1, 2) }).read(memory)).toBeNull();
  });

  it("tells R's NA from NaN, also with the quiet bit set", () => {
    const memory = new Uint8Array(8);
    const layout = optional(float64({ byteOrder: 'big' }), { sentinel: 'r-na' });
    layout.write(memory, null);
    expect(Buffer.from(memory).toString('hex')).toBe('7ff00000000007a2');
    expect(layout.read(memory)).toBeNull();
    memory[1] = 0xf8;
    expect(layout.read(memory)).toBeNull();
    layout.write(memory, Number.NaN);
    expect(layout.read(memory)).toBeNaN();
    expectCode('LAY_DEFINITION', () => optional(int32(), { sentinel: 'r-na' }));
  });

  it('with a validity bit takes every value', () => {
    const layout = optional(int32(), { validity: 'bit' });
    expect(layout.size).toBe(8);
    const memory = new Uint8Array(8);
    expect(layout.read(memory)).toBeNull();
    layout.write(memory, -1);
    expect(layout.read(memory)).toBe(-1);
    layout.write(memory, null);
    expect(layout.read(memory)).toBeNull();
  });
});

it('an enumeration may let unknown numbers through', () => {
  const layout = enumeration({ red: 1, green: 2 }, int16(), { unknown: 'number' });
  expectTypeOf<Infer<typeof layout>>().toEqualTypeOf<number | 'red' | 'green'>();
  const memory = new Uint8Array(2);
  layout.write(memory, 77);
  expect(layout.read(memory)).toBe(77);
  layout.write(memory, 'green');
  expect(layout.read(memory)).toBe('green');
  expectCode('LAY_RANGE', () => layout.write(memory, 70000));
  expect(expectCode('LAY_ENUM', () => layout.write(memory, 'gren' as 'green')).hint).toContain('green');
});
