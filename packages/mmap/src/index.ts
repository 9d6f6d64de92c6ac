export { type Advice, supportedAdvice } from './advice.js';
export type { FileIdentity, MappingKind, WaitResult } from './backing.js';
export type { MappingDescription } from './describe.js';
export { errors as mmapErrors } from './errors.js';
export { type FileLock, type LockOptions, lockFile, type TryLockOptions, tryLockFile } from './file-lock.js';
export { type FileSource, map, mapAnonymous, reopen } from './map.js';
export type { MapMode, MapOptions, MemoryOptions } from './map-options.js';
export type { Mapping } from './mapping.js';
export type { Pin } from './pin.js';
export {
  type MutexAsyncOptions,
  type MutexHold,
  type MutexOptions,
  mutexBytes,
  type SharedMutex,
} from './shared-mutex.js';
export type { SharedWords } from './shared-words.js';
export { allocationGranularity, memoryUsage, nativeProblem, pageSize } from './system-info.js';
export type { Bytes, ViewConstructor } from './view-types.js';
