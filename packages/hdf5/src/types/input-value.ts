import { errors } from '../errors.js';
import type { Dataspace } from '../format/messages/dataspace.js';
import type { Datatype } from '../format/messages/datatype.js';
import { sizeOf } from '../plan/nd-array.js';
import type { DtypeName } from './dtype.js';
import { resolveType } from './infer-type.js';
import type { InputValues } from './value-codec.js';

/** One value, or an array of them. */
export type InputValue = number | bigint | string | InputValues;

/** Values to store, with the shape and the type they are meant to have. */
export interface InputArray {
  /** A scalar, a typed array, or an array of numbers, bigints or text. Left out: nothing is written. */
  readonly data?: InputValue;
  /** Lengths by dimension, slowest first; `[]` for a scalar, `null` for a null dataspace. Left out: as `data` is. */
  readonly shape?: readonly number[] | null;
  /** A name such as `"float64"` or `"int32be"`, or a whole datatype. Left out: as `data` is. */
  readonly type?: DtypeName | Datatype;
}

/** Values with everything settled. */
export interface ResolvedInput {
  readonly values: InputValues | undefined;
  readonly datatype: Datatype;
  readonly dataspace: Dataspace;
}

/**
 * Settles type and shape of values.
 *
 * @throws H5_WRONG_SHAPE when there are more or fewer values than the shape has room for
 */
export function resolveInput({ data, shape, type }: InputArray): ResolvedInput {
  const given = isScalar(data) ? ([data] as unknown as InputValues) : data;
  const values = given === undefined ? undefined : checkArray(given);
  const datatype = resolveType(type, values);
  if (shape === null) return { values: undefined, datatype, dataspace: { kind: 'null' } };
  const lengths = shape ?? (isScalar(data) ? [] : values === undefined ? undefined : [values.length]);
  if (lengths === undefined) throw new TypeError('without values there must be a shape');
  if (lengths.length > 32 || lengths.some((length) => !Number.isSafeInteger(length) || length < 0)) {
    throw wrongShape(lengths, 'up to 32 whole numbers from 0 on', `(${lengths.join(', ')})`);
  }
  if (values !== undefined && values.length !== sizeOf(lengths)) {
    throw wrongShape(lengths, `${sizeOf(lengths)} values`, `${values.length}`);
  }
  return { values, datatype, dataspace: { kind: 'simple', shape: [...lengths], maxShape: [...lengths] } };
}

/** Whether a value is one element by itself. */
export function isScalar(value: unknown): value is number | bigint | string {
  return typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
}

/** Lets through what is an array, whatever is in it. */
export function checkArray(value: unknown): InputValues {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    return value as unknown as InputValues;
  }
  throw new TypeError('values are a number, a bigint, a string, or an array of these');
}

function wrongShape(shape: readonly number[], expected: string, found: string): Error {
  return errors.H5_WRONG_SHAPE({
    message: `the values do not have the shape (${shape.join(', ')})`,
    expected,
    found,
  });
}
