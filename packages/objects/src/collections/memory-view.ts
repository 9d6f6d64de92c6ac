import { checkOptions } from '@terrane/errors';
import { formats, letterOf, type NumberArray } from './buffer-format.js';

/** What a buffer can be made of: text (its UTF-8), memory, a typed array, or one with a shape, as `ndarray` has them. */
export type BufferSource =
  | string
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView
  | NumberArray
  | { readonly data: NumberArray; readonly shape: readonly number[]; readonly stride?: readonly number[] };

/** Items in memory, described as Python's `memoryview` describes them. */
export interface MemoryView extends Disposable {
  /** The items' format: a letter of Python's struct module, `B` for bytes. */
  readonly format: string;
  /** Bytes of an item. */
  readonly itemSize: number;
  /** The number of dimensions. */
  readonly dimensions: number;
  /** The items are those of a text, of a snapshot, or of a store that was opened read-only. */
  readonly readOnly: boolean;
  readonly shape: readonly number[];
  /** Bytes from an item to the next one, by dimension. */
  readonly strides: readonly number[];
  /**
   * The items themselves, not a copy. A typed array can always be written, so a store or snapshot that is read-only gives
   * none, unless {@link ViewOptions} say which.
   *
   * @throws OBJ_READ_ONLY
   */
  readonly data: NumberArray;
  /** The item at an index for each dimension. @throws RangeError when there is none */
  at(...indices: readonly number[]): number | bigint;
  /** The bytes of all items in the order of C, copied. */
  toBytes(): Uint8Array;
  /** The same as UTF-8 text. */
  toText(): string;
  /** Ends the view. A store that was opened as `strict` does not close before. */
  release(): void;
}

/** What a view's `data` are. At most one of the two can be asked for. */
export interface ViewOptions {
  /** A copy, in the order of C. Nothing that is written to it reaches the source. */
  readonly copy?: boolean;
  /**
   * The memory of a store or snapshot even where it is read-only. What is written to it reaches no file, but whoever reads
   * the buffer from this store or snapshot finds it there.
   */
  readonly unsafe?: boolean;
}

/**
 * A view of a buffer's items without a copy; of a persistent buffer, items written to it are part of the next commit.
 *
 * @throws TypeError when the object is none that items can be seen in.
 */
export function memoryView(source: BufferSource | Viewable, options: ViewOptions = {}): MemoryView {
  checkOptions(options, ['copy', 'unsafe'], 'memoryView');
  if (options.copy && options.unsafe) throw new TypeError('memoryView: either copy or unsafe');
  if (isViewable(source)) return source[viewKey](options);
  const items = itemsOf(source);
  return makeView(options.copy ? copied(items) : items, { readOnly: typeof source === 'string' });
}

/** The name under which something offers a view of its own. */
export const viewKey = Symbol('view');

/** What does. */
export interface Viewable {
  /** @internal */
  [viewKey](options: ViewOptions): MemoryView;
}

function isViewable(source: unknown): source is Viewable {
  return typeof source === 'object' && source !== null && viewKey in source;
}

/** What is known of items in memory. */
export interface Items {
  readonly format: string;
  readonly itemSize: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly data: NumberArray;
}

/** What a view of items is besides. */
interface ViewState {
  readonly readOnly: boolean;
  /** Throws instead of giving the items away. */
  readonly refuse?: () => never;
  /** Is called once. */
  readonly released?: () => void;
}

/** A view of items. */
export function makeView(items: Items, { readOnly, refuse, released }: ViewState): MemoryView {
  const { data, shape, strides, itemSize, format } = items;
  const toBytes = () => packed(items);
  let ended = false;
  const release = () => {
    if (!ended) released?.();
    ended = true;
  };
  const view = {
    format,
    itemSize,
    dimensions: shape.length,
    readOnly,
    shape,
    strides,
    at: (...indices: readonly number[]) => data[placeOf(items, indices)]!,
    toBytes,
    toText: () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(toBytes()),
    release,
    [Symbol.dispose]: release,
  };
  Object.defineProperty(view, 'data', refuse ? { get: refuse } : { value: data, enumerable: true });
  return Object.freeze(view) as typeof view & Pick<Items, 'data'>;
}

