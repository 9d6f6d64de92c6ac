import { errors } from '../errors.js';
import type { Segment } from '../heap/segment.js';
import type { ScalarName } from '../schema/kinds.js';
import { type Codec, type KeyCodec, show, wrongType } from './codec.js';
import { hashNumber } from './hash.js';

/** Throws unless the value can be stored as this kind. */
export type Check<T> = (value: unknown, path: string) => asserts value is T;

/** A check for whole numbers in a range. */
export function integerCheck(low: number, high: number): Check<number> {
  return (value, path) => {
    if (typeof value !== 'number') throw wrongType(path, 'a whole number', value);
    if (Number.isInteger(value) && value >= low && value <= high) return;
    throw new RangeError(`${path}: a whole number from ${low} to ${high} is wanted, not ${show(value)}`);
  };
}

/** A check for numbers of any kind. */
export const checkFloat: Check<number> = (value, path) => {
  if (typeof value !== 'number') throw wrongType(path, 'a number', value);
};

/** A check for 64-bit integers in a range. */
export function bigintCheck(low: bigint, high: bigint): Check<bigint> {
  return (value, path) => {
    if (typeof value !== 'bigint') throw wrongType(path, 'a bigint', value);
    if (value < low || value > high) throw new RangeError(`${path}: ${value}n is not from ${low} to ${high}`);
  };
}

/** What values of a kind are: `fits` tells, and `check` throws. */
interface Rule<T> {
  readonly check: Check<T>;
  fits(value: unknown): boolean;
}

function integer(low: number, high: number): Rule<number> {
  return {
    check: integerCheck(low, high),
    fits: (value) => Number.isInteger(value) && (value as number) >= low && (value as number) <= high,
  };
}

function bigint(low: bigint, high: bigint): Rule<bigint> {
  return {
    check: bigintCheck(low, high),
    fits: (value) => typeof value === 'bigint' && value >= low && value <= high,
  };
}

const float: Rule<number> = { check: checkFloat, fits: (value) => typeof value === 'number' };

const checkBoolean: Check<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw wrongType(path, 'true or false', value);
};

const checkDate: Check<Date> = (value, path) => {
  if (!(value instanceof Date)) throw wrongType(path, 'a Date', value);
  if (Number.isNaN(value.getTime())) throw new RangeError(`${path}: an invalid Date`);
};

function scalar<T>(
  size: number,
  { check, fits }: Rule<T>,
  read: (view: DataView, at: number, segment?: Segment) => T,
  write: (view: DataView, at: number, value: T) => void,
): Codec {
  return {
    size,
    check: check as (value: unknown, path: string) => void,
    fits,
    write: write as (view: DataView, at: number, value: unknown) => void,
    get: (segment, at) => read(segment.view, at, segment),
    set: (segment, at, value) => {
      segment.heap.own(segment, at, size);
      write(segment.view, at, value as T);
    },
    key: {
      ...comparedBy(
        (value) => {
          // Through memory, so that a float32 is found as what it was stored as.
          write(scratch, 0, value as T);
          return asKey(read(scratch, 0));
        },
        (segment, at) => asKey(read(segment.view, at, segment)),
      ),
      canonical: (value) => {
        // Rounding to a float32 can make a -0, too.
        write(scratch, 0, value as T);
        const stored = read(scratch, 0);
        return stored === 0 ? 0 : stored;
      },
    },
  };
}

/** Keys that are compared as one number: that of a value given, and that of the value at a place. */
function comparedBy(
  ofValue: (value: unknown) => number | bigint,
  ofPlace: (segment: Segment, at: number) => number | bigint,
): KeyCodec {
  let wanted: number | bigint = 0;
  return {
    probe: (value) => {
      wanted = ofValue(value);
      return hashNumber(wanted);
    },
    matches: (segment, at) => Object.is(ofPlace(segment, at), wanted),
  };
}

const scratch = new DataView(new ArrayBuffer(8));

/** What a scalar is compared by. */
function asKey(value: unknown): number | bigint {
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value === 'bigint') return value;
  if (value instanceof Date) return value.getTime();
  return value ? 1 : 0;
}

/** The error for a value that its kind does not have. */
export function damagedValue(message: string, segment: Segment | undefined, at: number): Error {
  return errors.OBJ_DAMAGED({ message, structure: 'value', offset: (segment?.start ?? 0) + at });
}

const largest = Number.MAX_SAFE_INTEGER;

