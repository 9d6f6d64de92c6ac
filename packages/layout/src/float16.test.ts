import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bfloat16ToNumber,
  decodeFloat16,
  encodeFloat16,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
} from './float16.js';

const formats = [
  { name: 'float16', decode: float16ToNumber, encode: numberToFloat16, infinity: 0x7c00, nan: 0x7e00 },
  { name: 'bfloat16', decode: bfloat16ToNumber, encode: numberToBfloat16, infinity: 0x7f80, nan: 0x7fc0 },
];

describe.each(formats)('$name', ({ decode, encode, infinity, nan }) => {
  it('gives every bit pattern back, in ascending order', () => {
    for (let bits = 0; bits <= infinity; bits++) {
      const value = decode(bits);
      if (encode(value) !== bits || encode(-value) !== (bits | 0x8000)) expect.fail(`bits ${bits}`);
      if (bits > 0 && !(value > decode(bits - 1))) expect.fail(`order at ${bits}`);
    }
    expect(decode(infinity)).toBe(Infinity);
    for (let bits = infinity + 1; bits < 0x8000; bits++) expect(decode(bits)).toBeNaN();
    expect(encode(Number.NaN)).toBe(nan);
    expect(Object.is(decode(0x8000), -0)).toBe(true);
  });

  it('rounds to the nearest, ties to even, also just beside a tie', () => {
    for (let bits = 0; bits < infinity - 1; bits++) {
      const below = decode(bits);
      const above = decode(bits + 1);
      const tie = below + (above - below) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      const nudge = tie * 2 ** -52;
      if (encode(tie) !== even) expect.fail(`tie above ${bits}`);
      if (encode(tie + nudge) !== bits + 1 || encode(tie - nudge) !== bits) expect.fail(`beside tie ${bits}`);
    }
    const greatest = decode(infinity - 1);
    const overflow = greatest + (greatest - decode(infinity - 2)) / 2;
    expect(encode(overflow)).toBe(infinity);
    expect(encode(overflow * (1 - 2 ** -52))).toBe(infinity - 1);
    expect(encode(Number.MAX_VALUE)).toBe(infinity);
    expect(encode(-Number.MIN_VALUE)).toBe(0x8000);
  });
});

it('bfloat16 is the upper half of a float32', () => {
  const float = new Float32Array(1);
  const word = new Uint32Array(float.buffer);
  const property = fc.property(fc.nat(0xffff), (bits) => {
    word[0] = bits << 16;
    expect(bfloat16ToNumber(bits)).toBe(float[0]);
  });
  fc.assert(property);
});

describe('whole arrays', () => {
  it('decode what they encoded, in both orders, at any alignment', () => {
    const property = fc.property(
      fc.array(fc.nat(0xffff)),
      fc.boolean(),
      fc.nat(3),
      (patterns, little, at) => {
        const values = patterns.map(float16ToNumber);
        const bytes = new Uint8Array(at + 2 * values.length).subarray(at);
        encodeFloat16(values, little, bytes);
        const view = new DataView(bytes.buffer, at);
        for (const [i, value] of values.entries()) {
          expect(float16ToNumber(view.getUint16(2 * i, little))).toEqual(value);
        }
        const out = new Float32Array(values.length);
        decodeFloat16(bytes, little, out);
        expect(Array.from(out)).toEqual(values);
      },
    );
    fc.assert(property);
  });

  it('refuse lengths that do not agree', () => {
    expect(() => decodeFloat16(new Uint8Array(3), true, new Float32Array(1))).toThrow(RangeError);
    expect(() => encodeFloat16([1, 2], true, new Uint8Array(2))).toThrow(RangeError);
  });
});