/** Where an item is among the data. @throws RangeError */
function placeOf({ shape, strides, itemSize }: Items, indices: readonly number[]): number {
  const isThere = (index: number, axis: number) =>
    Number.isInteger(index) && index >= 0 && index < shape[axis]!;
  if (indices.length !== shape.length || !indices.every(isThere))
    throw new RangeError(`there is no item [${indices.join(', ')}] in a buffer of [${shape.join(', ')}]`);
  return indices.reduce((sum, index, axis) => sum + index * strides[axis]!, 0) / itemSize;
}

/** The same items in an array of their own. */
export function copied(items: Items): Items {
  const { format, itemSize, shape } = items;
  const bytes = packed(items);
  const strides = contiguous(shape).map((step) => step * itemSize);
  const data = formats[format]!.over(bytes.buffer, 0, bytes.length / itemSize);
  return { format, itemSize, shape, strides, data };
}

/** The items of a source. @throws TypeError */
export function itemsOf(source: unknown): Items {
  if (typeof source === 'string') return flat(new TextEncoder().encode(source));
  if (source instanceof ArrayBuffer || isShared(source)) return flat(new Uint8Array(source as ArrayBuffer));
  if (ArrayBuffer.isView(source)) {
    if (letterOf(source) !== undefined) return flat(source as NumberArray);
    if (source instanceof DataView)
      return flat(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  }
  const { data, shape, stride } = (source ?? {}) as { data?: unknown; shape?: unknown; stride?: unknown };
  if (ArrayBuffer.isView(data) && letterOf(data) !== undefined && Array.isArray(shape)) {
    return shaped(data as NumberArray, shape, stride);
  }
  throw new TypeError(`Objects of type '${typeName(source)}' does not support the buffer protocol.`);
}

function isShared(value: unknown): boolean {
  return typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer;
}

function typeName(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return value.constructor?.name ?? 'Object';
}

function flat(data: NumberArray): Items {
  const format = letterOf(data)!;
  const { itemSize } = formats[format]!;
  return { format, itemSize, shape: [data.length], strides: [itemSize], data };
}

function shaped(data: NumberArray, shape: readonly unknown[], stride: unknown): Items {
  const base = flat(data);
  const sizes = shape.map(Number);
  const steps = stride === undefined ? contiguous(sizes) : Array.isArray(stride) ? stride.map(Number) : [];
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  if (
    sizes.length > 32 ||
    !sizes.every(isCount) ||
    steps.length !== sizes.length ||
    !steps.every(Number.isSafeInteger)
  ) {
    throw new TypeError(
      'shape and stride of a buffer are whole numbers, as many of one as of the other, at most 32',
    );
  }
  const empty = sizes.includes(0);
  const ends = steps.map((step, axis) => step * (sizes[axis]! - 1));
  const first = ends.reduce((sum, end) => sum + Math.min(end, 0), 0);
  const last = ends.reduce((sum, end) => sum + Math.max(end, 0), 0);
  if (!empty && (first < 0 || last >= data.length))
    throw new RangeError('shape and stride reach beyond the data');
  return { ...base, shape: sizes, strides: steps.map((step) => step * base.itemSize) };
}

/** Steps in items for the order of C. */
export function contiguous(shape: readonly number[]): number[] {
  const steps: number[] = [];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    steps.unshift(step);
    step *= shape[axis]!;
  }
  return steps;
}

/** The bytes of all items in the order of C, in an array of their own. */
export function packed({ data, shape, strides, itemSize }: Items): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const count = shape.reduce((product, size) => product * size, 1);
  const steps = contiguous(shape);
  if (strides.every((stride, axis) => shape[axis] === 1 || stride === steps[axis]! * itemSize)) {
    return bytes.slice(0, count * itemSize);
  }
  const target = new Uint8Array(count * itemSize);
  for (let item = 0; item < count; item++) {
    let from = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      from += (Math.floor(item / steps[axis]!) % shape[axis]!) * strides[axis]!;
    }
    target.set(bytes.subarray(from, from + itemSize), item * itemSize);
  }
  return target;
}
