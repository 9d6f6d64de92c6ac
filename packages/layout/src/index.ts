export { type ArrayOptions, array, type NestedArray } from './array.js';
export { type BitsOptions, bits } from './bits.js';
export { bool8, bool32 } from './boolean.js';
export { type ByteOrder, hostByteOrder, swapBytes } from './byte-order.js';
export type { ByteOrderOptions } from './byte-order-option.js';
export { bytes, type Padding, pad } from './bytes.js';
export { type CHeaderOptions, parseCHeader } from './c-parse.js';
export { printCStruct } from './c-print.js';
export { type CStringCodec, cString } from './c-string.js';
export type { DataModel } from './c-types.js';
export { type Column, type ColumnOptions, columnOf } from './column.js';
export { type Complex, type ComplexFactory, complex64, complex128 } from './complex.js';
export type {
  FieldDescription,
  LayoutDescription,
  MissingDescription,
  RangePolicy,
  SmallIntegerName,
  TextEncodingName,
  TextEnding,
} from './description.js';
export { type EnumerationOptions, enumeration } from './enumeration.js';
export { errors as layoutErrors } from './errors.js';
export { bfloat16, type FloatFactory, float16, float32, float64 } from './float.js';
export {
  bfloat16ToNumber,
  decodeFloat16,
  encodeFloat16,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
} from './float16.js';
export { layoutFromDescription } from './from-description.js';
export { fromHdf5Type, type Hdf5Type, toHdf5Type } from './hdf5-type.js';
export {
  type IntegerFactory,
  type IntegerOptions,
  int8,
  int16,
  int24,
  int32,
  uint8,
  uint16,
  uint24,
  uint32,
} from './integer.js';
export { type Integer64Factory, type Integer64Options, int64, uint64 } from './integer64.js';
export type { Access, ElementArray, ElementArrayConstructor, Infer, Layout, Memory } from './layout.js';
export { fromNumpy, type NumpyDescr, type NumpyField, toNumpy } from './numpy.js';
export { type OptionalOptions, optional } from './optional.js';
export type { PlacedField, PlacementOptions } from './place-fields.js';
export type { Rows, RowsOptions } from './rows.js';
export { type Fields, type RecordOf, type Struct, struct } from './struct.js';
export { type TextOptions, text } from './text.js';
