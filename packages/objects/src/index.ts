export { PersistentBuffer } from './buffer.js';
export type { NumberArray } from './buffer-format.js';
export { compareSchemas, type SchemaDifference } from './compare-schema.js';
export { errors } from './errors.js';
export type { FieldsOf, Infer, Input, InputOf, Live, ValueOf } from './infer.js';
export {
  type BufferKind,
  bool,
  buffer,
  bytes,
  date,
  type EnumKind,
  enumeration,
  type Fields,
  float32,
  float64,
  int8,
  int16,
  int32,
  int53,
  int64,
  type Kind,
  type ListKind,
  list,
  type MapKind,
  map,
  type OptionalKind,
  optional,
  type RefKind,
  ref,
  type ScalarKind,
  type ScalarName,
  type SetKind,
  type StructKind,
  type Structs,
  set,
  struct,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
  type WeakKind,
  weak,
} from './kinds.js';
export { PersistentList } from './list.js';
export { LiveObject, plain } from './live-object.js';
export { PersistentMap } from './map.js';
export { type BufferSource, type MemoryView, memoryView } from './memory-view.js';
export type { Transform } from './rebuild.js';
export { PersistentObject } from './record.js';
export { defineSchema, type Schema } from './schema.js';
export { PersistentSet } from './set.js';
export {
  type Migrated,
  type MigrateOptions,
  ObjectStore,
  type StoreOptions,
  type StoreStat,
} from './store.js';
export type { Collected } from './sweep.js';
export type { StoreProblem, Verified } from './verify.js';
