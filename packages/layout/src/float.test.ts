import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { bfloat16, bool8, bool32, complex64, complex128, float16, float32, float64 } from './index.js';

it('floats are stored as Buffer stores them', () => {
  const property = fc.property(fc.double(), fc.boolean(), (value, big) => {
    const options = { byteOrder: big ? 'big' : 'little' } as const;
    const bytes = Buffer.alloc(16);
    const expected = Buffer.alloc(16);
    complex128(options).write(bytes, { re: value, im: -value });
    expected[big ? 'writeDoubleBE' : 'writeDoubleLE'](value, 0);
    expected[big ? 'writeDoubleBE' : 'writeDoubleLE'](-value, 8);
    if (!Number.isNaN(value)) expect(bytes).toEqual(expected);
    complex64(options).write(bytes, { re: value, im: 1 });
    expected[big ? 'writeFloatBE' : 'writeFloatLE'](value, 0);
    expected[big ? 'writeFloatBE' : 'writeFloatLE'](1, 4);
    if (!Number.isNaN(value)) expect(bytes.subarray(0, 8)).toEqual(expected.subarray(0, 8));
    expect(complex64(options).read(bytes)).toEqual({ re: Math.fround(value), im: 1 });
  });
  fc.assert(property);
});

it('a value of another type is refused before anything is written', () => {
  const memory = new Uint8Array(16).fill(9);
  for (const layout of [float16(), bfloat16(), float32(), float64()]) {
    for (const value of ['1', 1n, null, undefined]) {
      expectCode('LAY_TYPE', () => layout.write(memory, value as unknown as number));
    }
  }
  for (const value of [1, null, { re: 1 }, { re: 1, im: '2' }]) {
    expectCode('LAY_TYPE', () => complex128().write(memory, value as { re: number; im: number }));
  }
  for (const layout of [bool8(), bool32()]) {
    expectCode('LAY_TYPE', () => layout.write(memory, 1 as unknown as boolean));
  }
  expect(memory.every((byte) => byte === 9)).toBe(true);
});

it('booleans are 0 and 1, and read true from anything else', () => {
  const memory = new Uint8Array(4);
  bool32({ byteOrder: 'big' }).write(memory, true);
  expect([...memory]).toEqual([0, 0, 0, 1]);
  expect(bool32().read(memory)).toBe(true);
  expect([0, 1, 2, 255].map((byte) => bool8().read(Uint8Array.of(byte)))).toEqual([false, true, true, true]);
  bool8().write(memory, true, 1);
  expect([...memory]).toEqual([0, 1, 0, 1]);
});
