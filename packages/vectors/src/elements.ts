import { checkOptions } from '@terrane/errors';
import type { ElementArray } from '@terrane/layout';
import type { Advice, Bytes, Mapping } from '@terrane/mmap';
import type { VectorDescription } from './describe.js';
import type { ElementStore, WritableArray } from './element-store.js';
import { errors } from './errors.js';
import { checkIndex, type Resolved, resolveSelection, type Selection } from './selection.js';
import { type DimensionNames, elementAt, type Index, type Order, type Shape, shapeOf } from './shape.js';
import { type SliceOf, sliceOf } from './slice.js';

/** What elements are made from. */
export interface ElementsParts<T> {
  readonly mapping: Mapping;
  readonly store: ElementStore<T>;
  readonly shape: Shape;
  /** Makes the elements anew when the file has another length. */
  readonly restore: (count: number) => ElementStore<T>;
  /** Bytes that so many elements take; absent where their number does not tell. */
  readonly bytesOf?: (count: number) => number;
  describe?(vector: Elements<T>): VectorDescription;
  /** Whether the mapping is somebody else's to close. */
  readonly borrowed?: boolean;
  /** Runs once, after the mapping has been closed. */
  readonly afterClose?: () => void;
}

/**
 * Elements of one type in a mapped file. Nothing is read until it is asked for, and stores are in the file at once.
 * Positions count from 0. Every call checks that the file is still there; typed views do not.
 */
export class Elements<T> implements Disposable {
  /** The bytes: flushing a range, locking, residency … */
  readonly mapping: Mapping;
  readonly #parts: ElementsParts<T>;
  #store: ElementStore<T>;
  #shape: Shape;
  #closed = false;

  constructor(parts: ElementsParts<T>) {
    this.#parts = parts;
    this.mapping = parts.mapping;
    this.#store = parts.store;
    this.#shape = parts.shape;
  }

  /** Number of elements. MAP_CLOSED once it is closed. */
  get length(): number {
    this.mapping.check('length');
    return this.#store.length;
  }

  /** Bytes of the mapping. */
  get byteLength(): number {
    this.mapping.check('byteLength');
    return this.mapping.length;
  }

  /** Extents of all dimensions; one, unless it was given a shape. */
  get shape(): readonly number[] {
    return this.#shape.extents;
  }

  /** Which index varies fastest in the file. */
  get order(): Order {
    return this.#shape.order;
  }

  /** Names along each dimension. */
  get dimensionNames(): DimensionNames {
    return this.#shape.names;
  }

  /** The element at a position, or at one position (or name) for each dimension. VEC_INDEX, VEC_SHAPE. */
  get(index: number | Index): T {
    this.mapping.check('get');
    const value = this.#store.get(this.#element(index));
    this.mapping.check('get');
    return value;
  }

  /** Stores an element; what does not fit is refused before a byte is written. */
  set(index: number | Index, value: T): void {
    const element = this.#element(index);
    this.#writable();
    this.#store.check(value);
    this.#store.set!(element, value);
    this.mapping.check('set');
  }

  /**
   * Copies of the selected elements, in the order of the selection: in a typed array where there is one for the type
   * (as it is in memory, not in the file), in a plain array otherwise.
   */
  take(selection?: Selection): WritableArray<T> {
    this.mapping.verify();
    const store = this.#store;
    const { count, at, start } = resolveSelection(selection, store.length);
    const result = store.array?.(count) ?? new Array<T>(count);
    if (start !== undefined && store.array !== undefined) store.copy!(start, result);
    else for (let k = 0; k < count; k++) result[k] = store.get(at(k));
    this.mapping.check('take');
    return result;
  }

  /**
   * Stores one value for each selected position. All are checked before the first byte is written.
   *
   * @throws VEC_SHAPE when there are not exactly as many values as positions; nothing is repeated or left out.
   */
  put(selection: Selection, values: ArrayLike<T>): void {
    const { count, at, start } = this.#places(selection);
    if (values.length !== count) {
      throw errors.VEC_SHAPE({ message: `${values.length} values for ${count} positions` });
    }
    if (start !== undefined && this.#store.paste?.(start, values)) {
      this.mapping.check('put');
      return;
    }
    // Values that lie in the file themselves must not change while they are stored.
    const given = ArrayBuffer.isView(values) ? (values as unknown as T[]).slice() : values;
    for (let k = 0; k < count; k++) this.#store.check(given[k]);
    for (let k = 0; k < count; k++) this.#store.set!(at(k), given[k]!);
    this.mapping.check('put');
  }

