import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { copiedBacking } from './copied-backing.js';
import { errors } from './errors.js';
import { type CheckedOptions, checkMapOptions, type MapOptions } from './map-options.js';
import { mappedBacking } from './mapped-backing.js';
import { Mapping } from './mapping.js';
import { native } from './native-binding.js';
import { systemError } from './system-error.js';

/** Longest single buffer: element 2^31 of an array is a cliff in every engine. */
const wholeSize = 2 ** 31 - 65_536;
const segmentSize = 2 ** 30;

/** What {@link map} takes for a file: its path, a `file:` URL, or an open descriptor. */
export type FileSource = string | URL | number;

/**
 * Maps a file, or a range of it.
 *
 * @param source path, `file:` URL, or descriptor; a descriptor stays open and stays the caller's.
 * @throws MAP_OPEN when it cannot be opened or is not a regular file, MAP_RANGE when the range is not inside it,
 *   MAP_SYSTEM or MAP_NO_SPACE when the system refuses, MAP_UNSUPPORTED when `kind: "mapped"` cannot be had.
 */
export function map(source: FileSource, options?: MapOptions): Mapping {
  const checked = checkMapOptions(options);
  const path = typeof source === 'number' ? undefined : pathOf(source);
  const descriptor = path === undefined ? descriptorOf(source) : openFile(path, checked);
  let keep = false;
  try {
    const length = checkRange(descriptor, path, checked);
    const copied = useCopy(checked);
    const whole = checked.segmentSize ?? wholeSize;
    const segment = length <= whole ? whole : (checked.segmentSize ?? segmentSize);
    const request = { descriptor, target: path, mode: checked.mode, offset: checked.offset, length };
    const closeDescriptor = path === undefined ? () => {} : () => closeSync(descriptor);
    const backing = copied
      ? copiedBacking({ ...request, segmentSize: segment, closeDescriptor })
      : mappedBacking(addon(), request);
    keep = copied;
    return new Mapping({ ...request, backing, segmentSize: segment, wholeSize: whole });
  } finally {
    if (path !== undefined && !keep) closeSync(descriptor);
  }
}

function useCopy({ kind }: CheckedOptions): boolean {
  return kind === 'copied' || (kind === undefined && native.binding === undefined);
}

function addon() {
  if (native.binding !== undefined) return native;
  throw errors.MAP_UNSUPPORTED({ message: `nothing can be mapped here: ${native.reason}`, op: 'map' });
}

function pathOf(source: unknown): string {
  if (source instanceof URL) return fileURLToPath(source);
  if (typeof source === 'string' && source !== '' && !source.includes('\0')) return source;
  throw new TypeError('map takes a path, a file: URL or a descriptor');
}

function descriptorOf(source: unknown): number {
  if (Number.isInteger(source) && (source as number) >= 0 && (source as number) < 2 ** 31)
    return source as number;
  throw new RangeError(`a descriptor must be a whole number from 0 to 2^31 - 1, not ${String(source)}`);
}

function openFile(path: string, { mode }: CheckedOptions): number {
  // Not to block: opening a FIFO waits for its other end otherwise.
  const flags = (mode === 'read-write' ? constants.O_RDWR : constants.O_RDONLY) | (constants.O_NONBLOCK ?? 0);
  try {
    return openSync(path, flags);
  } catch (error) {
    throw systemError(error, { op: 'open', target: path });
  }
}

function checkRange(
  descriptor: number,
  path: string | undefined,
  { offset, length }: CheckedOptions,
): number {
  const target = path ?? `descriptor ${descriptor}`;
  const info = statOf(descriptor, target);
  if (!info.isFile()) {
    throw errors.MAP_OPEN({
      message: `${target} is not a regular file`,
      op: 'open',
      target,
      expected: 'a regular file',
    });
  }
  const wanted = length ?? Math.max(0, info.size - offset);
  if (offset + wanted > info.size || offset > info.size) {
    throw errors.MAP_RANGE({
      message: `${target} has ${info.size} bytes; ${wanted} at ${offset} are not inside it`,
      op: 'map',
      target,
      offset,
      length: wanted,
    });
  }
  return wanted;
}

function statOf(descriptor: number, target: string) {
  try {
    return fstatSync(descriptor);
  } catch (error) {
    throw systemError(error, { op: 'open', target });
  }
}
