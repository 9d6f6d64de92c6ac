import { fstatSync } from 'node:fs';
import type { FileIdentity, MappingKind } from './backing.js';
import { errors } from './errors.js';
import type { CheckedOptions, MapMode } from './map-options.js';

/**
 * A mapping as plain data: it survives `postMessage` and JSON, and {@link reopen} makes the same mapping of it in
 * a worker, or in another process of the same machine. It keeps nothing open by itself.
 */
export interface MappingDescription {
  readonly terrane: 'mapping';
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number;
  readonly reserve: number;
  readonly strict: boolean;
  readonly sparse: boolean;
  readonly kind: MappingKind;
  readonly segmentSize?: number;
  /** The name of the file, where it was opened by one. */
  readonly path?: string;
  /** Where it has no name: the process that has it open, and its number there. Linux only. */
  readonly process?: number;
  readonly descriptor?: number;
  readonly identity: FileIdentity;
}

/** Which file a descriptor leads to. */
export function identityOf(descriptor: number): FileIdentity {
  const { dev, ino } = fstatSync(descriptor, { bigint: true });
  return { device: String(dev), inode: String(ino) };
}

/** Makes the description of a mapping. */
export function describeMapping(
  options: CheckedOptions,
  kind: MappingKind,
  length: number,
  path: string | undefined,
  descriptor: number | undefined,
  identity: FileIdentity,
): MappingDescription {
  const { mode, offset, reserve, strict, sparse, segmentSize } = options;
  const common = {
    terrane: 'mapping' as const,
    mode,
    offset,
    length,
    reserve,
    strict,
    sparse,
    kind,
    identity,
  };
  const sized = segmentSize === undefined ? common : { ...common, segmentSize };
  if (path !== undefined) return { ...sized, path };
  if (descriptor === undefined || process.platform !== 'linux') {
    throw errors.MAP_UNSUPPORTED({
      message: 'a mapping without a path can be described on Linux only, and not when it is a copy',
      op: 'describe',
    });
  }
  return { ...sized, process: process.pid, descriptor };
}

/** A path that leads to the described file. */
export function pathOfDescription(description: MappingDescription): string {
  const { path, process: owner, descriptor } = description;
  if (path !== undefined) return path;
  return `/proc/${owner}/fd/${descriptor}`;
}

/** @throws MAP_CHANGED when the descriptor is not on the described file. */
export function checkIdentity(descriptor: number, description: MappingDescription): void {
  const { device, inode } = identityOf(descriptor);
  const { identity } = description;
  if (device === identity.device && inode === identity.inode) return;
  throw errors.MAP_CHANGED({
    message: `${pathOfDescription(description)} is another file now`,
    op: 'reopen',
    target: pathOfDescription(description),
    expected: `inode ${identity.inode} of device ${identity.device}`,
    found: `inode ${inode} of device ${device}`,
  });
}
