import type { Datatype, DtypeName, InputValues, NdArray } from '@terrane/hdf5';
import { errors } from './errors.js';

/** A number, text, or a list of these, nested as deep as the array has dimensions. */
export type NestedList = number | bigint | string | readonly NestedList[];

/** What an array can be made of. */
export type ArrayInput = NestedList | ArrayBufferView | NdArray<InputValues>;

/** Values in one piece, with their shape. */
export interface ResolvedArray {
  readonly data: InputValues;
  readonly shape: readonly number[];
  /** `undefined`: as the typed array says. */
  readonly type: DtypeName | Datatype | undefined;
  /** How PyTables would hand the values back: as an n-d array, or as Python lists and scalars. */
  readonly flavor: 'numpy' | 'python';
}

/**
 * Settles what the values of an array are: a typed array and an n-d array as they are, without a copy; numbers and
 * nested lists as Python would type them, whole numbers as int64 and others as float64.
 *
 * @throws TBL_BAD_VALUE for ragged lists, mixed lists, and anything else
 */
export function resolveArray(value: ArrayInput, what: string): ResolvedArray {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const data = value as unknown as InputValues;
    return { data, shape: [data.length], type: undefined, flavor: 'numpy' };
  }
  if (isNdArray(value)) return fromNdArray(value, what);
  const flat: (number | bigint | string)[] = [];
  const shape = listShape(value as NestedList, what);
  flatten(value as NestedList, shape, 0, flat, what);
  return { data: flat as InputValues, shape, type: listType(flat, what), flavor: 'python' };
}

function isNdArray(value: unknown): value is NdArray<InputValues> {
  return typeof value === 'object' && value !== null && 'data' in value && 'shape' in value;
}

function fromNdArray(array: NdArray<InputValues>, what: string): ResolvedArray {
  const { data, shape, stride } = array;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (stride !== undefined && stride[axis] !== expected && shape[axis]! > 1) {
      throw bad(what, 'an array in row-major order', `strides (${stride.join(', ')})`);
    }
    expected *= shape[axis]!;
  }
  return { data, shape, type: undefined, flavor: 'numpy' };
}

/** The shape the first elements suggest; `flatten` finds out whether the others agree. */
function listShape(value: NestedList, what: string): number[] {
  const shape: number[] = [];
  for (let inner: NestedList | undefined = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    if (shape.length > 32) throw bad(what, 'up to 32 dimensions', 'more');
  }
  return shape;
}

function flatten(
  value: NestedList,
  shape: readonly number[],
  depth: number,
  flat: (number | bigint | string)[],
  what: string,
): void {
  if (depth < shape.length) {
    if (!Array.isArray(value) || value.length !== shape[depth]) {
      throw bad(what, `lists of ${shape[depth]} in dimension ${depth}`, 'a ragged list');
    }
    for (const inner of value) flatten(inner, shape, depth + 1, flat, what);
    return;
  }
  if (typeof value !== 'number' && typeof value !== 'bigint' && typeof value !== 'string') {
    throw bad(what, 'numbers or text', value === null ? 'null' : typeof value);
  }
  flat.push(value);
}

function listType(flat: readonly (number | bigint | string)[], what: string): DtypeName {
  const isText = typeof flat[0] === 'string';
  if (flat.some((value) => (typeof value === 'string') !== isText))
    throw bad(what, 'one kind of values', 'text and numbers');
  if (isText) return 'string';
  const isWhole =
    flat.length > 0 && flat.every((value) => typeof value === 'bigint' || Number.isSafeInteger(value));
  return isWhole ? 'int64' : 'float64';
}

function bad(what: string, expected: string, found: string): Error {
  return errors.TBL_BAD_VALUE({ message: `${what} cannot be stored`, expected, found });
}
