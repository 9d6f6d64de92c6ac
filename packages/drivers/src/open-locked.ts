import type { OpenIntent } from '@terrane/driver';
import { Descriptor } from './descriptor.js';
import type { FileLocks } from './file-locks.js';
import type { FileSystem } from './node-fs.js';

/**
 * Opens a file and takes the lock that goes with it, if one does. A file that is to be emptied is emptied only once
 * the lock is held: HDF5 itself has destroyed files that way which somebody else was writing.
 */
export function openLocked(fs: FileSystem, name: string, intent: OpenIntent, locks: FileLocks): Descriptor {
  if (!locks.onOpen) return Descriptor.open(fs, name, intent);
  const descriptor = Descriptor.open(fs, name, { ...intent, empty: false });
  try {
    locks.take(descriptor, intent.write ? 'exclusive' : 'shared');
    if (intent.empty) descriptor.truncate(0);
    return descriptor;
  } catch (error) {
    descriptor.close();
    throw error;
  }
}
