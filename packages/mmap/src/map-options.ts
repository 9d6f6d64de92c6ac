import { checkOptions } from '@terrane/errors';
import type { MappingKind } from './backing.js';

/**
 * What may be done with a mapping's bytes.
 * `read`: they show the file; a store that happens all the same stays in this process.
 * `read-write`: they are the file, shared with every other process that maps it.
 * `copy-on-write`: they show the file until stored into; stores stay in this mapping.
 */
export type MapMode = 'read' | 'read-write' | 'copy-on-write';

/** Options that every kind of mapping takes. */
export interface MemoryOptions {
  /** Bytes of address space to keep free behind the mapping, so that it can grow without moving. Costs no memory. */
  readonly reserve?: number | bigint;
  /** Read all pages in now, instead of each when it is first touched. Linux; elsewhere without effect. */
  readonly populate?: boolean;
  /** Ask for huge pages where the system has them: MAP_UNSUPPORTED where it does not. A wish, not a demand. */
  readonly hugePages?: boolean;
  /** Set no swap space aside for pages that will be stored into. Linux; elsewhere without effect. */
  readonly noReserve?: boolean;
  /** Longest ArrayBuffer to hand out; a longer mapping is `segments`. 1 GiB, and 2 GiB - 64 KiB for a single one. */
  readonly segmentSize?: number;
  /** Insist on a kind: `"mapped"` throws where there is no addon, `"copied"` never uses it. */
  readonly kind?: MappingKind;
}

/** Options of {@link map}. */
export interface MapOptions extends MemoryOptions {
  /** `"read"` unless given. */
  readonly mode?: MapMode;
  /** First byte of the file to map: any, 0 unless given. */
  readonly offset?: number | bigint;
  /** How many bytes: to the end of the file unless given. */
  readonly length?: number | bigint;
  /** With `read-write`: make the file when there is none, and make it longer when the range goes past its end. */
  readonly create?: boolean;
  /** Leave new space in the file to be found when it is stored into. Unless set, a full disk is an error at once. */
  readonly sparse?: boolean;
  /** With `read`: write-protect the pages, so that a store does not stay unnoticed: the next call throws. */
  readonly strict?: boolean;
}

/** {@link MapOptions}, checked and complete. */
export interface CheckedOptions {
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number | undefined;
  readonly create: boolean;
  readonly sparse: boolean;
  readonly strict: boolean;
  readonly reserve: number;
  readonly populate: boolean;
  readonly hugePages: boolean;
  readonly noReserve: boolean;
  readonly segmentSize: number | undefined;
  readonly kind: MappingKind | undefined;
}

const memoryOptions = [
  'reserve',
  'populate',
  'hugePages',
  'noReserve',
  'segmentSize',
  'kind',
] as const satisfies (keyof MemoryOptions)[];
const known: readonly string[] = [
  ...(['mode', 'offset', 'length', 'create', 'sparse', 'strict'] as const satisfies (keyof MapOptions)[]),
  ...memoryOptions,
];
const modes: readonly MapMode[] = ['read', 'read-write', 'copy-on-write'];
const kinds: readonly MappingKind[] = ['mapped', 'copied'];

/** A whole number of bytes from 0 to 2^53 - 1, given as number or bigint. */
export function byteCount(value: unknown, name: string): number {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw new TypeError(
      `${name} must be a number or a bigint, not ${value === null ? 'null' : typeof value}`,
    );
  }
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) {
    throw new RangeError(`${name} must be a whole number from 0 to 2^53 - 1, not ${value}`);
  }
  return number;
}

/** One of a list of words. */
export function oneOf<const Word extends string>(value: unknown, words: readonly Word[], name: string): Word {
  if (words.includes(value as Word)) return value as Word;
  throw new TypeError(`${name} must be one of ${words.join(', ')}, not ${String(value)}`);
}

/** Checks the options of {@link map} before anything is opened. */
export function checkMapOptions(options: MapOptions = {}): CheckedOptions {
  checkOptions(options, known, 'map');
  return complete(options);
}

/** Checks the options of {@link mapAnonymous}. */
export function checkMemoryOptions(options: MemoryOptions = {}): CheckedOptions {
  checkOptions(options, memoryOptions, 'mapAnonymous');
  return complete({ ...options, mode: 'read-write' });
}

function complete(options: MapOptions): CheckedOptions {
  const { mode = 'read', offset = 0, length, reserve = 0, segmentSize, kind } = options;
  const checked = {
    mode: oneOf(mode, modes, 'mode'),
    offset: byteCount(offset, 'offset'),
    length: length === undefined ? undefined : byteCount(length, 'length'),
    create: flag(options, 'create'),
    sparse: flag(options, 'sparse'),
    strict: flag(options, 'strict'),
    reserve: byteCount(reserve, 'reserve'),
    populate: flag(options, 'populate'),
    hugePages: flag(options, 'hugePages'),
    noReserve: flag(options, 'noReserve'),
    segmentSize: segmentSize === undefined ? undefined : segmentBytes(segmentSize),
    kind: kind === undefined ? undefined : oneOf(kind, kinds, 'kind'),
  };
  if (checked.create && mode !== 'read-write') throw new TypeError('create needs mode "read-write"');
  if (checked.strict && mode !== 'read') throw new TypeError('strict needs mode "read"');
  return checked;
}

function flag(options: MapOptions, name: keyof MapOptions): boolean {
  const value = options[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${name} must be true or false, not ${String(value)}`);
}

function segmentBytes(value: number): number {
  const bytes = byteCount(value, 'segmentSize');
  // Below 2 GiB, because element 2^31 of an array is a cliff; whole pages, so that every segment starts aligned.
  if (bytes < 65_536 || bytes % 65_536 !== 0 || bytes >= 2 ** 31) {
    throw new RangeError(`segmentSize must be a multiple of 65536 below 2^31, not ${value}`);
  }
  return bytes;
}
