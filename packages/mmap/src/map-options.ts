import { checkOptions } from '@terrane/errors';
import type { MappingKind } from './backing.js';

/**
 * What may be done with a mapping's bytes.
 * `read`: they show the file; a store that happens all the same stays in this process.
 * `read-write`: they are the file, shared with every other process that maps it.
 * `copy-on-write`: they show the file until stored into; stores stay in this mapping.
 */
export type MapMode = 'read' | 'read-write' | 'copy-on-write';

/** Options of {@link map}. */
export interface MapOptions {
  /** `"read"` unless given. */
  readonly mode?: MapMode;
  /** First byte of the file to map: any, 0 unless given. */
  readonly offset?: number | bigint;
  /** How many bytes: to the end of the file unless given. */
  readonly length?: number | bigint;
  /** Longest ArrayBuffer to hand out; a longer mapping is `segments`. 1 GiB, and 2 GiB - 64 KiB for a single one. */
  readonly segmentSize?: number;
  /** Insist on a kind: `"mapped"` throws where there is no addon, `"copied"` never uses it. */
  readonly kind?: MappingKind;
}

/** {@link MapOptions}, checked and complete. */
export interface CheckedOptions {
  readonly mode: MapMode;
  readonly offset: number;
  readonly length: number | undefined;
  readonly segmentSize: number | undefined;
  readonly kind: MappingKind | undefined;
}

const known = ['mode', 'offset', 'length', 'segmentSize', 'kind'] as const satisfies (keyof MapOptions)[];
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
  const { mode = 'read', offset = 0, length, segmentSize, kind } = options;
  return {
    mode: oneOf(mode, modes, 'mode'),
    offset: byteCount(offset, 'offset'),
    length: length === undefined ? undefined : byteCount(length, 'length'),
    segmentSize: segmentSize === undefined ? undefined : segmentBytes(segmentSize),
    kind: kind === undefined ? undefined : oneOf(kind, kinds, 'kind'),
  };
}

function segmentBytes(value: number): number {
  const bytes = byteCount(value, 'segmentSize');
  // Below 2 GiB, because element 2^31 of an array is a cliff; whole pages, so that every segment starts aligned.
  if (bytes < 65_536 || bytes % 65_536 !== 0 || bytes >= 2 ** 31) {
    throw new RangeError(`segmentSize must be a multiple of 65536 below 2^31, not ${value}`);
  }
  return bytes;
}
