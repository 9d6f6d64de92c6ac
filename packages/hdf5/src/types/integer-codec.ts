import type { IntegerType } from '../format/messages/datatype.js';
import type { NumberArray } from './dtype.js';
import { integerStore, type TypedArrayConstructor, typedArrayCodec } from './typed-array-codec.js';
import { unsupportedType } from './unsupported-type.js';
import type { ValueCodec } from './value-codec.js';

const signedArrays = [Int8Array, Int16Array, Int32Array, BigInt64Array] as const;
const unsignedArrays = [Uint8Array, Uint16Array, Uint32Array, BigUint64Array] as const;

/** The codec of an integer type: direct where a typed array has the same bits, bit by bit where not. */
export function integerCodec(type: IntegerType): ValueCodec {
  if (type.size > 8) throw unsupportedType(`${type.size}-byte integer`);
  const arrayType = arrayFor(type);
  const isDirect = type.bitOffset === 0 && type.precision === arrayType.BYTES_PER_ELEMENT * 8;
  if (isDirect) return typedArrayCodec(arrayType, type.byteOrder, integerStore(type.precision, type.signed));
  return oddIntegerCodec(type, arrayType);
}

/** The smallest array whose elements are at least as long as the stored ones. */
function arrayFor(type: IntegerType): TypedArrayConstructor<NumberArray> {
  const arrays = type.signed ? signedArrays : unsignedArrays;
  return arrays.find(
    ({ BYTES_PER_ELEMENT }) => BYTES_PER_ELEMENT >= type.size,
  ) as TypedArrayConstructor<NumberArray>;
}

/** Integers of 3, 5, 6 or 7 bytes, and those whose significant bits are only a part of their bytes. */
function oddIntegerCodec(type: IntegerType, arrayType: TypedArrayConstructor<NumberArray>): ValueCodec {
  const { size, bitOffset, precision, signed } = type;
  const wide = arrayType.BYTES_PER_ELEMENT === 8;
  const little = type.byteOrder === 'little';
  return {
    elementBytes: size,
    create: (count) => new arrayType(count),
    accepts: (array): array is NumberArray => array instanceof (arrayType as never),
    decode(source, target, at) {
      const values = target as { [index: number]: number | bigint };
      for (let from = 0, index = at; from < source.length; from += size, index++) {
        let bits = 0n;
        for (let byte = 0; byte < size; byte++) {
          bits = (bits << 8n) | BigInt(source[little ? from + size - 1 - byte : from + byte]!);
        }
        const value = signed
          ? BigInt.asIntN(precision, bits >> BigInt(bitOffset))
          : BigInt.asUintN(precision, bits >> BigInt(bitOffset));
        values[index] = wide ? value : Number(value);
      }
    },
    encode() {
      throw unsupportedType(`${precision}-bit integer in ${size} bytes`);
    },
  };
}
