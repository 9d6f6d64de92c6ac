import { checkOptions } from '@terrane/errors';
import { type Layout, type LayoutDescription, layoutFromDescription } from '@terrane/layout';
import { type FileSource, type MapOptions, type Mapping, map, reopen } from '@terrane/mmap';
import { BitStore } from './bit-store.js';
import { type Conversion, convertedStore } from './converted-store.js';
import type { VectorDescription } from './describe.js';
import type { ElementStore } from './element-store.js';
import { errors } from './errors.js';
import { MappedStore } from './mapped-store.js';
import { type DimensionNames, type Order, shapeOf } from './shape.js';
import { type StringOptions, StringStore } from './string-store.js';
import { Vector, type VectorParts } from './vector.js';

/** Options of everything that maps a file as elements. `length` is in elements, `offset` in bytes. */
export interface VectorOptions extends Omit<MapOptions, 'length' | 'segmentSize'> {
  /** Number of elements: all whole ones to the end of the file unless given; bytes left over are ignored. */
  readonly length?: number;
  /** Extents of the dimensions; one dimension unless given. */
  readonly shape?: readonly number[];
  /** `"row"` by default; R's matrices are `"column"`. */
  readonly order?: Order;
  /** Names along each dimension. */
  readonly names?: DimensionNames;
}

const shapeOptions = ['length', 'shape', 'order', 'names'] as const;
const mapOptions = [
  'mode',
  'offset',
  'create',
  'sparse',
  'strict',
  'reserve',
  'populate',
  'hugePages',
  'noReserve',
  'kind',
] as const;

/** The names of {@link VectorOptions}. */
export const vectorOptions: readonly string[] = [...shapeOptions, ...mapOptions];

/**
 * Maps a file as elements of a layout, for reading unless `mode` says otherwise.
 *
 * `extract` and `replace` convert every element on its way out and in; comparisons see what `extract` gives.
 *
 * @throws VEC_SHAPE when the shape has another number of elements, and what `map` throws.
 */
export function mapVector<Stored, T>(
  source: FileSource,
  layout: Layout<Stored>,
  options: VectorOptions & Conversion<Stored, T>,
): Vector<T>;
export function mapVector<T>(source: FileSource, layout: Layout<T>, options?: VectorOptions): Vector<T>;
export function mapVector<T>(
  source: FileSource,
  layout: Layout<T>,
  options: VectorOptions & Partial<Conversion<T, T>> = {},
): Vector<T> {
  checkOptions(options, [...vectorOptions, 'extract', 'replace'], 'mapVector');
  if (typeof layout?.access !== 'function')
    throw new TypeError('mapVector takes a layout: int32(), not int32');
  const { extract, replace, ...rest } = options;
  const conversion =
    extract === undefined ? undefined : { extract, ...(replace === undefined ? {} : { replace }) };
  if (conversion === undefined && replace !== undefined)
    throw new TypeError('mapVector: replace needs extract');
  const mapping = mapElements(source, rest, layout.size);
  return closingOnError(mapping, () => vectorOver(mapping, layout, rest, conversion));
}

/** A vector over a mapping that is there already; it closes it, unless it is borrowed. */
export function vectorOver<T>(
  mapping: Mapping,
  layout: Layout<T>,
  options: Pick<VectorOptions, (typeof shapeOptions)[number]> = {},
  conversion?: Conversion<T, T>,
  afterClose?: () => void,
  borrowed = false,
): Vector<T> {
  const restore = (count: number): ElementStore<T> => {
    const store = new MappedStore(mapping, layout, { count, stride: layout.size, within: 0 });
    return conversion === undefined ? store : convertedStore(store, conversion);
  };
  const count = options.length ?? Math.floor(mapping.length / layout.size);
  const elements = conversion === undefined ? { layout: layout.description } : undefined;
  return makeVector(mapping, restore, count, options, {
    bytesOf: (length) => length * layout.size,
    borrowed,
    ...(elements === undefined ? {} : { elements }),
    ...(afterClose === undefined ? {} : { afterClose }),
  });
}

/** Maps a file as booleans, eight to a byte, the lowest bit first. */
export function mapBits(source: FileSource, options: VectorOptions = {}): Vector<boolean> {
  checkOptions(options, vectorOptions, 'mapBits');
  const mapping = mapElements(source, options, 1 / 8);
  return closingOnError(mapping, () => bitsOver(mapping, options));
}

