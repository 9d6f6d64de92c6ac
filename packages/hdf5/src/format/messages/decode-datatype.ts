import type { Reader } from '../reader.js';
import type { ArrayType, CompoundMember, Datatype } from './datatype.js';

/*
 * Datatype message (specification IV.A.2.d): u8 (version << 4 | class), u24 class bits, u32 size in bytes, then
 * properties that depend on the class. Types nest: compounds, enumerations, arrays and variable-length types
 * hold further datatype messages, each complete with its own eight-byte head.
 */

/** Types nest this deep at the most; a file that goes deeper is taken for damaged. */
const maxDepth = 32;

const byteOrders = ['little', 'big', undefined, 'vax'] as const;
const paddings = ['null-terminate', 'null-pad', 'space-pad'] as const;
const charsets = ['ascii', 'utf-8'] as const;
const normalizations = ['none', 'always-set', 'implied'] as const;
const referenceTargets = ['object', 'region', 'object-2', 'region-2', 'attribute'] as const;

/** What stands before the properties. `bits` are the 24 class bits. */
interface Head {
  readonly version: number;
  readonly bits: number;
  readonly size: number;
  readonly depth: number;
}

type Decoder = (reader: Reader, head: Head) => Datatype;

const decoders: readonly Decoder[] = [
  decodeInteger,
  decodeFloat,
  decodeTime,
  decodeString,
  decodeBitfield,
  decodeOpaque,
  decodeCompound,
  decodeReference,
  decodeEnum,
  decodeVlen,
  decodeArray,
  decodeComplex,
];

/** Decodes one datatype message and leaves the reader behind it. */
export function decodeDatatype(reader: Reader, depth = 0): Datatype {
  if (depth > maxDepth) throw reader.bad(`datatypes nested up to ${maxDepth} deep`, 'deeper nesting');
  const first = reader.u8();
  const version = first >> 4;
  // Version 0 is not in the specification; early writers left it, and the library reads it as 1.
  if (version > 5) throw reader.bad('a datatype version up to 5', String(version), reader.position - 1);
  const decoder = decoders[first & 15];
  if (decoder === undefined)
    throw reader.bad('a datatype class up to 11', String(first & 15), reader.position - 1);
  const bits = reader.uint(3);
  const size = reader.u32();
  if (size === 0) throw reader.bad('a datatype size above 0', '0', reader.position - 4);
  return decoder(reader, { version, bits, size, depth });
}

function pick<T>(reader: Reader, table: readonly (T | undefined)[], index: number, what: string): T {
  const value = table[index];
  if (value === undefined) throw reader.bad(`a known ${what}`, String(index));
  return value;
}

function decodeBits(reader: Reader, size: number): { bitOffset: number; precision: number } {
  const bitOffset = reader.u16();
  const precision = reader.u16();
  if (precision === 0 || bitOffset + precision > size * 8) {
    throw reader.bad(`significant bits inside ${size * 8}`, `${precision} from bit ${bitOffset}`);
  }
  return { bitOffset, precision };
}

function decodeInteger(reader: Reader, { bits, size }: Head): Datatype {
  const byteOrder = bits & 1 ? 'big' : 'little';
  return { class: 'integer', size, byteOrder, signed: (bits & 8) !== 0, ...decodeBits(reader, size) };
}

function decodeFloat(reader: Reader, { bits, size }: Head): Datatype {
  const byteOrder = pick(reader, byteOrders, (bits & 1) | ((bits >> 5) & 2), 'byte order');
  const normalization = pick(reader, normalizations, (bits >> 4) & 3, 'mantissa normalization');
  const significant = decodeBits(reader, size);
  const exponent = { location: reader.u8(), size: reader.u8() };
  const mantissa = { location: reader.u8(), size: reader.u8(), normalization };
  const bias = reader.u32();
  return {
    class: 'float',
    size,
    byteOrder,
    ...significant,
    signLocation: (bits >> 8) & 255,
    exponent: { ...exponent, bias },
    mantissa,
  };
}

function decodeTime(reader: Reader, { bits, size }: Head): Datatype {
  return { class: 'time', size, byteOrder: bits & 1 ? 'big' : 'little', precision: reader.u16() };
}

function decodeString(reader: Reader, { bits, size }: Head): Datatype {
  const padding = pick(reader, paddings, bits & 15, 'string padding');
  return {
    class: 'string',
    size,
    padding,
    charset: pick(reader, charsets, (bits >> 4) & 15, 'character set'),
  };
}

