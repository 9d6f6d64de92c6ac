import type { Manifest } from './manifest.js';
import type { MemoryKind } from './memory-kind.js';
import type { Mode, Out } from './mode.js';

/** Options of one read or write. */
export interface AccessOptions {
  readonly kind?: MemoryKind;
  /** What is written will be flushed soon: a driver may begin with it meanwhile, and promises nothing. */
  readonly flushSoon?: boolean;
  readonly signal?: AbortSignal;
}

/** One of several ranges to read at once: bytes `position … position + target.length` into `target`. */
export interface ReadRequest {
  readonly position: number;
  readonly target: Uint8Array;
  readonly kind?: MemoryKind;
}

/** Bytes on loan. After `release` they are unreachable, not dangling. Releasing twice is harmless. */
export interface Lease extends Disposable {
  readonly bytes: Uint8Array;
  release(): void;
}

/** A lock that is held until it is released. Releasing twice is harmless. */
export interface LockLease extends Disposable {
  readonly kind: 'shared' | 'exclusive';
  release(): void;
}

/** What a file over several members must say of itself in HDF5's superblock, so that it can be opened again. */
export interface DriverInfo {
  /** Eight characters: `NCSAmult`, `NCSAfami`. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * An open file of a driver. Positions are absolute and stateless: there is no cursor.
 *
 * Only what the manifest declares needs to be there; the checking wrapper refuses the rest by name.
 */
export interface DriverFile<M extends Mode = Mode> {
  readonly mode: M;
  readonly manifest: Manifest;
  /** Length of the file in bytes. */
  size(): Out<M, number>;
  /** Fills `target` from `position` and returns how many bytes there were: clamped at the end, never padded, 0 at or past it. */
  read(position: number, target: Uint8Array, options?: AccessOptions): Out<M, number>;
  /** Writes all of `source`; a gap between the old end and `position` reads as zeros. */
  write?(position: number, source: Uint8Array, options?: AccessOptions): Out<M, void>;
  /** Sets the length; what is gained reads as zeros. */
  truncate?(size: number): Out<M, void>;
  /** All that was written before is durable, or as durable as the manifest says, when this returns. */
  flush?(): Out<M, void>;
  /** The bytes themselves, without a copy, clamped at the end; or `undefined` when this range cannot be shared. */
  view?(position: number, length: number): Lease | undefined;
  /** Several reads at once; answers the counts, in the order asked. */
  readMany?(requests: readonly ReadRequest[], options?: AccessOptions): Out<M, number[]>;
  /** Keeps other openers out, or other writers; refused at once when somebody else is in the way. */
  lock?(kind: 'shared' | 'exclusive'): Out<M, LockLease>;
  /** The content of HDF5's driver information block, as of now. */
  driverInfo?(): Out<M, DriverInfo>;
  /** Idempotent. What was written is kept as the driver's options say. */
  close(): Out<M, void>;
}
