export type { Driver, OpenMode, Resources, Spec } from './driver.js';
export type { AccessOptions, DriverFile, Lease, LockLease, MemoryKind, ReadRequest } from './driver-file.js';
export type { Capabilities, Guarantees, Hints, Manifest } from './manifest.js';
export { always, chain, type Mode, type Out } from './mode.js';