function decodeBitfield(reader: Reader, { bits, size }: Head): Datatype {
  return { class: 'bitfield', size, byteOrder: bits & 1 ? 'big' : 'little', ...decodeBits(reader, size) };
}

function decodeOpaque(reader: Reader, { bits, size }: Head): Datatype {
  return { class: 'opaque', size, tag: reader.text(bits & 255) };
}

/*
 * A compound's members, by version of the message:
 *   1  name padded to 8, u32 offset, u8 rank, 3 reserved, u32 permutation, 4 reserved, 4 × u32 dimensions, type
 *   2  name padded to 8, u32 offset, type
 *   3  name, offset in as many bytes as the compound's size needs, type
 */
function decodeCompound(reader: Reader, { version, bits, size, depth }: Head): Datatype {
  const count = bits & 0xffff;
  if (count === 0) throw reader.bad('a compound with members', 'none');
  const members: CompoundMember[] = [];
  for (let index = 0; index < count; index++) {
    const name = decodeName(reader, version);
    const offset = reader.uint(version >= 3 ? bytesFor(size) : 4);
    let shape: number[] = [];
    if (version < 2) {
      const rank = reader.u8();
      if (rank > 4) throw reader.bad('an array member of up to 4 dimensions', String(rank));
      reader.skip(11);
      shape = Array.from({ length: 4 }, () => reader.u32()).slice(0, rank);
    }
    const element = decodeDatatype(reader, depth + 1);
    const type = shape.length > 0 ? arrayOf(element, shape) : element;
    if (offset + type.size > size) {
      throw reader.bad(
        `member ${JSON.stringify(name)} inside ${size} bytes`,
        `${type.size} bytes at ${offset}`,
      );
    }
    members.push({ name, offset, type });
  }
  return { class: 'compound', size, members };
}

function decodeName(reader: Reader, version: number): string {
  const start = reader.position;
  const name = reader.terminatedText();
  const used = reader.position - start;
  if (version < 3) reader.skip((8 - (used % 8)) % 8);
  return name;
}

/** How many bytes it takes to count up to `value`. */
function bytesFor(value: number): number {
  return value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x1000000 ? 3 : 4;
}

function decodeReference(reader: Reader, { bits, size }: Head): Datatype {
  return { class: 'reference', size, target: pick(reader, referenceTargets, bits & 15, 'reference type') };
}

/** The base type, then all names, then all values. */
function decodeEnum(reader: Reader, { version, bits, size, depth }: Head): Datatype {
  const base = decodeDatatype(reader, depth + 1);
  if (base.size !== size) throw reader.bad(`an enumeration of ${base.size} bytes, as its base`, String(size));
  const names = Array.from({ length: bits & 0xffff }, () => decodeName(reader, version));
  const members = names.map((name) => ({ name, value: reader.take(base.size).slice() }));
  return { class: 'enum', size, base, members };
}

function decodeVlen(reader: Reader, { bits, size, depth }: Head): Datatype {
  const kind = pick(reader, ['sequence', 'string'] as const, bits & 15, 'variable-length type');
  const padding = pick(reader, paddings, (bits >> 4) & 15, 'string padding');
  const charset = pick(reader, charsets, (bits >> 8) & 15, 'character set');
  return { class: 'vlen', size, kind, padding, charset, base: decodeDatatype(reader, depth + 1) };
}

/** Version 2 has three reserved bytes after the rank and permutation indices after the dimensions; version 3 has neither. */
function decodeArray(reader: Reader, { version, size, depth }: Head): Datatype {
  const rank = reader.u8();
  if (rank === 0 || rank > 32) throw reader.bad('an array type of 1 to 32 dimensions', String(rank));
  if (version < 3) reader.skip(3);
  const shape = Array.from({ length: rank }, () => reader.u32());
  if (version < 3) reader.skip(4 * rank);
  const type = arrayOf(decodeDatatype(reader, depth + 1), shape);
  if (type.size !== size) throw reader.bad(`an array type of ${type.size} bytes`, String(size));
  return type;
}

function decodeComplex(reader: Reader, { size, depth }: Head): Datatype {
  const base = decodeDatatype(reader, depth + 1);
  if (base.size * 2 !== size) throw reader.bad(`a complex number of ${base.size * 2} bytes`, String(size));
  return { class: 'complex', size, base };
}

function arrayOf(base: Datatype, shape: readonly number[]): ArrayType {
  return { class: 'array', size: shape.reduce((size, length) => size * length, base.size), shape, base };
}
