import type { RegionHandle } from './native-binding.js';

/** How a mapping's bytes come to be in memory: mapped by the system, or copied by reading. */
export type MappingKind = 'mapped' | 'copied';

/** The open file behind a mapping, as plain data: `device` and `inode` tell whether a name still leads to it. */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
}

/** Answers of {@link Backing.mutexTry} and {@link Backing.mutexLock}; `enum class MutexResult` in `src/native/mutex.h`. */
export const mutexResult = { locked: 0, recovered: 1, busy: 2, own: 3, foreign: 4 } as const;

/** Answers of {@link Backing.wait}, by number. */
export const waitResults = ['ok', 'not-equal', 'timed-out'] as const;

/** How a wait on a shared word ended. `"ok"` may be spurious, as with `Atomics.wait`. */
export type WaitResult = (typeof waitResults)[number];

/**
 * What a `Mapping` stands on. Ranges are checked before they come here and lie inside the mapping;
 * both kinds answer to the same calls, so that a program written for one runs on the other. A copy throws
 * MAP_UNSUPPORTED for what has no meaning on a copy.
 */
export interface Backing {
  readonly kind: MappingKind;
  /** An ArrayBuffer over these bytes. A copy has only the buffers of its segments. */
  window(offset: number, length: number): ArrayBuffer;
  /** Copies the range, which lies in one segment, into `target` when that takes no buffer; else false. */
  peek(offset: number, target: Uint8Array): boolean;
  /** Up to here a buffer may go past the end of the bytes, to stay good when they become more; then zeros follow them. */
  reach(): number;
  /** Makes every view of the buffer empty. */
  detach(buffer: ArrayBuffer): void;
  /** True once bytes of the file went missing. Costs no call. */
  torn(): boolean;
  /** True once a store hit write-protected pages. Costs no call. */
  strayStore(): boolean;
  /** Compares with the file: a file that became shorter makes the backing torn. */
  verify(): void;
  flush(offset: number, length: number, wait: boolean): void;
  flushAsync(offset: number, length: number): Promise<void>;
  advise(offset: number, length: number, advice: string): void;
  protect(offset: number, length: number, write: boolean): void;
  lock(offset: number, length: number): void;
  unlock(offset: number, length: number): void;
  residency(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /**
   * Gives file and backing another length. True when buffers handed out before are still good. Before a map becomes
   * shorter, its buffers are detached.
   */
  resize(length: number, allocate: boolean): boolean;
  punchHole(offset: number, length: number): void;
  wait(offset: number, expected: number, milliseconds: number): WaitResult;
  /** Calls back with the result; returns what abandons the wait. */
  waitAsync(
    offset: number,
    expected: number,
    milliseconds: number,
    done: (result: WaitResult) => void,
  ): () => void;
  wake(offset: number, count: number): number;
  mutexTry(offset: number): number;
  mutexLock(offset: number, milliseconds: number): number;
  /** The word to wait for a change of, until the mutex can be had. */
  mutexPrepare(offset: number): number;
  mutexUnlock(offset: number): boolean;
  /** The number of the file in this process, where files have one. */
  descriptor(): number | undefined;
  /** What the addon needs to open the file again for a lock, or undefined for a copy. */
  lockSource(): RegionHandle | undefined;
  /** Lets go of file and memory. */
  close(): void;
}
