import type { MemoryKind } from './memory-kind.js';

/**
 * What an open file can do, promises and prefers, as frozen plain JSON that does not change while it is open.
 * Every statement is positive: what is absent is not offered.
 */
export interface Manifest {
  /** The driver's name. */
  readonly driver: string;
  /** What the file was opened as, for messages: a path, a URL, `"(memory)"`. */
  readonly target: string;
  readonly capabilities: Capabilities;
  readonly guarantees: Guarantees;
  readonly hints: Hints;
  /**
   * How the addresses that stand in the file lead to positions, ascending; without it they are the same.
   * Address `a` belongs to the last entry whose address is not above it, and lies at `position + (a − address)`.
   */
  readonly addresses?: readonly AddressRange[];
}

/** A stretch of a file's own address space, which may lie where no number reaches: HDF5's split files begin their raw data at 2^63 − 1. */
export interface AddressRange {
  /** The first address, in decimal digits. */
  readonly address: string;
  /** Where that lies for `read`, `write` and `view`. */
  readonly position: number;
  /** What is kept there. */
  readonly kinds: readonly MemoryKind[];
}

/** The optional operations this file really offers. */
export interface Capabilities {
  readonly write?: true;
  readonly truncate?: true;
  readonly flush?: true;
  readonly view?: true;
  readonly readMany?: true;
  readonly lock?: true;
  readonly driverInfo?: true;
  /** Reads and writes honour an `AbortSignal` while they run. */
  readonly signal?: true;
}

/** Promises that layers above may build on, after SQLite's device characteristics. */
export interface Guarantees {
  /** Writes of up to this many bytes, aligned to their size, happen entirely or not at all. */
  readonly atomicWriteBytes?: number;
  /** Writes reach the medium in the order they were made. */
  readonly orderedWrites?: true;
  /** After `flush` the bytes survive loss of power. */
  readonly durableFlush?: true;
  /** What one `flush` makes durable appears on the medium entirely or not at all. */
  readonly atomicFlush?: true;
  /** Nobody can change the bytes while the file is open. */
  readonly immutable?: true;
  /** Other processes see what is written, and this one sees theirs. */
  readonly shared?: true;
}

/** Advice for whoever plans reads. */
export interface Hints {
  /** The smallest read that is worth a trip, in bytes. */
  readonly blockBytes?: number;
  /** Gaps up to this many bytes are cheaper to read than to skip. */
  readonly mergeGapBytes?: number;
  readonly latency?: 'memory' | 'local' | 'remote';
}
