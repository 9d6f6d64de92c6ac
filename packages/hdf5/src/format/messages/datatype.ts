/*
 * Datatypes as a file describes them (specification IV.A.2.d); `decode-datatype.ts` and `encode-datatype.ts` know their bytes.
 */

/** Byte order of numbers; `vax` is the middle-endian order of VAX floats. */
export type ByteOrder = 'little' | 'big' | 'vax';
/** What fills a fixed string behind its text. */
export type StringPadding = 'null-terminate' | 'null-pad' | 'space-pad';
/** Character sets of strings and names. */
export type Charset = 'ascii' | 'utf-8';

/** A whole number. */
export interface IntegerType {
  readonly class: 'integer';
  /** Bytes per element. */
  readonly size: number;
  readonly byteOrder: 'little' | 'big';
  readonly signed: boolean;
  /** First significant bit, counted from the least significant. */
  readonly bitOffset: number;
  /** Number of significant bits. */
  readonly precision: number;
}

/** A floating-point number, described bit by bit. */
export interface FloatType {
  readonly class: 'float';
  readonly size: number;
  readonly byteOrder: ByteOrder;
  readonly bitOffset: number;
  readonly precision: number;
  readonly signLocation: number;
  readonly exponent: { readonly location: number; readonly size: number; readonly bias: number };
  readonly mantissa: {
    readonly location: number;
    readonly size: number;
    /** `implied`: the leading one is not stored, as in IEEE 754. */
    readonly normalization: 'none' | 'always-set' | 'implied';
  };
}

/** A point in time; deprecated in HDF5, and what PyTables stores times as. */
export interface TimeType {
  readonly class: 'time';
  readonly size: number;
  readonly byteOrder: 'little' | 'big';
  readonly precision: number;
}

/** Text of a fixed number of bytes. */
export interface StringType {
  readonly class: 'string';
  readonly size: number;
  readonly padding: StringPadding;
  readonly charset: Charset;
}

/** Bits without a numeric meaning; PyTables stores truth values so. */
export interface BitfieldType {
  readonly class: 'bitfield';
  readonly size: number;
  readonly byteOrder: 'little' | 'big';
  readonly bitOffset: number;
  readonly precision: number;
}

/** Bytes that only their tag explains. */
export interface OpaqueType {
  readonly class: 'opaque';
  readonly size: number;
  readonly tag: string;
}

/** A named part of a compound. */
export interface CompoundMember {
  readonly name: string;
  /** Bytes from the start of the element. */
  readonly offset: number;
  readonly type: Datatype;
}

/** A record of named parts. */
export interface CompoundType {
  readonly class: 'compound';
  readonly size: number;
  readonly members: readonly CompoundMember[];
}

/** A pointer to an object, or to a part of a dataset. */
export interface ReferenceType {
  readonly class: 'reference';
  readonly size: number;
  readonly target: 'object' | 'region' | 'object-2' | 'region-2' | 'attribute';
}

/** Names for some values of another type. */
export interface EnumType {
  readonly class: 'enum';
  readonly size: number;
  readonly base: Datatype;
  /** The bytes of each value are `base.size` long and in the base's byte order. */
  readonly members: readonly { readonly name: string; readonly value: Uint8Array }[];
}

/** A sequence or text of any length, kept in a global heap. */
export interface VlenType {
  readonly class: 'vlen';
  readonly size: number;
  readonly kind: 'sequence' | 'string';
  readonly padding: StringPadding;
  readonly charset: Charset;
  readonly base: Datatype;
}

/** A small array that is one element. */
export interface ArrayType {
  readonly class: 'array';
  readonly size: number;
  readonly shape: readonly number[];
  readonly base: Datatype;
}

/** A complex number of two floats, real part first (HDF5 2.0). */
export interface ComplexType {
  readonly class: 'complex';
  readonly size: number;
  readonly base: Datatype;
}

/** Any HDF5 datatype, as the file describes it. */
export type Datatype =
  | IntegerType
  | FloatType
  | TimeType
  | StringType
  | BitfieldType
  | OpaqueType
  | CompoundType
  | ReferenceType
  | EnumType
  | VlenType
  | ArrayType
  | ComplexType;
