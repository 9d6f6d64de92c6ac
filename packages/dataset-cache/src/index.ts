export type { CallOptions } from './abortable.js';
export {
  type AdapterOptions,
  type ArrayData,
  arrayDataset,
  type TypedData,
  type VectorLike,
  vectorDataset,
} from './array-dataset.js';
export type { AttachedDataset } from './attach.js';
export type { BlockKey } from './block-key.js';
export type { CacheCounters } from './cache-counters.js';
export type { CacheEvents, CommitEvent, RenewEvent, ValueEvent } from './cache-events.js';
export type { CacheOptions, CreateOptions, OpenOptions } from './cache-options.js';
export type { CacheStat } from './cache-stat.js';
export { chunkGrid, chunkNumber, chunksOf, countChunks } from './chunk-grid.js';
export type { Codec } from './codec.js';
export type { Dataset, DatasetId, ReadChunkOptions, Region } from './dataset.js';
export { DatasetFileCache } from './dataset-file-cache.js';
export { deflate } from './deflate.js';
export { errors } from './errors.js';
export { type BytesOptions, type FileArrayOptions, fileDataset } from './file-dataset.js';
export { type Hdf5DatasetLike, hdf5Dataset } from './hdf5-dataset.js';
export type { PrefetchOptions, PrefetchResult } from './prefetch.js';
export { type WarmUpOptions, type WarmUpProgress, warmUp } from './warm-up.js';
