import { nearest } from '@terrane/errors';
import { errors } from '../errors.js';
import type { Charset, Datatype } from '../format/messages/datatype.js';
import { dtypeNames, type NumberName, namedType } from './dtype.js';
import type { InputValues } from './value-codec.js';

const namesByArray = new Map<string, NumberName>([
  ['Int8Array', 'int8'],
  ['Uint8Array', 'uint8'],
  ['Uint8ClampedArray', 'uint8'],
  ['Buffer', 'uint8'],
  ['Int16Array', 'int16'],
  ['Uint16Array', 'uint16'],
  ['Int32Array', 'int32'],
  ['Uint32Array', 'uint32'],
  ['BigInt64Array', 'int64'],
  ['BigUint64Array', 'uint64'],
  ['Float32Array', 'float32'],
  ['Float64Array', 'float64'],
]);

/**
 * The datatype that a caller means: a name, a whole datatype, or what the values suggest. Plain arrays of
 * numbers are float64, of bigints int64, of text fixed strings as long as the longest.
 *
 * @throws H5_WRONG_TYPE for a name that is none, and for values of mixed or other kinds
 */
export function resolveType(type: Datatype | string | undefined, values: InputValues | undefined): Datatype {
  if (typeof type === 'object') return type;
  if (type !== undefined && type !== 'string') return namedType(type) ?? unknownName(type);
  if (type === 'string') return stringTypeFor(values ?? []);
  if (values === undefined) {
    throw new TypeError('a dataset without values needs a type');
  }
  const name = namesByArray.get(values.constructor?.name ?? '');
  if (name !== undefined) return namedType(name)!;
  const first: unknown = values[0];
  if (typeof first === 'string') return stringTypeFor(values);
  if (typeof first === 'bigint') return namedType('int64')!;
  return namedType('float64')!;
}

function unknownName(name: string): never {
  const near = nearest(name, dtypeNames);
  throw errors.H5_WRONG_TYPE({
    message: `there is no type named ${JSON.stringify(name)}`,
    expected: dtypeNames.join(', '),
    found: name,
    ...(near === undefined ? {} : { hint: `did you mean ${JSON.stringify(near)}?` }),
  });
}

/** A fixed string type that holds every value; ASCII where all of them are. */
function stringTypeFor(values: InputValues): Datatype {
  let size = 1;
  let charset: Charset = 'ascii';
  for (let index = 0; index < values.length; index++) {
    const text = String(values[index]);
    const { length } = new TextEncoder().encode(text);
    if (length !== text.length) charset = 'utf-8';
    size = Math.max(size, length);
  }
  return { class: 'string', size, padding: 'null-pad', charset };
}
