import { native } from './native-binding.js';

/** Bytes in a page of memory: what the system maps, protects and flushes at once. 4096 where nothing can be mapped. */
export const pageSize: number = native.binding === undefined ? 4096 : native.system.pageSize;

/** Bytes that a map's place in a file is a multiple of, to the system. Callers of this package need not care. */
export const allocationGranularity: number = native.binding === undefined ? 4096 : native.system.granularity;

/** Why nothing can be mapped here, or `undefined` when it can: then mappings are copies. */
export const nativeProblem: string | undefined = native.binding === undefined ? native.reason : undefined;

/** Address space that mappings of this process hold, in all its threads. */
export interface MemoryUsage {
  /** Mapped ranges, and the bytes of address space they take. */
  readonly regions: number;
  readonly regionBytes: number;
  /** Ranges that were closed, and are kept from being used again for a while, because something may still point there. */
  readonly quarantined: number;
  readonly quarantinedBytes: number;
}

/** What is mapped now. Zeros where nothing can be mapped. */
export function memoryUsage(): MemoryUsage {
  return native.binding?.usage() ?? { regions: 0, regionBytes: 0, quarantined: 0, quarantinedBytes: 0 };
}
