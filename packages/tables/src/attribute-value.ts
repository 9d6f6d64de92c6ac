import type { Mode } from '@terrane/driver';
import type { Attribute, Datatype, InputArray, InputValue, NdArray, ValueArray } from '@terrane/hdf5';
import { type ArrayInput, resolveArray } from './array-input.js';
import { type Steps, wait } from './steps.js';
import { textType } from './system-attributes.js';

/** What an attribute can be set to. */
export type AttributeInput = ArrayInput | boolean;

/** What the value of an attribute can be; `null` for a null dataspace that is no empty text. */
export type PlainValue = string | number | bigint | boolean | NdArray<ValueArray> | null;

/** Value, type and shape to store an attribute with. */
export function encodeAttribute(
  value: AttributeInput,
  what: string,
): { data: InputValue } & Pick<InputArray, 'type' | 'shape'> {
  if (typeof value === 'string')
    return { data: value, type: textType(value), shape: value === '' ? null : [] };
  if (typeof value === 'boolean') return { data: value ? 1 : 0, type: booleanType, shape: [] };
  const { data, shape, type } = resolveArray(value, what);
  return { data, shape, ...(type === undefined ? {} : { type }) };
}

/** Python's bool in a PyTables file: a bit field of one byte. */
export const booleanType: Datatype = {
  class: 'bitfield',
  size: 1,
  byteOrder: 'little',
  bitOffset: 0,
  precision: 8,
};

/** The value of an attribute that was found. */
export function* decodeAttribute<M extends Mode>(attribute: Attribute<M>): Steps<PlainValue> {
  const { shape, datatype } = attribute;
  if (shape === null) return datatype.class === 'string' ? '' : null;
  const array = yield* wait<M, NdArray<ValueArray>>(attribute.read());
  if (shape.length > 0) return array;
  const value = array.data[0]!;
  if (datatype.class === 'bitfield' && datatype.size === 1) return value !== 0;
  return safeNumber(value);
}

/** A bigint as a number where that is exact. */
export function safeNumber<T>(value: T | bigint): T | bigint | number {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