  /** Stores one value at every selected position. */
  fill(value: T, selection?: Selection): void {
    const { count, at } = this.#places(selection);
    this.#store.check(value);
    for (let k = 0; k < count; k++) this.#store.set!(at(k), value);
    this.mapping.check('fill');
  }

  /** Copies of the first `count` elements (6); a negative count leaves that many out at the end. */
  head(count = 6): WritableArray<T> {
    return this.take({ stop: this.#part(count) });
  }

  /** Copies of the last `count` elements (6); a negative count leaves that many out at the beginning. */
  tail(count = 6): WritableArray<T> {
    return this.take({ start: this.length - this.#part(count) });
  }

  /**
   * A part of every dimension: `slice({ stop: 2 }, [0, 4])`; what is not given is whole. Single positions and names
   * drop their dimension. The data are a copy in the vector's own order.
   */
  slice(...selections: readonly (Selection | number | string)[]): SliceOf<T> {
    this.mapping.verify();
    const result = sliceOf(this.#store, this.#shape, selections);
    this.mapping.check('slice');
    return result;
  }

  /** Arranges the same elements in other dimensions. VEC_SHAPE when their number does not agree. */
  reshape(
    extents: readonly number[],
    options: { readonly order?: Order; readonly names?: DimensionNames } = {},
  ): void {
    checkOptions(options, ['order', 'names'], 'reshape');
    this.#shape = shapeOf(extents, this.length, options.order ?? this.#shape.order, options.names);
  }

  /**
   * Makes vector and file longer (new elements are zero bytes) or shorter. The shape becomes one dimension.
   *
   * @throws VEC_TYPE for strings of varying length, VEC_READ_ONLY, and what `Mapping.resize` throws: MAP_RANGE when
   *   the file has more bytes behind the last element.
   */
  resize(length: number): void {
    this.#writableMode();
    const { bytesOf, restore } = this.#parts;
    if (bytesOf === undefined)
      throw errors.VEC_TYPE({ message: 'only elements of a fixed size can be added' });
    if (!Number.isSafeInteger(length) || length < 0) {
      throw errors.VEC_INDEX({
        message: `no vector has the length ${String(length)}`,
        found: String(length),
      });
    }
    this.mapping.resize(bytesOf(length));
    this.#store = restore(length);
    this.#shape = shapeOf([length], length);
  }

  /**
   * Elements as a typed array over the file itself, without a copy. It becomes empty when the vector is closed.
   *
   * @throws VEC_TYPE when the file's bytes are in another order or spacing, or the elements are over 2 GiB.
   */
  view(start = 0, count: number = this.length - start): ElementArray {
    this.mapping.check('view');
    resolveSelection({ start, stop: start + count }, this.#store.length);
    const typed = this.#typed(start, count);
    if (typed !== undefined) return typed;
    throw errors.VEC_TYPE({
      message: 'no typed array reads these elements where they are',
      hint: 'take() copies them',
    });
  }

  /** Whether {@link view} has a typed array for these elements. */
  viewable(start = 0, count: number = this.length - start): boolean {
    this.mapping.check('viewable');
    return this.#typed(start, count) !== undefined;
  }

  /** Writes stores to the disk and waits for it. */
  flush(): void {
    this.mapping.flush();
  }

  /** Writes stores to the disk, on another thread. */
  flushAsync(options?: { readonly signal?: AbortSignal }): Promise<void> {
    return this.mapping.flushAsync(undefined, undefined, options);
  }

  /** Tells the system how the file will be used; bytes of the mapping, all unless given. */
  advise(advice: Advice, offset?: Bytes, length?: Bytes): void {
    this.mapping.advise(advice, offset, length);
  }

  /** Write-protects elements (whole pages of them), or lifts that. */
  protect(access: 'read' | 'read-write', start = 0, count: number = this.length - start): void {
    const { bytesOf } = this.#parts;
    resolveSelection({ start, stop: start + count }, this.#store.length);
    if (bytesOf === undefined) {
      this.mapping.protect(access);
      return;
    }
    // The byte that an element begins in, of bits as well, of which several share one.
    const from = bytesOf(start + 1) - bytesOf(1);
    this.mapping.protect(access, from, Math.max(0, bytesOf(start + count) - from));
  }

  /**
   * Plain data from which `reopenVector` makes the vector again, in another thread, process or run. Of a part, given
   * `start` or `count`, it makes a vector of one dimension: so several workers share the work on one file.
   *
   * @throws VEC_TYPE for a vector with functions of its own, and for a part of bits or strings.
   */
  describe(start?: number, count?: number): VectorDescription {
    this.mapping.check('describe');
    const whole = this.#parts.describe?.(this);
    if (whole === undefined) {
      throw errors.VEC_TYPE({
        message: 'a vector with functions of its own cannot be described by plain data',
      });
    }
    if (start === undefined && count === undefined) return whole;
    const { count: length, start: from = 0 } = resolveSelection(rangeOf(start, count), this.#store.length);
    const { bytesOf } = this.#parts;
    if (bytesOf === undefined || bytesOf(8) !== 8 * bytesOf(1)) {
      throw errors.VEC_TYPE({ message: 'only elements of whole bytes can be described in part' });
    }
    const offset = whole.mapping.offset + bytesOf(from);
    const mapping = { ...whole.mapping, offset, length: bytesOf(length) };
    return { ...whole, mapping, shape: [length], names: [null] };
  }

  /**
   * Ends the vector and its mapping. Closing twice is harmless; a column of a table, and what `as` gave, are ended by
   * closing what they come from.
   */
  close(): void {
    if (this.#closed || this.#parts.borrowed) return;
    this.mapping.close();
    this.#closed = true;
    this.#parts.afterClose?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One line: how many elements, in what shape, and the first of them. */
  toString(): string {
    if (this.mapping.closed) return 'Vector (closed)';
    const shown = Array.from(this.head(6), show);
    const more = this.length > shown.length ? ', …' : '';
    return `Vector of ${this.shape.join(' × ')}: ${shown.join(', ')}${more}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Elements in order, one read at a time. */
  *[Symbol.iterator](): Iterator<T> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  /** The elements themselves, for code of this package. */
  get store(): ElementStore<T> {
    return this.#store;
  }

  #typed(start: number, count: number): ElementArray | undefined {
    const store = this.#store;
    return 'typed' in store ? (store as unknown as ViewableStore).typed(start, count) : undefined;
  }

  #element(index: number | Index): number {
    if (Array.isArray(index)) return elementAt(this.#shape, index as Index);
    checkIndex(index, this.#store.length);
    return index as number;
  }

  #part(count: number): number {
    if (!Number.isInteger(count)) throw errors.VEC_INDEX({ message: `a part of ${String(count)} elements` });
    return Math.max(0, Math.min(this.length, count < 0 ? this.length + count : count));
  }

  #places(selection: Selection): Resolved {
    const places = resolveSelection(selection, this.length);
    this.#writable();
    this.mapping.verify();
    return places;
  }

  #writableMode(): void {
    this.mapping.check('write');
    if (this.mapping.mode === 'read') {
      throw errors.VEC_READ_ONLY({
        message: 'the vector was mapped for reading',
        hint: 'map it with mode: "read-write"',
      });
    }
  }

  #writable(): void {
    this.#writableMode();
    if (this.#store.set !== undefined) return;
    throw errors.VEC_READ_ONLY({ message: 'these elements cannot be replaced in place' });
  }
}

function rangeOf(start = 0, count?: number) {
  return count === undefined ? { start } : { start, stop: start + count };
}

/** An element as it is printed: text quoted, records and arrays as JSON, where bigints are digits. */
function show(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return (
    JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? String(value)
  );
}

interface ViewableStore {
  typed(start: number, count: number): ElementArray | undefined;
}
