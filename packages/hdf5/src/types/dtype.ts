import type { Datatype, FloatType, IntegerType } from '../format/messages/datatype.js';

/** The typed array that numbers of each name come in. 64-bit integers are `bigint`. */
export interface NumberArrays {
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  /** Half floats come as single floats, which hold every one of them exactly. */
  float16: Float32Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** Names of the number types in the host's usual, little-endian order: `"int32"`. */
export type NumberName = keyof NumberArrays;

/** Names a type can be given by: a number's, big-endian with `be` behind it, or `"string"`. */
export type DtypeName = NumberName | `${Exclude<NumberName, 'int8' | 'uint8'>}be` | 'string';

/** The array that values of a named type come in. */
export type ArrayOf<Name extends DtypeName> = Name extends NumberName
  ? NumberArrays[Name]
  : Name extends `${infer Base extends NumberName}be`
    ? NumberArrays[Base]
    : string[];

/** Any array that values come in. */
export type ValueArray = NumberArrays[NumberName] | string[];

/** A typed array over numbers of one kind. */
export type NumberArray = NumberArrays[NumberName];

type NumberType = IntegerType | FloatType;

function integer(size: number, signed: boolean): IntegerType {
  return { class: 'integer', size, byteOrder: 'little', signed, bitOffset: 0, precision: size * 8 };
}

/** An IEEE 754 interchange format: sign, exponent, mantissa with an implied leading one. */
function ieee(size: number, exponentBits: number): FloatType {
  const precision = size * 8;
  const mantissaBits = precision - exponentBits - 1;
  return {
    class: 'float',
    size,
    byteOrder: 'little',
    bitOffset: 0,
    precision,
    signLocation: precision - 1,
    exponent: { location: mantissaBits, size: exponentBits, bias: 2 ** (exponentBits - 1) - 1 },
    mantissa: { location: 0, size: mantissaBits, normalization: 'implied' },
  };
}

const littleTypes: Record<NumberName, NumberType> = {
  int8: integer(1, true),
  uint8: integer(1, false),
  int16: integer(2, true),
  uint16: integer(2, false),
  int32: integer(4, true),
  uint32: integer(4, false),
  int64: integer(8, true),
  uint64: integer(8, false),
  float16: ieee(2, 5),
  float32: ieee(4, 8),
  float64: ieee(8, 11),
};

/** All names of number types, those with `be` included. */
const namedTypes = new Map<string, NumberType>(
  Object.entries(littleTypes).flatMap(([name, type]): [string, NumberType][] => {
    const big: [string, NumberType] = [`${name}be`, { ...type, byteOrder: 'big' }];
    return type.size === 1 ? [[name, type]] : [[name, type], big];
  }),
);

/** The names that `namedType` knows. */
export const dtypeNames: readonly string[] = [...namedTypes.keys(), 'string'];

/** The number type of a name, `undefined` for `"string"` and for what is no name. */
export function namedType(name: string): NumberType | undefined {
  return namedTypes.get(name);
}

/** The name of a datatype, `undefined` for those that have none. */
export function dtypeName(type: Datatype): DtypeName | undefined {
  if (type.class === 'string') return 'string';
  if (type.class !== 'integer' && type.class !== 'float') return undefined;
  return namesByFacts.get(facts(type)) as DtypeName | undefined;
}

/** Everything that tells one number type from another, as text. The byte order of a single byte is none. */
function facts(type: NumberType): string {
  const order = type.size === 1 ? 'little' : type.byteOrder;
  const common = [type.class, type.size, order, type.bitOffset, type.precision];
  if (type.class === 'integer') return [...common, type.signed].join();
  const { signLocation, exponent, mantissa } = type;
  return [...common, signLocation, ...Object.values(exponent), ...Object.values(mantissa)].join();
}

const namesByFacts = new Map([...namedTypes].map(([name, type]) => [facts(type), name]));
