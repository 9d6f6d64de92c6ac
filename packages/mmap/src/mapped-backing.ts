import type { Backing } from './backing.js';
import type { MapMode } from './map-options.js';
import type { NativeAddon, NativeBinding, RegionHandle } from './native-binding.js';
import { systemError } from './system-error.js';

/** The numbers of `enum class Access` in `src/native/system.h`. */
const accessOf: Record<MapMode, number> = { read: 0, 'read-write': 2, 'copy-on-write': 3 };

/** Flags of the guard's table, `src/native/guard.h`. */
const torn = 1;

/** What {@link mappedBacking} needs to know. */
export interface MappedRequest {
  readonly descriptor: number;
  readonly target: string | undefined;
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number;
}

/** Bytes that the system maps, through the addon. */
export function mappedBacking({ binding, flags }: NativeAddon, request: MappedRequest): Backing {
  const region = open(binding, request);
  const slot = region === undefined ? -1 : binding.slot(region);
  return {
    kind: 'mapped',
    // An empty range has no pages, and needs none.
    window: (offset, length) =>
      region === undefined || length === 0 ? new ArrayBuffer(0) : binding.window(region, offset, length),
    detach: (buffer) => {
      binding.detach(buffer);
    },
    torn: () => slot >= 0 && (flags[slot]! & torn) !== 0,
    close: () => {
      if (region !== undefined) binding.retire(region);
    },
  };
}

function open(binding: NativeBinding, request: MappedRequest): RegionHandle | undefined {
  const { descriptor, target, mode, offset, length } = request;
  if (length === 0) return undefined;
  try {
    return binding.open(descriptor, accessOf[mode], offset, length, 0, false, false);
  } catch (error) {
    throw systemError(error, { op: 'map', target, offset, length });
  }
}
