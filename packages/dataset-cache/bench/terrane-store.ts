import { join } from 'node:path';
import { DatasetFileCache } from '@terrane/dataset-cache';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { tryLockFile } from '@terrane/mmap';
import { blockBytes } from './make-block.js';
import { batch, type Store, type StoreOptions } from './store.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const keyOf = (number: number) => ({ guid, revision: 1, level: 0, number });
// As for files that several processes use: all stores here lock. Without a lock it looks for other writers before every write.
const flock = (fd: number, kind: 'shared' | 'exclusive') => tryLockFile(fd, { kind, style: 'flock' });
const drivers = {
  'terrane-mmap': { driver: mmap },
  'terrane-sec2': { driver: sec2, resources: { flock }, driverOptions: { locking: false } },
} as const;

/** The cache over a mapped file, or over positional reads and writes. */
export function terraneStore(name: keyof typeof drivers, options: StoreOptions): Store {
  const { folder, readOnly = false, bound = 256 << 20 } = options;
  const opening = drivers[name];
  const path = join(folder, `${name}.hgc`);
  const cache = readOnly
    ? DatasetFileCache.open(path, { ...opening, readOnly })
    : DatasetFileCache.createOrOpen(path, {
        ...opening,
        maximumFileSize: bound,
        batchBytes: Math.min(batch * blockBytes, bound / 16),
      });
  return {
    name,
    put: (number, bytes) => cache.put(keyOf(number), bytes),
    flush: () => cache.flush(),
    get: (number) => cache.get(keyOf(number)),
    into: (number, target) => cache.getInto(keyOf(number), target),
    ...(opening.driver === mmap && {
      view(number: number) {
        const lease = cache.view(keyOf(number));
        const first = lease?.bytes[0];
        lease?.release();
        return first;
      },
    }),
    close: () => cache.close(),
  };
}