/** Codecs of all kinds that need no parameters and lie in their place. */
export const scalarCodecs: Readonly<Record<Exclude<ScalarName, 'text' | 'bytes'>, Codec>> = {
  int8: scalar(
    1,
    integer(-128, 127),
    (v, at) => v.getInt8(at),
    (v, at, x) => v.setInt8(at, x),
  ),
  uint8: scalar(
    1,
    integer(0, 255),
    (v, at) => v.getUint8(at),
    (v, at, x) => v.setUint8(at, x),
  ),
  int16: scalar(
    2,
    integer(-32768, 32767),
    (v, at) => v.getInt16(at, true),
    (v, at, x) => v.setInt16(at, x, true),
  ),
  uint16: scalar(
    2,
    integer(0, 65535),
    (v, at) => v.getUint16(at, true),
    (v, at, x) => v.setUint16(at, x, true),
  ),
  int32: scalar(
    4,
    integer(-(2 ** 31), 2 ** 31 - 1),
    (v, at) => v.getInt32(at, true),
    (v, at, x) => v.setInt32(at, x, true),
  ),
  uint32: scalar(
    4,
    integer(0, 2 ** 32 - 1),
    (v, at) => v.getUint32(at, true),
    (v, at, x) => v.setUint32(at, x, true),
  ),
  int53: scalar(
    8,
    integer(-largest, largest),
    (v, at, segment) => {
      const value = v.getFloat64(at, true);
      if (!Number.isSafeInteger(value)) throw damagedValue('an int53 that is not safe', segment, at);
      return value;
    },
    // 0 for -0.
    (v, at, x) => v.setFloat64(at, x + 0, true),
  ),
  int64: scalar(
    8,
    bigint(-(2n ** 63n), 2n ** 63n - 1n),
    (v, at) => v.getBigInt64(at, true),
    (v, at, x) => v.setBigInt64(at, x, true),
  ),
  uint64: scalar(
    8,
    bigint(0n, 2n ** 64n - 1n),
    (v, at) => v.getBigUint64(at, true),
    (v, at, x) => v.setBigUint64(at, x, true),
  ),
  float32: scalar(
    4,
    float,
    (v, at) => v.getFloat32(at, true),
    (v, at, x) => v.setFloat32(at, x, true),
  ),
  float64: scalar(
    8,
    float,
    (v, at) => v.getFloat64(at, true),
    (v, at, x) => v.setFloat64(at, x, true),
  ),
  bool: scalar(
    1,
    { check: checkBoolean, fits: (value) => typeof value === 'boolean' },
    (v, at) => v.getUint8(at) !== 0,
    (v, at, x) => v.setUint8(at, x ? 1 : 0),
  ),
  date: scalar(
    8,
    { check: checkDate, fits: (value) => value instanceof Date && !Number.isNaN(value.getTime()) },
    (v, at, segment) => {
      const date = new Date(v.getFloat64(at, true));
      if (Number.isNaN(date.getTime())) throw damagedValue('a date that is none', segment, at);
      return date;
    },
    (v, at, x) => v.setFloat64(at, x.getTime(), true),
  ),
};

/** One of the names, as its index. */
export function enumCodec(values: readonly string[]): Codec {
  const index = new Map(values.map((value, position) => [value, position]));
  const size = values.length <= 256 ? 1 : 2;
  const check: Check<string> = (value, path) => {
    if (typeof value === 'string' && index.has(value)) return;
    throw wrongType(
      path,
      `one of ${values.slice(0, 8).map(show).join(', ')}${values.length > 8 ? ' …' : ''}`,
      value,
    );
  };
  const position = (view: DataView, at: number) =>
    size === 1 ? view.getUint8(at) : view.getUint16(at, true);
  const codec = scalar<string>(
    size,
    { check, fits: (value) => index.has(value as string) },
    (view, at, segment) => {
      const value = values[position(view, at)];
      if (value !== undefined) return value;
      throw damagedValue(`an enumeration has no name ${position(view, at)}`, segment, at);
    },
    (view, at, value) => {
      if (size === 1) view.setUint8(at, index.get(value)!);
      else view.setUint16(at, index.get(value)!, true);
    },
  );
  return {
    ...codec,
    key: comparedBy(
      (value) => index.get(value as string)!,
      (segment, at) => position(segment.view, at),
    ),
  };
}

/** A value in its place, or `null`: a byte after it tells. */
export function optionalCodec(of: Codec): Codec {
  const { size } = of;
  return {
    size: 2 * size,
    check: (value, path) => {
      if (value !== null) of.check(value, path);
    },
    get: (segment, at) => (segment.view.getUint8(at + size) === 0 ? null : of.get(segment, at)),
    set: (segment, at, value) => {
      segment.heap.own(segment, at, 2 * size);
      if (value === null) segment.bytes.fill(0, at, at + 2 * size);
      else {
        of.set(segment, at, value);
        segment.view.setUint8(at + size, 1);
      }
    },
  };
}
