import { type Backing, waitResults } from './backing.js';
import { errors } from './errors.js';
import type { MapMode } from './map-options.js';
import type { NativeAddon, NativeBinding, RegionHandle } from './native-binding.js';
import { systemError } from './system-error.js';

/** The numbers of `enum class Access` in `src/native/system.h`. */
const accessOf: Record<MapMode | 'strict', number> = {
  read: 0,
  strict: 1,
  'read-write': 2,
  'copy-on-write': 3,
};

/** Flags of the guard's table, `src/native/guard.h`. */
const tornFlag = 1;
const strayStoreFlag = 2;

/** A region that has to grow beyond its addresses gets this many for its next growths: addresses cost nothing. */
const leastReserve = 2 ** 28;

/** What {@link mappedBacking} needs to know. */
export interface MappedRequest {
  /** -1 for memory without a file. */
  readonly descriptor: number;
  readonly target: string | undefined;
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number;
  readonly strict: boolean;
  readonly reserve: number;
  readonly populate: boolean;
  readonly noReserve: boolean;
}

/** Bytes that the system maps, through the addon. The descriptor is the caller's: the addon keeps its own. */
export function mappedBacking({ binding, flags, system }: NativeAddon, request: MappedRequest): Backing {
  const { target, offset: fileOffset } = request;
  const call = <Result>(op: string, run: () => Result, offset = 0, length = 0): Result => {
    try {
      return run();
    } catch (error) {
      throw systemError(error, { op, target, offset, length });
    }
  };
  // The last is current; the ones before it stay, because views of them do.
  const regions: { readonly region: RegionHandle; readonly slot: number; length: number }[] = [];
  let region = use(
    call('map', () => open(binding, request)),
    request.length,
  );
  let length = request.length;
  let reach = binding.reach(region);
  const flagged = (flag: number): boolean => {
    for (const { slot } of regions) if ((flags[slot]! & flag) !== 0) return true;
    return false;
  };

  return {
    kind: 'mapped',
    window: (offset, size) => (size === 0 ? new ArrayBuffer(0) : binding.window(region, offset, size)),
    peek: () => false,
    reach: () => reach,
    detach: (buffer) => {
      binding.detach(buffer);
    },
    torn: () => flagged(tornFlag),
    strayStore: () => flagged(strayStoreFlag),
    verify: () => call('verify', () => binding.verify(region)),
    flush: (offset, size, wait) =>
      call('flush', () => size > 0 && binding.flush(region, offset, size, wait), offset, size),
    flushAsync: async (offset, size) => {
      if (size === 0) return;
      await binding.flushAsync(region, offset, size).catch((error: unknown) => {
        throw systemError(error, { op: 'flush', target, offset, length: size });
      });
    },
    advise: (offset, size, advice) => {
      const index = system.advice.indexOf(advice);
      if (index < 0) throw unsupported(`this system knows no advice "${advice}"`, 'advise');
      everywhere('advise', offset, size, (each, part) => binding.advise(each, offset, part, index));
    },
    protect: (offset, size, write) =>
      everywhere('protect', offset, size, (each, part) => binding.protect(each, offset, part, write)),
    lock: (offset, size) => call('lock', () => size > 0 && binding.lock(region, offset, size), offset, size),
    unlock: (offset, size) =>
      call('unlock', () => size > 0 && binding.unlock(region, offset, size), offset, size),
    residency: (offset, size) =>
      size === 0
        ? new Uint8Array(0)
        : call('residency', () => binding.residency(region, offset, size), offset, size),
    resize: (after, allocate) => call('resize', () => resize(after, allocate), 0, after),
    punchHole: (offset, size) =>
      call('punchHole', () => size > 0 && binding.punchHole(region, offset, size), offset, size),
    wait: (offset, expected, milliseconds) =>
      waitResults[binding.wait(region, offset, expected, milliseconds)]!,
    waitAsync: (offset, expected, milliseconds, done) =>
      binding.waitAsync(region, offset, expected, milliseconds, (result) => done(waitResults[result]!)),
    wake: (offset, count) => binding.wake(region, offset, count),
    mutexTry: (offset) => binding.mutexTry(region, offset),
    mutexLock: (offset, milliseconds) => binding.mutexLock(region, offset, milliseconds),
    mutexPrepare: (offset) => binding.mutexPrepare(region, offset),
    mutexUnlock: (offset) => binding.mutexUnlock(region, offset),
    descriptor: () => binding.descriptor(region),
    lockSource: () => region,
    close: () => {
      for (const used of regions) binding.retire(used.region);
    },
  };

  function use(fresh: RegionHandle, size: number): RegionHandle {
    regions.push({ region: fresh, slot: binding.slot(fresh), length: size });
    return fresh;
  }

  /** Does it to the part of every region that shows the range: older views are views of older regions. */
  function everywhere(
    op: string,
    offset: number,
    size: number,
    run: (each: RegionHandle, part: number) => void,
  ) {
    for (const each of regions) {
      const part = Math.min(size, each.length - offset);
      if (part > 0) call(op, () => run(each.region, part), offset, size);
    }
  }

  function resize(after: number, allocate: boolean): boolean {
    const bytes = binding.fileSize(region);
    const end = fileOffset + after;
    if (after >= length) {
      if (end > bytes) binding.resizeFile(region, bytes, end, allocate);
      if (!binding.grow(region, after)) {
        region = use(binding.reopen(region, after, Math.max(leastReserve, after * 4)), after);
      }
      regions.at(-1)!.length = after;
      length = after;
      reach = binding.reach(region);
      return true;
    }
    if (bytes > fileOffset + length) {
      throw errors.MAP_RANGE({
        message: `the file has ${bytes} bytes, more than the mapping: to shorten it would lose them`,
        op: 'resize',
        length: after,
      });
    }
    // No view of any of them is left, and a system may refuse to cut a file that is mapped.
    for (const old of regions.splice(0, regions.length - 1)) binding.retire(old.region);
    const shorter = binding.shrink(region, end, after, request.reserve);
    regions.length = 0;
    region = use(shorter, after);
    length = after;
    reach = binding.reach(region);
    return false;
  }
}

function open(binding: NativeBinding, request: MappedRequest): RegionHandle {
  const { descriptor, mode, offset, length, reserve, populate, noReserve, strict } = request;
  return binding.open(
    descriptor,
    accessOf[strict ? 'strict' : mode],
    offset,
    length,
    reserve,
    populate,
    noReserve,
  );
}

function unsupported(message: string, op: string) {
  return errors.MAP_UNSUPPORTED({ message, op });
}
