/* What a child process finds as `t`: the packages and what is done with them, in one bundle. */
export { BlockStorage } from '@terrane/blocks';
export { DatasetFileCache, warmUp } from '@terrane/dataset-cache';
export { openWith } from '@terrane/driver';
export { mmap } from '@terrane/driver-mmap';
export { sec2 } from '@terrane/drivers';
export { tryLockFile } from '@terrane/mmap';
export { ObjectStore } from '@terrane/objects';
export * from './code-of.fixture.js';
export * from './places.fixture.js';
export * from './subjects.fixture.js';
