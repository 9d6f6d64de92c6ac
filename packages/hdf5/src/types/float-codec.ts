import { bfloat16ToNumber, decodeFloat16, encodeFloat16 } from '@terrane/layout';
import type { FloatType } from '../format/messages/datatype.js';
import { dtypeName } from './dtype.js';
import { floatStore, typedArrayCodec, wrongValue } from './typed-array-codec.js';
import { unsupportedType } from './unsupported-type.js';
import type { ValueCodec } from './value-codec.js';

/** The codec of a float type: direct for IEEE single and double, half by table, others bit by bit if a double holds them. */
export function floatCodec(type: FloatType): ValueCodec {
  if (type.byteOrder === 'vax') throw unsupportedType('VAX float');
  const name = dtypeName(type)?.replace('be', '');
  if (name === 'float64') return typedArrayCodec(Float64Array, type.byteOrder, floatStore());
  if (name === 'float32') return typedArrayCodec(Float32Array, type.byteOrder, floatStore());
  if (name === 'float16') return halfCodec(type.byteOrder === 'little');
  return oddFloatCodec(type);
}

function halfCodec(little: boolean): ValueCodec<Float32Array> {
  return {
    elementBytes: 2,
    create: (count) => new Float32Array(count),
    accepts: (array): array is Float32Array => array instanceof Float32Array,
    decode(source, target, at) {
      decodeFloat16(source, little, target.subarray(at, at + source.length / 2));
    },
    encode(values, at, count) {
      const numbers = new Float64Array(count);
      const store = floatStore<Float64Array>();
      for (let index = 0; index < count; index++) {
        if (!store(numbers, index, values[at + index]))
          throw wrongValue(values[at + index], at + index, 'float16');
      }
      const bytes = new Uint8Array(2 * count);
      encodeFloat16(numbers, little, bytes);
      return bytes;
    },
  };
}

/**
 * Floats with another split of sign, exponent and mantissa, such as bfloat16 and the 8-bit floats. As in the C
 * library, an exponent of all ones means infinity or not-a-number, and one of zero a subnormal number.
 */
function oddFloatCodec(type: FloatType): ValueCodec<Float32Array | Float64Array> {
  const { size, exponent, mantissa, bitOffset, signLocation } = type;
  const fitsDouble = size <= 8 && exponent.size <= 11 && exponent.size > 0 && mantissa.size <= 52;
  const biasFits = exponent.bias < 1023 && 2 ** exponent.size - exponent.bias < 1023;
  if (!fitsDouble || !biasFits || mantissa.normalization !== 'implied') {
    throw unsupportedType(`${type.precision}-bit float in ${size} bytes`);
  }
  const isBfloat16 =
    size === 2 && exponent.size === 8 && mantissa.size === 7 && exponent.bias === 127 && bitOffset === 0;
  const small = mantissa.size <= 23 && exponent.size <= 8 && exponent.bias <= 127;
  const little = type.byteOrder === 'little';
  const field = (bits: bigint, location: number, width: number): number =>
    Number(BigInt.asUintN(width, bits >> BigInt(location)));
  const decodeOne = (bits: bigint): number => {
    const sign = field(bits, signLocation, 1) ? -1 : 1;
    const power = field(bits, exponent.location, exponent.size);
    const fraction = field(bits, mantissa.location, mantissa.size) / 2 ** mantissa.size;
    if (power === 2 ** exponent.size - 1) return fraction === 0 ? sign * Infinity : NaN;
    if (power === 0) return sign * fraction * 2 ** (1 - exponent.bias);
    return sign * (1 + fraction) * 2 ** (power - exponent.bias);
  };
  return {
    elementBytes: size,
    create: (count) => (small ? new Float32Array(count) : new Float64Array(count)),
    accepts: (array): array is Float32Array | Float64Array =>
      array instanceof (small ? Float32Array : Float64Array),
    decode(source, target, at) {
      for (let from = 0, index = at; from < source.length; from += size, index++) {
        let bits = 0n;
        for (let byte = 0; byte < size; byte++) {
          bits = (bits << 8n) | BigInt(source[little ? from + size - 1 - byte : from + byte]!);
        }
        target[index] = isBfloat16 ? bfloat16ToNumber(Number(bits)) : decodeOne(bits);
      }
    },
    encode() {
      throw unsupportedType(`${type.precision}-bit float in ${size} bytes`);
    },
  };
}
