import { endianness } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostByteOrder, swapBytes } from './byte-order.js';

describe('swapBytes', () => {
  it('reverses every element, at any size, alignment and length', () => {
    const sizes = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 10, 16);
    const property = fc.property(
      sizes,
      fc.nat(3000),
      fc.nat(9),
      fc.infiniteStream(fc.nat(255)),
      (size, count, at, stream) => {
        const memory = Uint8Array.from({ length: at + count * size + 5 }, () => stream.next().value);
        const expected = memory.slice();
        for (let i = 0; i < count; i++) expected.subarray(at + i * size, at + (i + 1) * size).reverse();
        swapBytes(memory.subarray(at, at + count * size), size);
        expect(Buffer.compare(memory, expected)).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });

  it('does what Buffer does', () => {
    const bytes = Uint8Array.from({ length: 4096 * 9 }, (_, i) => (i * 131) >>> 3);
    for (const [size, swap] of [
      [2, 'swap16'],
      [4, 'swap32'],
      [8, 'swap64'],
    ] as const) {
      const ours = bytes.slice();
      swapBytes(ours, size);
      expect(Buffer.compare(ours, Buffer.from(bytes)[swap]())).toBe(0);
    }
  });

  it('refuses sizes that do not fit', () => {
    for (const size of [0, -2, 1.5, Number.NaN, 3]) {
      expect(() => swapBytes(new Uint8Array(8), size)).toThrow(RangeError);
    }
  });

  it('knows the host', () => {
    expect(hostByteOrder).toBe(endianness() === 'LE' ? 'little' : 'big');
  });
});
