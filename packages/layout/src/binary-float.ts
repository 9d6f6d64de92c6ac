import { hostByteOrder } from './byte-order.js';

/**
 * The shape of an IEEE 754 binary format narrower than a double: sign, exponent and fraction, from the top.
 *
 *     float16   s eeeee ffffffffff      (5 and 10 bits)
 *     bfloat16  s eeeeeeee fffffff      (8 and 7 bits)
 */
export interface BinaryFloat {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
/** Which of the two words holds sign and exponent. */
const high = hostByteOrder === 'little' ? 1 : 0;

/** Adding and subtracting it leaves a double below 2^51 rounded to an integer, ties to even. */
const roundingConstant = 2 ** 52;

/** The nearest value of `format` as its bit pattern, ties to even. Rounds once, never by way of float32. */
export function encodeFloat(value: number, { exponentBits, fractionBits }: BinaryFloat): number {
  const bias = 2 ** (exponentBits - 1) - 1;
  const infinity = (2 ** exponentBits - 1) << fractionBits;
  double[0] = value;
  const sign = (words[high]! >>> 31) << (exponentBits + fractionBits);
  if (Number.isNaN(value)) return infinity | (1 << (fractionBits - 1));
  const exponent = Math.max(((words[high]! >>> 20) & 0x7ff) - 1023, 1 - bias);
  if (exponent > bias) return sign | infinity;
  // In units of the last place: below 2^fractionBits for a subnormal, one bit more for a normal number. A carry
  // out of the fraction raises the exponent, and out of the greatest exponent gives infinity, as it must.
  const units = Math.abs(value) * 2 ** (fractionBits - exponent);
  const rounded = units + roundingConstant - roundingConstant;
  return sign | (((exponent + bias - 1) << fractionBits) + rounded);
}

/** The exact value of a bit pattern of `format`. Bits above the format's are ignored. */
export function decodeFloat(bits: number, { exponentBits, fractionBits }: BinaryFloat): number {
  const bias = 2 ** (exponentBits - 1) - 1;
  const fraction = bits & (2 ** fractionBits - 1);
  const exponent = (bits >>> fractionBits) & (2 ** exponentBits - 1);
  const sign = (bits >>> (exponentBits + fractionBits)) & 1 ? -1 : 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  return sign * (2 ** fractionBits + fraction) * 2 ** (exponent - bias - fractionBits);
}
