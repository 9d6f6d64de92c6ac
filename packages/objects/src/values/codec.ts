import type { Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';

/** How values of one kind lie in a record, a list or a table. */
export interface Codec {
  readonly size: number;
  /** Throws what `set` would throw for this value, and writes nothing. */
  check(value: unknown, path: string): void;
  /** Whether `check` lets a value pass, which is quicker; only values that lie in their place have it. */
  fits?(value: unknown): boolean;
  /** The value at a position whose bytes are in memory. */
  get(segment: Segment, at: number): unknown;
  /** Writes a value that was checked. */
  set(segment: Segment, at: number, value: unknown): void;
  /** The same into bytes that are ready for writing; only values that lie in their place have it. */
  write?(view: DataView, at: number, value: unknown): void;
  /** Puts what a value begins with into zeros; left out where zeros are that. */
  init?(segment: Segment, at: number): void;
  /** Frees what only this place refers to. */
  drop?(segment: Segment, at: number): void;
  /** Frees what `drop` left without references; called when nothing is halfway done. Only what counts has it. */
  settle?(): void;
  /** Shows the chunks that this place keeps alive. */
  trace?(segment: Segment, at: number, visit: (place: Place) => void): void;
  /** How values of the kind serve as keys; left out where they cannot. */
  readonly key?: KeyCodec;
}

/** How values are found in a table, before they are stored. */
export interface KeyCodec {
  /** The one value that stands for all that are the same key: 0 for -0, as in a Map. Left out where each stands for itself. */
  canonical?(value: unknown): unknown;
  /** Makes a value ready to be compared, until the next one is, and returns its 32-bit hash. It must have been checked. */
  probe(value: unknown): number;
  /** Whether the value at this place is the one that was made ready. */
  matches(segment: Segment, at: number): boolean;
}

/** How a wrong value is shown in a message: short, and never by running its code. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'function') return `a ${typeof value}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** The error for a value of the wrong type. */
export function wrongType(path: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${path}: ${wanted} is wanted, not ${show(value)}`);
}

/** The error for a collection that takes the place of one of another kind. */
export function otherKind(name: string): TypeError {
  return new TypeError(`${name}: a value of another kind takes a transform`);
}
