export { type AddressMap, addressMapOf } from './address-map.js';
export { defineManifest } from './check-manifest.js';
export { checked } from './checked.js';
export type { CheckedFile, CheckOptions, Trace, TraceEvent } from './checked-file.js';
export { deriveFile, type FileChanges } from './derive-file.js';
export type { Driver, OpenMode, Resources, Spec } from './driver.js';
export type {
  AccessOptions,
  DriverFile,
  DriverInfo,
  Lease,
  LockLease,
  ReadRequest,
} from './driver-file.js';
export { driverErrors, ioErrors } from './errors.js';
export type { AddressRange, Capabilities, Guarantees, Hints, Manifest } from './manifest.js';
export { type MemoryDriver, memoryDriver } from './memory-driver.js';
export { MemoryFile, MemoryStore } from './memory-file.js';
export type { MemoryKind } from './memory-kind.js';
export { always, chain, isPromise, type Mode, type Out, settled } from './mode.js';
export { type OpenIntent, openIntent } from './open-mode.js';
export { contractVersion, openWith } from './open-with.js';
export { parseUrl, schemeOf } from './parse-url.js';
export { readFullyAsync, readFullySync } from './read-fully.js';
export { readManyAsync, readManySync } from './read-many.js';
export { createRegistry, type LazyDriver, type Registry } from './registry.js';
