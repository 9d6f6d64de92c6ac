export type { Operator } from './compare.js';
export type { Condition, Conditions } from './conditions.js';
export type { Conversion } from './converted-store.js';
export {
  type CreateOptions,
  createStrings,
  createVector,
  layoutOf,
  temporaryVector,
  widestText,
} from './create-vector.js';
export type { TableDescription, VectorDescription } from './describe.js';
export type { ElementKind, ElementStore, WritableArray } from './element-store.js';
export { errors as vectorErrors } from './errors.js';
export type { Histogram, HistogramOptions } from './histogram.js';
export {
  type ColumnArrays,
  createRecords,
  mapRecords,
  type RecordOptions,
  reopenRecords,
  temporaryRecords,
} from './map-records.js';
export {
  mapBits,
  mapStrings,
  mapVector,
  reopenVector,
  type StringVectorOptions,
  type VectorOptions,
} from './map-vector.js';
export type { Positions } from './positions.js';
export type { Columns, RecordTable } from './record-table.js';
export type { ScanOptions } from './scan.js';
export type { Range, Selection } from './selection.js';
export type { DimensionNames, Index, Order } from './shape.js';
export type { SliceOf } from './slice.js';
export type { StringOptions } from './string-store.js';
export type { MissingOptions, Summary } from './summing.js';
export type { Vector } from './vector.js';
