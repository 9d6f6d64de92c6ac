import { isTerraneError, TerraneError } from '@terrane/errors';
import type { LayoutDescription } from './description.js';
import { errors } from './errors.js';

/** Anything that holds bytes. A view stands for its own part of the buffer only. */
export type Memory = ArrayBufferLike | ArrayBufferView;

/** Reads and writes one kind of value in one piece of memory, at byte positions counted from its start. */
export interface Access<T> {
  /** The value at byte `at`. Outside the memory: a RangeError of the engine. */
  get(at: number): T;
  /** Stores a value at byte `at`; a value that does not fit is refused before any byte is written. */
  set(at: number, value: T): void;
}

/** How values of type `T` lie in memory: always `size` bytes, self-contained, at any byte position. */
export interface Layout<T = unknown> {
  /** The layout as plain JSON; `layoutFromDescription` builds it again. */
  readonly description: LayoutDescription;
  /** Bytes of one value. */
  readonly size: number;
  /** Bytes the value's address is a multiple of in C, on 64-bit systems. Reading and writing never need it. */
  readonly alignment: number;
  /** The typed array whose elements these are, where the host's byte order allows one. */
  readonly elements?: ElementArrayConstructor;
  /** Accessors bound to a piece of memory once, for use many times: as fast as code written by hand. */
  access(view: DataView): Access<T>;
  /** Like `access(view).get`, but what belongs to the value's inside is live or frozen, never a silent copy. */
  live?(view: DataView): (at: number) => T;
  /** Throws what `write` would throw for this value, and writes nothing. */
  check(value: unknown): void;
  /** Reads one value at byte `offset` of `memory` (0 by default). */
  read(memory: Memory, offset?: number): T;
  /** Writes one value at byte `offset` of `memory` (0 by default). */
  write(memory: Memory, value: T, offset?: number): void;
}

/** The TypeScript type of a layout's values: `type Trade = Infer<typeof Trade>`. */
export type Infer<L> = L extends Layout<infer T> ? T : never;

/** A typed array that can hold the elements of a column. */
export type ElementArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Makes an {@link ElementArray} over a buffer. */
export type ElementArrayConstructor = {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): ElementArray;
  readonly BYTES_PER_ELEMENT: number;
};

/** What a layout's author supplies; {@link defineLayout} adds the rest. */
export type LayoutDefinition<T> = Omit<Layout<T>, 'read' | 'write'>;

/** Completes a definition by `read` and `write`, which check the bounds, bind, and go through `access`. */
export function defineLayout<T>(definition: LayoutDefinition<T>): Layout<T> {
  const { size, access } = definition;
  return Object.freeze({
    ...definition,
    read: (memory: Memory, offset = 0): T => access(viewAt(memory, offset, size)).get(0),
    write: (memory: Memory, value: T, offset = 0): void => access(viewAt(memory, offset, size)).set(0, value),
  });
}

/**
 * A DataView over `length` bytes of `memory` from `offset` on.
 *
 * @throws LAY_BOUNDS when they are not all inside.
 */
export function viewAt(memory: Memory, offset: number, length: number): DataView {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > memory.byteLength) {
    throw errors.LAY_BOUNDS({
      message: `${length} bytes at offset ${offset} are not inside the ${memory.byteLength} bytes given`,
      offset,
      length,
    });
  }
  return ArrayBuffer.isView(memory)
    ? new DataView(memory.buffer, memory.byteOffset + offset, length)
    : new DataView(memory, offset, length);
}

/**
 * Fails, as any DataView call does, unless `size` bytes from `at` on are inside: what is stored in several steps
 * asks before the first, so that nothing is left half written.
 */
export function reach(view: DataView, at: number, size: number): void {
  view.getUint8(at);
  view.getUint8(at + size - 1);
}

/** The error as it looks from one level up: message and path begin with the field or element it is about. */
export function inside(step: string, error: unknown): unknown {
  if (!isTerraneError(error)) return error;
  const { name: _name, code, cause: _cause, path = '', message, ...details } = error.toJSON();
  const outer = path === '' || path.startsWith('[') ? step + path : `${step}.${path}`;
  return new TerraneError(code, {
    ...details,
    message: `${step}: ${message}`,
    path: outer,
    ...('cause' in error ? { cause: error.cause } : {}),
  });
}

/** How a wrong value is shown in a message: short, and never by running its code. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'function') return typeof value;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return Object.is(value, -0) ? '-0' : String(value);
}
