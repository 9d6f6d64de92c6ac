import { native } from './native-binding.js';

/** Bytes in a page of memory: what the system maps, protects and flushes at once. 4096 where nothing can be mapped. */
export const pageSize: number = native.binding === undefined ? 4096 : native.system.pageSize;

/** Bytes that a map's place in a file is a multiple of, to the system. Callers of this package need not care. */
export const allocationGranularity: number = native.binding === undefined ? 4096 : native.system.granularity;

/** Why nothing can be mapped here, or `undefined` when it can: then mappings are copies. */
export const nativeProblem: string | undefined = native.binding === undefined ? native.reason : undefined;
