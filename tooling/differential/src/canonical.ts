import { createHash } from 'node:crypto';
import type { Value } from './messages.js';

/*
 * Two readers agree when they give the same values, whatever arrays they give them in. Canonical forms:
 *
 *   integers up to 32 bits and floats    float64, little-endian, one kind of NaN, -0 kept
 *   64-bit integers                      8 bytes, little-endian
 *   text                                 JSON of a list of strings
 *   bit fields, opaque data, times       the bytes
 *   compounds, arrays, lists             their leaves in order, joined by commas
 */

/** Reduces the values of a dataset or attribute to what can be compared. */
export function canonical(type: string, shape: readonly number[] | null, data: unknown): Value {
  if (shape === null) return { class: type, shape, digests: ['null'], preview: '(null)' };
  const values = listOf(data, shape);
  return { class: type, shape, digests: [digest(type, values)], preview: preview(values) };
}

/**
 * A value without what text was padded with, as a second way to read the same bytes: readers differ on the
 * spaces and zeros at the end of text that is padded with spaces.
 */
export function withoutPadding(value: Value, data: unknown): Value {
  const trimmed = Array.from(listOf(data, value.shape ?? []), (text) => String(text).replace(/[ \0]+$/, ''));
  return { ...value, digests: [...value.digests, digest('string', trimmed)] };
}

type Values = readonly unknown[] | NumberArray;
type NumberArray = Exclude<NodeJS.TypedArray, Uint8ClampedArray>;

/** A scalar stands for a list of one. */
function listOf(data: unknown, shape: readonly number[]): Values {
  if (ArrayBuffer.isView(data)) return data as NumberArray;
  return Array.isArray(data) && (shape.length > 0 || data.length === 1) ? data : [data];
}

function digest(type: string, values: Values): string {
  if (values.length === 0) return 'empty';
  const hash = createHash('sha1');
  if (type === 'opaque' || type === 'bitfield' || type === 'time') {
    for (const bytes of ArrayBuffer.isView(values) ? [values] : values) hash.update(bytesOf(bytes));
  } else if (ArrayBuffer.isView(values)) {
    hash.update(numberBytes(values));
  } else if (values.every((value) => typeof value === 'string')) {
    hash.update(JSON.stringify(values));
  } else if (values.every((value) => typeof value === 'number')) {
    hash.update(numberBytes(Float64Array.from(values)));
  } else if (values.every((value) => typeof value === 'bigint')) {
    // Both signs have the same 64 bits.
    hash.update(bytesOf(BigInt64Array.from(values)));
  } else {
    for (const value of values) hash.update(`${leavesOf(value).map(leaf).join(',')};`);
  }
  return hash.digest('hex');
}

function numberBytes(values: NumberArray): Uint8Array {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return bytesOf(values);
  const floats = Float64Array.from(values as Float64Array);
  for (const [index, value] of floats.entries()) if (Number.isNaN(value)) floats[index] = Number.NaN;
  return bytesOf(floats);
}

function bytesOf(data: unknown): Uint8Array {
  if (!ArrayBuffer.isView(data)) throw new TypeError(`no bytes: ${typeof data}`);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The leaves of nested lists and records, in order. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (value instanceof Map) return [...value.values()].flatMap(leavesOf);
  if (ArrayBuffer.isView(value)) return [...(value as Uint8Array)];
  if (typeof value === 'object' && value !== null) {
    return 'data' in value ? leavesOf(value.data) : Object.values(value).flatMap(leavesOf);
  }
  return [value];
}

/** Whole numbers look alike, whether they were integers or floats; others are told by all their bits. */
function leaf(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(BigInt(value));
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'number') return String(value);
  if (Number.isInteger(value) && !Object.is(value, -0)) return String(BigInt(value));
  const bits = Buffer.alloc(8);
  bits.writeDoubleBE(Number.isNaN(value) ? Number.NaN : value);
  return bits.toString('hex');
}

function preview(values: Values): string {
  const shown = Array.from(values.slice(0, 6) as unknown[], (value) =>
    typeof value === 'string' ? JSON.stringify(value) : leavesOf(value).slice(0, 8).map(String).join(' '),
  );
  return shown.join(', ').slice(0, 160) + (values.length > 6 ? `, … (${values.length})` : '');
}
