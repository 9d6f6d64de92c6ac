import { errors } from '../../errors.js';
import { Writer } from '../writer.js';
import type { BitfieldType, Datatype, FloatType, IntegerType, StringType } from './datatype.js';

/** The bytes of a datatype message of version 1, which readers of every age know. */
export function encodeDatatype(type: Datatype): Uint8Array {
  switch (type.class) {
    case 'integer':
      return encodeInteger(type);
    case 'float':
      return encodeFloat(type);
    case 'bitfield':
      return encodeBitfield(type);
    case 'string':
      return encodeString(type);
    default:
      throw errors.H5_UNSUPPORTED({
        message: `datatypes of the class ${type.class} cannot be written yet`,
        feature: `writing ${type.class} datatypes`,
      });
  }
}

function head(classNumber: number, bits: number, size: number): Writer {
  return new Writer()
    .u8(0x10 | classNumber)
    .uint(bits, 3)
    .u32(size);
}

function encodeInteger(type: IntegerType): Uint8Array {
  const bits = (type.byteOrder === 'big' ? 1 : 0) | (type.signed ? 8 : 0);
  return head(0, bits, type.size).u16(type.bitOffset).u16(type.precision).bytes();
}

function encodeBitfield(type: BitfieldType): Uint8Array {
  return head(4, type.byteOrder === 'big' ? 1 : 0, type.size)
    .u16(type.bitOffset)
    .u16(type.precision)
    .bytes();
}

function encodeFloat(type: FloatType): Uint8Array {
  const order = { little: 0, big: 1, vax: 0x41 }[type.byteOrder];
  const normalization = { none: 0, 'always-set': 0x10, implied: 0x20 }[type.mantissa.normalization];
  return head(1, order | normalization | (type.signLocation << 8), type.size)
    .u16(type.bitOffset)
    .u16(type.precision)
    .u8(type.exponent.location)
    .u8(type.exponent.size)
    .u8(type.mantissa.location)
    .u8(type.mantissa.size)
    .u32(type.exponent.bias)
    .bytes();
}

function encodeString(type: StringType): Uint8Array {
  const padding = { 'null-terminate': 0, 'null-pad': 1, 'space-pad': 2 }[type.padding];
  return head(3, padding | (type.charset === 'utf-8' ? 0x10 : 0), type.size).bytes();
}
