import type { ByteOrder } from './byte-order.js';

/** What happens to a number outside its type: an error, the low bits, or the nearest limit. */
export type RangePolicy = 'throw' | 'wrap' | 'clamp';

/** The names of integers of up to 32 bits. */
export type SmallIntegerName =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int24'
  | 'uint24'
  | 'int32'
  | 'uint32';

/** How text is stored. */
export type TextEncodingName = 'utf8' | 'latin1' | 'ascii' | 'utf16';

/** How text shorter than its width ends: a terminator that must be there, or padding that fills the rest. */
export type TextEnding = 'terminator' | 'nul' | 'space';

/**
 * A layout as plain JSON. What is left out is the default: little-endian, errors out of range, row-major.
 * Sizes, offsets and lengths are in bytes, `shape` and `count` in elements.
 */
export type LayoutDescription =
  | { readonly type: SmallIntegerName; readonly byteOrder?: ByteOrder; readonly range?: RangePolicy }
  | {
      readonly type: 'int64' | 'uint64';
      readonly byteOrder?: ByteOrder;
      readonly range?: RangePolicy;
      readonly as?: 'number';
    }
  | {
      readonly type: 'float16' | 'bfloat16' | 'float32' | 'float64' | 'complex64' | 'complex128';
      readonly byteOrder?: ByteOrder;
    }
  | { readonly type: 'bool8' }
  | { readonly type: 'bool32'; readonly byteOrder?: ByteOrder }
  | { readonly type: 'bits'; readonly count: number; readonly first?: 'most' }
  | {
      readonly type: 'text';
      readonly size: number;
      readonly encoding: TextEncodingName;
      readonly ending: TextEnding;
      readonly byteOrder?: ByteOrder;
      readonly malformed?: 'replace';
      readonly overflow?: 'truncate';
    }
  | { readonly type: 'bytes'; readonly size: number }
  | { readonly type: 'pad'; readonly size: number }
  | {
      readonly type: 'array';
      readonly element: LayoutDescription;
      readonly shape: readonly number[];
      readonly order?: 'column';
    }
  | {
      readonly type: 'struct';
      readonly size: number;
      readonly alignment: number;
      readonly fields: readonly FieldDescription[];
      readonly overlapping?: true;
    }
  | {
      readonly type: 'enumeration';
      readonly base: LayoutDescription;
      /** Numbers as decimal text, so that 64-bit members survive JSON. */
      readonly members: Readonly<Record<string, string>>;
      readonly unknown?: 'number';
    }
  | { readonly type: 'optional'; readonly value: LayoutDescription; readonly missing: MissingDescription };

/** One field of a struct's description. */
export interface FieldDescription {
  readonly name: string;
  readonly offset: number;
  readonly layout: LayoutDescription;
}

/** How a missing value is told from any other; the sentinel is the bytes it is stored as, in hexadecimal. */
export type MissingDescription = 'validity' | 'r-na' | 'nan' | { readonly sentinel: string };
