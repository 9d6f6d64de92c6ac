export type { CacheCounters } from './cache-core.js';
export type { BlockKey } from './cache-entry.js';
export {
  chunkGrid,
  chunkNumber,
  chunksOf,
  type Dataset,
  type DatasetId,
  type ReadChunkOptions,
} from './dataset.js';
export {
  type CacheOptions,
  type CacheStat,
  type CreateOptions,
  DatasetFileCache,
  type OpenOptions,
} from './dataset-file-cache.js';
export { type ArrayData, arrayDataset, fileDataset } from './dataset-of.js';
export { errors } from './errors.js';
export { type WarmUpOptions, type WarmUpProgress, warmUp } from './warm-up.js';
