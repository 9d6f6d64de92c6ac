import type { Driver } from '@terrane/driver';
import { openCore } from './core/open-core.js';

export type { ImageUse } from './core/image.js';
export { type ByteSource, imageOf } from './core/image-of.js';
export type { CoreOptions } from './core/open-core.js';

/**
 * Files in memory: loaded from the disk or from an image, and saved, or not, as `backingStore` says.
 *
 * - Options: `backingStore` (default: true for a file with a name), `increment` (least growth in bytes),
 *   `imageUse` (`copy-on-write`, `copy` or `adopt`), `flushWhole` (see {@link CoreOptions}). Resources: `image` (bytes to start with), `fs`.
 * - With the backing store off neither a descriptor nor a lock is kept and nothing is ever written; two such
 *   files of one name have nothing to do with each other.
 * - With it on, a save replaces the disk file as a whole, atomically; IO_CHANGED when somebody else wrote to it.
 */
export const core: Driver<'sync'> = Object.freeze({
  name: 'core',
  contract: 1,
  mode: 'sync',
  schemes: ['core'],
  aliases: ['H5FD_CORE'],
  options: ['backingStore', 'increment', 'imageUse', 'flushWhole'],
  resources: ['image', 'fs'],
  open: openCore,
} satisfies Driver<'sync'>);
