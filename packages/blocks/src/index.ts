export {
  BlockIndex,
  type IndexFormat,
  type IndexOptions,
  type IndexOrder,
  type Values,
} from './block-index.js';
export type { BlockInfo } from './block-info.js';
export { BlockStorage, type StorageOptions, type StorageStat } from './block-storage.js';
export { crc32 } from './crc32.js';
export { errors } from './errors.js';
export type { Repaired } from './repair.js';
export { answer, run, type Steps, Turns } from './steps.js';
export type { Bound, Range } from './tree.js';
export type { Problem } from './verify.js';
export { WordSlot } from './word-slot.js';
