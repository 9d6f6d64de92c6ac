import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** A region of the addon. Opaque. */
export type RegionHandle = { readonly __region: never };

/** What the addon offers to this package; `src/native/addon*.cc` says more on each. */
export interface NativeBinding {
  probe(): { pageSize: number; granularity: number; externalBuffers: boolean; advice: string[] };
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
  slot(region: RegionHandle): number;
  window(region: RegionHandle, offset: number, length: number): ArrayBuffer;
  detach(buffer: ArrayBuffer): boolean;
  retire(region: RegionHandle): void;
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
