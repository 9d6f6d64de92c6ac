import { closeSync, constants, fstatSync, ftruncateSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isTerraneError } from '@terrane/errors';
import type { Backing } from './backing.js';
import { copiedBacking } from './copied-backing.js';
import {
  checkIdentity,
  describeMapping,
  identityOf,
  type MappingDescription,
  pathOfDescription,
} from './describe.js';
import { errors } from './errors.js';
import { watchSignals } from './guard-watch.js';
import {
  byteCount,
  type CheckedOptions,
  checkMapOptions,
  checkMemoryOptions,
  type MapOptions,
  type MemoryOptions,
} from './map-options.js';
import { mappedBacking } from './mapped-backing.js';
import { Mapping } from './mapping.js';
import { type NativeAddon, native } from './native-binding.js';
import { systemError } from './system-error.js';

/** Longest single buffer: element 2^31 of an array is a cliff in every engine. */
const wholeSize = 2 ** 31 - 65_536;
const defaultSegmentSize = 2 ** 30;

/** What {@link map} takes for a file: its path, a `file:` URL, or an open descriptor. */
export type FileSource = string | URL | number;

/** A file that was opened for a mapping. */
interface Opened {
  readonly descriptor: number;
  /** Ours to close, not the caller's. */
  readonly own: boolean;
  readonly path: string | undefined;
}

/**
 * Maps a file, or a range of it.
 *
 * @param source path, `file:` URL, or descriptor; a descriptor stays open and stays the caller's.
 * @throws MAP_OPEN when it cannot be opened or is not a regular file, MAP_RANGE when the range is not inside it,
 *   MAP_NO_SPACE when `create` finds the disk full, MAP_SYSTEM when the system refuses,
 *   MAP_UNSUPPORTED when `kind: "mapped"` cannot be had.
 */
export function map(source: FileSource, options?: MapOptions): Mapping {
  const checked = checkMapOptions(options);
  if (typeof source === 'number')
    return use({ descriptor: descriptorOf(source), own: false, path: undefined }, checked);
  const path = pathOf(source);
  return use({ descriptor: openFile(path, checked), own: true, path }, checked);
}

/**
 * Memory that is no file, zeros at first: read-write, shared with the workers and processes that {@link reopen} it.
 *
 * @throws MAP_NO_SPACE, MAP_SYSTEM, MAP_UNSUPPORTED
 */
export function mapAnonymous(bytes: number | bigint, options?: MemoryOptions): Mapping {
  const checked = checkMemoryOptions(options);
  const length = byteCount(bytes, 'bytes');
  return make({ descriptor: -1, own: false, path: undefined }, checked, length);
}

/**
 * Makes the mapping that a description tells of, in this thread or process.
 *
 * @throws MAP_CHANGED when the description leads to another file by now; otherwise as {@link map}.
 */
export function reopen(description: MappingDescription): Mapping {
  if (description?.terrane !== 'mapping') throw new TypeError('not the description of a mapping');
  const {
    terrane: _brand,
    path,
    process: _owner,
    descriptor: _number,
    identity: _identity,
    ...options
  } = description;
  const checked = checkMapOptions(options);
  const file = pathOfDescription(description);
  const opened = { descriptor: openFile(file, checked), own: true, path };
  return use(opened, checked, (descriptor) => checkIdentity(descriptor, description));
}

function use(opened: Opened, checked: CheckedOptions, inspect?: (descriptor: number) => void): Mapping {
  let kept = false;
  try {
    inspect?.(opened.descriptor);
    const length = provideRange(opened, checked);
    const mapping = make(opened, checked, length);
    kept = mapping.kind === 'copied';
    return mapping;
  } finally {
    if (opened.own && !kept) closeSync(opened.descriptor);
  }
}

