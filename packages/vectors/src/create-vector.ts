import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOptions } from '@terrane/errors';
import {
  bool8,
  cString,
  type ElementArray,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  type Layout,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
} from '@terrane/layout';
import { map } from '@terrane/mmap';
import { errors } from './errors.js';
import { closingOnError, mapElements, mapStrings, vectorOver } from './map-vector.js';
import type { DimensionNames, Order } from './shape.js';
import type { StringOptions } from './string-store.js';
import type { Vector } from './vector.js';

/** Options of {@link createVector} and {@link temporaryVector}. */
export interface CreateOptions {
  /** Extents of the dimensions; one dimension unless given. `values` are in the order of the file then. */
  readonly shape?: readonly number[];
  /** `"row"` by default. */
  readonly order?: Order;
  /** Names along each dimension. */
  readonly names?: DimensionNames;
}

/**
 * Writes values to a new file, or over an old one, and maps it for reading and writing. Every value is checked before
 * the file is touched. Without a layout a typed array keeps its type, numbers become float64, bigints int64, booleans
 * one byte each, and strings UTF-8 text as wide as the longest.
 *
 * @throws VEC_VALUES when values are of no one type; what the layout's `check` throws.
 */
export function createVector<T>(
  path: string,
  values: ArrayLike<T>,
  layout?: Layout<T>,
  options: CreateOptions = {},
): Vector<T> {
  checkOptions(options, ['shape', 'order', 'names'], 'createVector');
  const type = layout ?? layoutOf(values);
  checkAll(values, type);
  return write(path, values, type, options);
}

/** As {@link createVector}, in a file of its own that is removed when the vector is closed. */
export function temporaryVector<T>(
  values: ArrayLike<T>,
  layout?: Layout<T>,
  options: CreateOptions = {},
): Vector<T> {
  checkOptions(options, ['shape', 'order', 'names'], 'temporaryVector');
  const type = layout ?? layoutOf(values);
  checkAll(values, type);
  const folder = mkdtempSync(join(tmpdir(), 'terrane-vector-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    return write(join(folder, 'vector'), values, type, options, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

function checkAll<T>(values: ArrayLike<T>, layout: Layout<T>): void {
  for (let i = 0; i < values.length; i++) layout.check(values[i]);
}

function write<T>(
  path: string,
  values: ArrayLike<T>,
  layout: Layout<T>,
  options: CreateOptions,
  afterClose?: () => void,
): Vector<T> {
  emptyFile(path);
  const mapping = mapElements(path, { mode: 'read-write', create: true, length: values.length }, layout.size);
  return closingOnError(mapping, () => {
    const vector = vectorOver(mapping, layout, { ...options, length: values.length }, undefined, afterClose);
    const { store } = vector;
    if (!store.paste?.(0, values)) for (let i = 0; i < values.length; i++) store.set!(i, values[i]!);
    // A copy reaches its file when it is told to; what was created is in the file.
    if (!mapping.native) mapping.flush();
    return vector;
  });
}

/** An old file's bytes go before it is mapped: what maps it still would see them change otherwise. */
export function emptyFile(path: string): void {
  const descriptor = openSync(path, 'a');
  try {
    ftruncateSync(descriptor, 0);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes strings, each with a NUL behind it, to a new file or over an old one, and maps it.
 *
 * @throws LAY_TEXT for a string with a NUL inside, or one that is the text for a missing value; VEC_VALUES for `null`
 *   without such a text.
 */
export function createStrings(
  path: string,
  strings: readonly (string | null)[],
  options: StringOptions = {},
): Vector<string | null> {
  checkOptions(options, ['encoding', 'missing'], 'createStrings');
  const { encoding, missing } = options;
  const codec = cString(encoding === undefined ? {} : { encoding });
  const stored = strings.map((string) => {
    if (string !== null && string !== missing) return string;
    if (string === null && missing !== undefined) return missing;
    throw errors.VEC_VALUES({
      message:
        string === null
          ? 'a missing string, and no text for it'
          : `${JSON.stringify(string)} stands for a missing string`,
    });
  });
  const length = stored.reduce((sum, string) => sum + codec.byteLength(string), 0);
  emptyFile(path);
  const mapping = map(path, { mode: 'read-write', create: true, length });
  closingOnError(mapping, () => {
    const one = new Uint8Array(Math.max(1, ...stored.map((string) => codec.byteLength(string))));
    let at = 0;
    for (const string of stored) {
      const end = codec.write(one, string);
      mapping.write(at, one.subarray(0, end));
      at += end;
    }
  });
  mapping.close();
  return mapStrings(path, options);
}

const layouts: readonly [{ new (): ElementArray | Uint8ClampedArray }, () => Layout][] = [
  [Int8Array, () => int8()],
  [Uint8Array, () => uint8()],
  [Uint8ClampedArray, () => uint8()],
  [Int16Array, () => int16()],
  [Uint16Array, () => uint16()],
  [Int32Array, () => int32()],
  [Uint32Array, () => uint32()],
  [Float32Array, () => float32()],
  [Float64Array, () => float64()],
  [BigInt64Array, () => int64()],
  [BigUint64Array, () => uint64()],
];

/**
 * The layout that values have of themselves.
 *
 * @throws VEC_VALUES when there is none: no values, missing ones, or several types.
 */
export function layoutOf<T>(values: ArrayLike<T>): Layout<T> {
  const typed = layouts.find(([type]) => values instanceof type);
  if (typed !== undefined) return typed[1]() as Layout<T>;
  const types = new Set(Array.from(values, (value) => typeof value));
  const [type] = types;
  if (types.size === 1 && type === 'number') return float64() as Layout<unknown> as Layout<T>;
  if (types.size === 1 && type === 'bigint') return int64() as Layout<unknown> as Layout<T>;
  if (types.size === 1 && type === 'boolean') return bool8() as Layout<unknown> as Layout<T>;
  if (types.size === 1 && type === 'string') {
    const width = widestText(values as ArrayLike<unknown> as ArrayLike<string>);
    return text(Math.max(1, width)) as Layout<unknown> as Layout<T>;
  }
  const found = types.size === 0 ? 'no values' : [...types].join(' and ');
  throw errors.VEC_VALUES({ message: `no layout for ${found}`, found, hint: 'pass a layout' });
}

/** Bytes of UTF-8 that the longest of the texts takes: R's `make.fixedwidth` and `nchar(type = "bytes")`. */
export function widestText(texts: ArrayLike<string>): number {
  const encoder = new TextEncoder();
  let width = 0;
  for (let i = 0; i < texts.length; i++) width = Math.max(width, encoder.encode(texts[i]).length);
  return width;
}
