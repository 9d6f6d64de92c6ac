import { type BinaryFloat, decodeFloat, encodeFloat } from './binary-float.js';
import { hostByteOrder } from './byte-order.js';

/** IEEE 754 binary16, "half precision": 11 significant bits, up to 65504. */
const float16: BinaryFloat = { exponentBits: 5, fractionBits: 10 };

/** bfloat16: the upper half of a float32; its range, with 8 significant bits. */
const bfloat16: BinaryFloat = { exponentBits: 8, fractionBits: 7 };

/** The number that 16 bits stand for as an IEEE 754 binary16. Exact. */
export function float16ToNumber(bits: number): number {
  return decodeFloat(bits, float16);
}

/**
 * The 16 bits of the nearest IEEE 754 binary16, ties to even; from 65520 on that is infinity. NaN is 0x7e00.
 */
export function numberToFloat16(value: number): number {
  return encodeFloat(value, float16);
}

/** The number that 16 bits stand for as a bfloat16. Exact. */
export function bfloat16ToNumber(bits: number): number {
  return decodeFloat(bits, bfloat16);
}

/** The 16 bits of the nearest bfloat16, ties to even, rounded once from the double. NaN is 0x7fc0. */
export function numberToBfloat16(value: number): number {
  return encodeFloat(value, bfloat16);
}

/** Every binary16 there is, 256 KiB; made when an array is first decoded. */
let everyFloat16: Float32Array | undefined;

/**
 * Decodes a whole array of IEEE 754 binary16 into `out`; every value is exact as a float32.
 *
 * @param bytes Two bytes a value, at any alignment.
 * @param littleEndian Whether the first byte of a value is the least significant one.
 * @throws RangeError when `bytes` is not exactly two bytes for each element of `out`.
 */
export function decodeFloat16(bytes: Uint8Array, littleEndian: boolean, out: Float32Array): void {
  checkLengths('decodeFloat16', bytes, out);
  everyFloat16 ??= Float32Array.from({ length: 65536 }, (_, bits) => float16ToNumber(bits));
  const table = everyFloat16;
  if (bytes.byteOffset % 2 === 0 && littleEndian === (hostByteOrder === 'little')) {
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, out.length);
    for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]!]!;
    return;
  }
  const low = littleEndian ? 0 : 1;
  for (let i = 0, at = 0; i < out.length; i++, at += 2) {
    out[i] = table[bytes[at + low]! | (bytes[at + 1 - low]! << 8)]!;
  }
}

/**
 * Encodes a whole array as IEEE 754 binary16, each value to the nearest, ties to even.
 *
 * @param bytes Receives two bytes a value, at any alignment.
 * @param littleEndian Whether the first byte of a value is the least significant one.
 * @throws RangeError when `bytes` is not exactly two bytes for each of `values`.
 */
export function encodeFloat16(values: ArrayLike<number>, littleEndian: boolean, bytes: Uint8Array): void {
  checkLengths('encodeFloat16', bytes, values);
  const low = littleEndian ? 0 : 1;
  for (let i = 0, at = 0; i < values.length; i++, at += 2) {
    const bits = numberToFloat16(values[i]!);
    bytes[at + low] = bits;
    bytes[at + 1 - low] = bits >>> 8;
  }
}

function checkLengths(what: string, bytes: Uint8Array, values: ArrayLike<number>): void {
  if (bytes.length !== 2 * values.length) {
    throw new RangeError(
      `${what}: ${values.length} values need ${2 * values.length} bytes, not ${bytes.length}`,
    );
  }
}