function make({ descriptor, own, path }: Opened, checked: CheckedOptions, length: number): Mapping {
  const { mode, offset, strict, reserve, populate, noReserve, sparse } = checked;
  const whole = checked.segmentSize ?? wholeSize;
  const segmentSize = length <= whole ? whole : (checked.segmentSize ?? defaultSegmentSize);
  const request = { descriptor, target: path, mode, offset, length };
  const addon = addonFor(checked);
  let backing: Backing;
  let closeCopy = () => {};
  if (addon === undefined) {
    const kept = own ? descriptor : ownDescriptor(descriptor, checked);
    if (own || kept !== descriptor) closeCopy = once(() => closeSync(kept));
    backing = copiedBacking({ ...request, descriptor: kept, segmentSize, close: closeCopy });
  } else {
    watchSignals(addon.binding);
    backing = mappedBacking(addon, { ...request, strict, reserve, populate, noReserve });
    if (checked.hugePages) askForHugePages(backing, length);
  }
  const number = descriptor >= 0 ? descriptor : (backing.descriptor() ?? -1);
  const identity = number < 0 ? { device: '', inode: '' } : identityOf(number);
  const { kind } = backing;
  const mapping = new Mapping({
    ...{ backing, mode, target: path, offset, length, segmentSize, wholeSize: whole, sparse },
    describe: (now) => describeMapping(checked, kind, now, path, backing.descriptor(), identity),
  });
  if (kind === 'copied') forgotten.register(mapping, closeCopy);
  return mapping;
}

/**
 * The caller may close a descriptor, and get its number again for another file: a copy needs one of its own. Windows
 * cannot give one; there the caller's has to stay open.
 */
function ownDescriptor(descriptor: number, { mode }: CheckedOptions): number {
  if (descriptor < 0 || process.platform === 'win32') return descriptor;
  const flags = mode === 'read-write' ? constants.O_RDWR : constants.O_RDONLY;
  return attempt('open', `descriptor ${descriptor}`, () => openSync(`/dev/fd/${descriptor}`, flags));
}

/** @throws MAP_UNSUPPORTED where the system knows no huge pages. That it has none for this file is no error. */
function askForHugePages(backing: Backing, length: number): void {
  try {
    backing.advise(0, length, 'hugepage');
  } catch (error) {
    if (!isTerraneError(error, 'MAP_SYSTEM')) throw error;
  }
}

/** A map that is forgotten is unmapped by the addon; a copy has a descriptor to close. */
const forgotten = new FinalizationRegistry<() => void>((close) => close());

function once(run: () => void): () => void {
  let done = false;
  return () => {
    if (!done) run();
    done = true;
  };
}

function addonFor({ kind }: CheckedOptions): NativeAddon | undefined {
  if (kind === 'copied') return undefined;
  if (native.binding !== undefined) return native;
  if (kind === undefined) return undefined;
  throw errors.MAP_UNSUPPORTED({ message: `nothing can be mapped here: ${native.reason}`, op: 'map' });
}

function pathOf(source: unknown): string {
  if (source instanceof URL) return fileURLToPath(source);
  if (typeof source === 'string' && source !== '' && !source.includes('\0')) return source;
  throw new TypeError('map takes a path, a file: URL or a descriptor');
}

function descriptorOf(source: number): number {
  if (Number.isInteger(source) && source >= 0 && source < 2 ** 31) return source;
  throw new RangeError(`a descriptor must be a whole number from 0 to 2^31 - 1, not ${source}`);
}

function openFile(path: string, { mode, create }: CheckedOptions): number {
  // Not to block: opening a FIFO waits for its other end otherwise.
  const flags =
    (mode === 'read-write' ? constants.O_RDWR : constants.O_RDONLY) |
    (create ? constants.O_CREAT : 0) |
    (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(path, flags, 0o666);
  } catch (error) {
    throw systemError(error, { op: 'open', target: path });
  }
}

/** The length of the range, which is inside the file when this returns. */
function provideRange({ descriptor, path }: Opened, checked: CheckedOptions): number {
  const { offset, length, create } = checked;
  const target = path ?? `descriptor ${descriptor}`;
  const info = attempt('open', target, () => fstatSync(descriptor));
  if (!info.isFile()) {
    const message = `${target} is not a regular file`;
    throw errors.MAP_OPEN({ message, op: 'open', target, expected: 'a regular file' });
  }
  const wanted = length ?? Math.max(0, info.size - offset);
  if (offset + wanted <= info.size) return wanted;
  if (!create) {
    throw errors.MAP_RANGE({
      message: `${target} has ${info.size} bytes; ${wanted} at ${offset} are not inside it`,
      op: 'map',
      target,
      offset,
      length: wanted,
      ...(checked.mode === 'read-write' ? { hint: 'pass create: true to make the file longer' } : {}),
    });
  }
  const end = byteCount(offset + wanted, 'offset + length');
  attempt('resize', target, () => {
    if (native.binding === undefined) ftruncateSync(descriptor, end);
    else native.binding.resizeDescriptor(descriptor, info.size, end, !checked.sparse);
  });
  return wanted;
}

function attempt<Result>(op: string, target: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw systemError(error, { op, target });
  }
}
