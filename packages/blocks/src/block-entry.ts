import { getUint64, setUint64 } from './bytes.js';
import type { Extent } from './free-space.js';
import type { EntryOrder } from './search-node.js';
import type { EntryFormat } from './tree-node.js';

/** A block: where it lies. `address` is 0 for a block that was never written, which reads as zeros. */
export interface BlockEntry {
  readonly id: number;
  readonly address: number;
  /** In bytes, as asked for. */
  readonly size: number;
}

/** Blocks and free chunks begin at multiples of this and take multiples of it: a cache line, and any typed array fits. */
export const unitBytes = 64;

/** Allocations, 24 bytes: id, address, size. */
export const blockFormat: EntryFormat<BlockEntry> = {
  bytes: 24,
  read: (view, at) => ({
    id: getUint64(view, at),
    address: getUint64(view, at + 8),
    size: getUint64(view, at + 16),
  }),
  write(view, at, { id, address, size }) {
    setUint64(view, at, id);
    setUint64(view, at + 8, address);
    setUint64(view, at + 16, size);
  },
};

export const blockOrder: EntryOrder<BlockEntry, number> = {
  keyOf: ({ id }) => id,
  compare: (key, { id }) => key - id,
  compareAt: (key, view, at) => key - getUint64(view, at),
};

/** Free chunks, 16 bytes: address, size. */
export const extentFormat: EntryFormat<Extent> = {
  bytes: 16,
  read: (view, at) => ({ address: getUint64(view, at), size: getUint64(view, at + 8) }),
  write(view, at, { address, size }) {
    setUint64(view, at, address);
    setUint64(view, at + 8, size);
  },
};

export const extentOrder: EntryOrder<Extent, number> = {
  keyOf: ({ address }) => address,
  compare: (key, { address }) => key - address,
  compareAt: (key, view, at) => key - getUint64(view, at),
};
