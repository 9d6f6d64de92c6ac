import { expect, it } from 'vitest';
import { expectCode } from './expect-code.fixture.js';
import { array, bits, int8 } from './index.js';

it('arrays lie in memory in the order they say', () => {
  const value = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  const memory = new Uint8Array(6);
  array(int8(), [2, 3]).write(memory, value);
  expect([...memory]).toEqual([1, 2, 3, 4, 5, 6]);
  array(int8(), [2, 3], { order: 'column' }).write(memory, value);
  expect([...memory]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(array(int8(), [2, 3], { order: 'column' }).read(memory)).toEqual(value);
});

it('bits are in the order of little-endian words, or of bitmaps', () => {
  const memory = Uint8Array.of(1, 0, 0, 0x80, 2, 0, 0, 0);
  const set = (layout: ReturnType<typeof bits>) => layout.read(memory).flatMap((bit, i) => (bit ? [i] : []));
  expect(set(bits(64))).toEqual([0, 31, 33]);
  expect(set(bits(64, { first: 'most' }))).toEqual([7, 24, 38]);
  bits(3).write(memory.fill(0xff), [false, true, false]);
  expect(memory[0]).toBe(0xfa);
  expectCode('LAY_SHAPE', () => bits(3).write(memory, [true]));
  expectCode('LAY_TYPE', () => bits(1).write(memory, [1] as unknown as boolean[]));
  expectCode('LAY_TYPE', () => bits(1).write(memory, true as unknown as boolean[]));
});
