import type { AccessOptions, DriverFile, DriverInfo, Lease, LockLease, ReadRequest } from './driver-file.js';
import type { Mode, Out } from './mode.js';

/**
 * A driver's file with the whole surface: what the file does not offer is there, too, and refuses by name.
 * It is what `openWith`, a registry and `checked` return, and what everything above a driver works with.
 *
 * Every failure is a `TerraneError` that carries `op`, `driver`, `target` and, where there is one, `offset` and
 * `length`. Wrong arguments are a plain `TypeError` or `RangeError`. An aborted call fails with `signal.reason`.
 */
export interface CheckedFile<M extends Mode = Mode> extends DriverFile<M>, AsyncDisposable, Disposable {
  /** As of the driver; more bytes than `target` holds are never reported, fewer only at the end of the file. */
  read(position: number, target: Uint8Array, options?: AccessOptions): Out<M, number>;
  /** @throws IO_READ_ONLY when the manifest does not declare `write`. */
  write(position: number, source: Uint8Array, options?: AccessOptions): Out<M, void>;
  /** @throws IO_READ_ONLY when the manifest declares no `write`, IO_UNSUPPORTED when it declares no `truncate`. */
  truncate(size: number): Out<M, void>;
  /** Does nothing on a file that cannot be written. @throws IO_UNSUPPORTED when the manifest declares `write` without `flush`. */
  flush(): Out<M, void>;
  /** @throws IO_UNSUPPORTED when the manifest does not declare `view`. */
  view(position: number, length: number): Lease | undefined;
  /** Merges near neighbours by the file's hints when the driver has no way of its own. */
  readMany(requests: readonly ReadRequest[], options?: AccessOptions): Out<M, number[]>;
  /** @throws IO_UNSUPPORTED when the manifest does not declare `lock`, IO_LOCKED when somebody is in the way. */
  lock(kind: 'shared' | 'exclusive'): Out<M, LockLease>;
  /** @throws IO_UNSUPPORTED when the manifest does not declare `driverInfo`: one file needs none. */
  driverInfo(): Out<M, DriverInfo>;
  /** Waits for work in flight and ends all leases. When it fails the file stays open, and closing can be tried again. */
  close(): Out<M, void>;
  /** True once `close` was called, and until it failed. */
  readonly closed: boolean;
}

/** One finished call, as a trace hook sees it. */
export interface TraceEvent {
  readonly op: string;
  readonly driver: string;
  readonly target: string;
  readonly position?: number;
  readonly length?: number;
  readonly kind?: AccessOptions['kind'];
  /** Bytes read; absent for other operations and for failures. */
  readonly count?: number;
  readonly error?: unknown;
  readonly milliseconds: number;
}

/** Called after every operation of a checked file. What it throws is thrown to nobody. */
export type Trace = (event: TraceEvent) => void;

/** How a file is to be checked. */
export interface CheckOptions {
  readonly trace?: Trace;
  /** How long `close` waits for work that was aborted, in milliseconds; 5000 unless given. */
  readonly graceMilliseconds?: number;
}
