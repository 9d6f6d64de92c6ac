export { PersistentBuffer } from './collections/buffer.js';
export type { NumberArray } from './collections/buffer-format.js';
export { PersistentDefaultMap } from './collections/default-map.js';
export { PersistentList } from './collections/list.js';
export { PersistentMap } from './collections/map.js';
export {
  type BufferSource,
  type MemoryView,
  memoryView,
  type ViewOptions,
} from './collections/memory-view.js';
export { PersistentSet } from './collections/set.js';
export { PersistentSortedList } from './collections/sorted-list.js';
export { PersistentSortedMap } from './collections/sorted-map.js';
export type { Bounds } from './collections/tree-range.js';
export { errors } from './errors.js';
export type { Change, CommitEvent, StoreEvents, WatchOptions } from './events/change-events.js';
export type { PathStep } from './events/path-pattern.js';
export { Edges } from './graph/edges.js';
export { StoreIndex } from './indexes/store-index.js';
export { equals } from './live/equals.js';
export { hashOf } from './live/hash-of.js';
export { LiveObject, plain } from './live/live-object.js';
export { PersistentObject } from './live/record.js';
export { compareSchemas, type SchemaDifference } from './schema/compare-schema.js';
export type { IndexInput, IndexRule } from './schema/index-rule.js';
export type { EdgesAt, EdgesOf, FieldsOf, Infer, Input, InputOf, Live, ValueOf } from './schema/infer.js';
export {
  type BufferKind,
  bool,
  buffer,
  bytes,
  type DefaultMapKind,
  date,
  defaultMap,
  type EdgeEnds,
  type EnumKind,
  enumeration,
  type Fields,
  float32,
  float64,
  type InternedKind,
  int8,
  int16,
  int32,
  int53,
  int64,
  interned,
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
  type SortedListKind,
  type SortedMapKind,
  type StructKind,
  type StructOptions,
  type Structs,
  set,
  sortedList,
  sortedMap,
  struct,
  text,
  type UnionKind,
  uint8,
  uint16,
  uint32,
  uint64,
  union,
  type WeakKind,
  weak,
} from './schema/kinds.js';
export { defineSchema, type Methods, type Schema } from './schema/schema.js';
export { type MethodsFor, type WithMethods, withMethods } from './schema/with-methods.js';
export type { DanglingReference } from './store/dangling.js';
export type { Migrated, MigrateOptions } from './store/migrate.js';
export type { StoreOptions } from './store/open-store.js';
export type { Transform } from './store/rebuild.js';
export { Snapshot } from './store/snapshot.js';
export type { StoreStat } from './store/stat.js';
export { type LoadOptions, ObjectStore } from './store/store.js';
export type { Collected } from './store/sweep.js';
export type { StoreProblem, Verified } from './store/verify.js';