function bitsOver(mapping: Mapping, options: VectorOptions): Vector<boolean> {
  const restore = (count: number) => new BitStore(mapping, count);
  const bytesOf = (length: number) => Math.ceil(length / 8);
  return makeVector(mapping, restore, options.length ?? 8 * mapping.length, options, {
    bytesOf,
    elements: 'bits',
  });
}

/** Options of {@link mapStrings}. */
export type StringVectorOptions = Omit<VectorOptions, 'length' | 'create' | 'sparse' | 'mode'> &
  StringOptions;

/**
 * Maps a file of strings that each end at a NUL, for reading. A string that the end of the file ends counts, too.
 */
export function mapStrings(
  source: FileSource,
  options?: StringVectorOptions & { readonly missing?: undefined },
): Vector<string>;
export function mapStrings(source: FileSource, options: StringVectorOptions): Vector<string | null>;
export function mapStrings(
  source: FileSource,
  options: StringVectorOptions = {},
): Vector<string> | Vector<string | null> {
  checkOptions(options, [...vectorOptions, 'encoding', 'missing'], 'mapStrings');
  const { encoding, missing, ...rest } = options;
  const strings = {
    ...(encoding === undefined ? {} : { encoding }),
    ...(missing === undefined ? {} : { missing }),
  };
  const mapping = mapElements(source, rest, 1);
  return closingOnError(mapping, () => stringsOver(mapping, strings, rest));
}

function stringsOver(
  mapping: Mapping,
  strings: StringOptions,
  options: VectorOptions,
): Vector<string | null> {
  const store = new StringStore(mapping, strings);
  return makeVector(mapping, () => store, store.length, options, { elements: { strings } });
}

/**
 * Makes the vector that a description tells of, in this thread or process.
 *
 * @throws VEC_DESCRIPTION for anything else; MAP_CHANGED when another file has its place by now.
 */
export function reopenVector(description: VectorDescription): Vector<unknown> {
  const { terrane, elements, shape, order, names } = description ?? {};
  const known = elements === 'bits' || (typeof elements === 'object' && elements !== null);
  if (terrane !== 'vector' || !known || !Array.isArray(shape)) {
    throw errors.VEC_DESCRIPTION({ message: 'not the description of a vector' });
  }
  const mapping = reopen(description.mapping);
  const options = { shape, order, names, length: shape.reduce((product, extent) => product * extent, 1) };
  return closingOnError(mapping, (): Vector<unknown> => {
    if (elements === 'bits') return bitsOver(mapping, options) as Vector<unknown>;
    if ('strings' in elements) return stringsOver(mapping, elements.strings, options) as Vector<unknown>;
    return vectorOver(mapping, layoutFromDescription(elements.layout as LayoutDescription), options);
  });
}

/** Maps so many bytes as `length` elements of `size` take; segments hold whole elements. */
export function mapElements(source: FileSource, options: VectorOptions, size: number): Mapping {
  const { length, shape: _shape, order: _order, names: _names, ...rest } = options;
  if (length !== undefined && (!Number.isSafeInteger(length) || length < 0)) {
    throw errors.VEC_INDEX({ message: `no vector has the length ${String(length)}`, found: String(length) });
  }
  const bytes = length === undefined ? {} : { length: Math.ceil(length * size) };
  const unit = size < 1 ? 65_536 : leastCommonMultiple(65_536, size);
  const segment = unit > 2 ** 30 ? {} : { segmentSize: unit * Math.floor(2 ** 30 / unit) };
  return map(source, { ...rest, ...bytes, ...segment });
}

function makeVector<T>(
  mapping: Mapping,
  restore: (count: number) => ElementStore<T>,
  count: number,
  options: Pick<VectorOptions, (typeof shapeOptions)[number]>,
  more: Pick<VectorParts<T>, 'bytesOf' | 'afterClose' | 'borrowed'> & {
    readonly elements?: VectorDescription['elements'];
  },
): Vector<T> {
  const { elements, ...parts } = more;
  const { shape = [count], order, names } = options;
  return new Vector<T>({
    mapping,
    store: restore(count),
    shape: shapeOf(shape, count, order, names),
    restore,
    ...parts,
    retype: (layout) => vectorOver(mapping, layout, {}, undefined, undefined, true),
    ...(elements === undefined
      ? {}
      : {
          describe: (vector) => ({
            terrane: 'vector',
            mapping: mapping.describe(),
            elements,
            shape: vector.shape,
            order: vector.order,
            names: vector.dimensionNames,
          }),
        }),
  });
}

/** Runs `make`; when it fails, the mapping is not left behind. */
export function closingOnError<Result>(mapping: Mapping, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    mapping.close();
    throw error;
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
