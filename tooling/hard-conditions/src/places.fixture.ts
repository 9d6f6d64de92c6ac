import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { tryLockFile } from '@terrane/mmap';
import type { Place } from './subjects.fixture.js';

const flock = (fd: number, kind: 'shared' | 'exclusive') => tryLockFile(fd, { kind, style: 'flock' });

/** The ways to a file on the disk. `sec2` alone has no locks; with `flock` it locks when writing begins. */
export const places: Record<'sec2' | 'flock' | 'mmap', (name: string) => Place> = {
  sec2: (name) => ({ driver: sec2, name }),
  flock: (name) => ({ driver: onDemand, name, resources: { flock } }),
  mmap: (name) => ({ driver: mmap, name }),
};

/** Locks for as long as something is written, not for as long as the file is open. */
const onDemand: typeof sec2 = {
  ...sec2,
  open: (spec, resources) => sec2.open({ ...spec, options: { locking: false } }, resources),
};
