import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** A region of the addon. Opaque. */
export type RegionHandle = { readonly __region: never };

/** A file opened for one lock. Opaque. */
export type LockHandle = { readonly __lock: never };

/** What the addon offers to this package; `src/native/addon*.cc` says more on each. */
export interface NativeBinding {
  probe(): {
    pageSize: number;
    granularity: number;
    externalBuffers: boolean;
    takesDescriptors: boolean;
    advice: string[];
  };
  flags(): Uint32Array;
  usage(): { regions: number; regionBytes: number; quarantined: number; quarantinedBytes: number };
  guard(): void;
  open(
    descriptor: number,
    access: number,
    offset: number,
    length: number,
    reserve: number,
    populate: boolean,
    noReserve: boolean,
  ): RegionHandle;
  reopen(region: RegionHandle, length: number, reserve: number): RegionHandle;
  slot(region: RegionHandle): number;
  window(region: RegionHandle, offset: number, length: number): ArrayBuffer;
  detach(buffer: ArrayBuffer): boolean;
  retire(region: RegionHandle): void;
  grow(region: RegionHandle, length: number): boolean;
  shrink(region: RegionHandle, fileSize: number, length: number, reserve: number): RegionHandle;
  reach(region: RegionHandle): number;
  fileSize(region: RegionHandle): number;
  resizeFile(region: RegionHandle, before: number, after: number, allocate: boolean): void;
  resizeDescriptor(descriptor: number, before: number, after: number, allocate: boolean): void;
  verify(region: RegionHandle): void;
  descriptor(region: RegionHandle): number;
  flush(region: RegionHandle, offset: number, length: number, wait: boolean): void;
  flushAsync(region: RegionHandle, offset: number, length: number): Promise<void>;
  advise(region: RegionHandle, offset: number, length: number, advice: number): void;
  protect(region: RegionHandle, offset: number, length: number, write: boolean): void;
  lock(region: RegionHandle, offset: number, length: number): void;
  unlock(region: RegionHandle, offset: number, length: number): void;
  residency(region: RegionHandle, offset: number, length: number): Uint8Array<ArrayBuffer>;
  punchHole(region: RegionHandle, offset: number, length: number): void;
  wait(region: RegionHandle, offset: number, expected: number, milliseconds: number): number;
  waitAsync(
    region: RegionHandle,
    offset: number,
    expected: number,
    milliseconds: number,
    done: (result: number) => void,
  ): () => void;
  wake(region: RegionHandle, offset: number, count: number): number;
  mutexTry(region: RegionHandle, offset: number): number;
  mutexLock(region: RegionHandle, offset: number, milliseconds: number): number;
  mutexPrepare(region: RegionHandle, offset: number): number;
  mutexUnlock(region: RegionHandle, offset: number): boolean;
  lockOpen(source: RegionHandle | number, write: boolean): LockHandle;
  lockTake(descriptor: number): LockHandle;
  lockTry(lock: LockHandle, whole: boolean, offset: number, length: number, exclusive: boolean): boolean;
  lockClose(lock: LockHandle): void;
}

/** The addon when there is one. */
export type NativeAddon = Extract<NativeState, { binding: NativeBinding }>;

/** The addon and what it knows about this system, or the reason why there is none. */
export type NativeState =
  | {
      readonly binding: NativeBinding;
      readonly system: ReturnType<NativeBinding['probe']>;
      /** A word of flags for every slot of the guard. */
      readonly flags: Uint32Array;
    }
  | { readonly binding?: undefined; readonly reason: string };

/**
 * Loads the addon, once: a build of this machine, or the prebuilt one of its platform. It counts as absent when no
 * binary loads, when the runtime forbids memory that it did not allocate, and when `TERRANE_MMAP_NATIVE=0`.
 */
export const native: NativeState = load();

function load(): NativeState {
  if (process.env.TERRANE_MMAP_NATIVE === '0') return { reason: 'TERRANE_MMAP_NATIVE=0' };
  try {
    const require = createRequire(import.meta.url);
    const root = dirname(require.resolve('@terrane/mmap/package.json'));
    const binding = require('node-gyp-build')(root) as NativeBinding;
    const system = binding.probe();
    if (!system.externalBuffers) return { reason: 'this runtime forbids external ArrayBuffers' };
    return { binding, system, flags: binding.flags() };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
