import { hostByteOrder, swapBytes } from '@terrane/layout';
import { errors } from '../errors.js';
import type { NumberArray } from './dtype.js';
import type { InputValues, ValueCodec } from './value-codec.js';

/** What all typed array constructors have in common. */
export interface TypedArrayConstructor<A extends NumberArray> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (length: number): A;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

/** Puts one value into an array of the right kind, or says what is wrong with it. */
export type StoreValue<A extends NumberArray> = (array: A, index: number, value: unknown) => boolean;

/**
 * The codec of numbers that are stored exactly as a typed array holds them, except perhaps for the byte
 * order: reading goes straight into the array's memory.
 */
export function typedArrayCodec<A extends NumberArray>(
  arrayType: TypedArrayConstructor<A>,
  byteOrder: 'little' | 'big',
  store: StoreValue<A>,
): ValueCodec<A> {
  const size = arrayType.BYTES_PER_ELEMENT;
  const native = size === 1 || byteOrder === hostByteOrder;
  const accepts = (array: unknown): array is A => array instanceof (arrayType as never);
  const bytesOf = (array: A, at: number, count: number): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset + at * size, count * size);
  const finish = (bytes: Uint8Array): void => {
    if (!native) swapBytes(bytes, size);
  };
  return {
    elementBytes: size,
    create: (count) => new arrayType(count),
    accepts,
    decode(source, target, at) {
      const bytes = bytesOf(target, at, source.length / size);
      bytes.set(source);
      finish(bytes);
    },
    inPlace: {
      bytes: bytesOf,
      finish,
      native,
      overlay: (bytes) => new arrayType(bytes.buffer, bytes.byteOffset, bytes.length / size),
      alignment: size,
    },
    encode(values, at, count) {
      const same = accepts(values);
      if (same && native) return bytesOf(values, at, count);
      const array = same ? (values.slice(at, at + count) as A) : convert(arrayType, store, values, at, count);
      const bytes = bytesOf(array, 0, count);
      finish(bytes);
      return bytes;
    },
  };
}

function convert<A extends NumberArray>(
  arrayType: TypedArrayConstructor<A>,
  store: StoreValue<A>,
  values: InputValues,
  at: number,
  count: number,
): A {
  const array = new arrayType(count);
  for (let index = 0; index < count; index++) {
    if (!store(array, index, values[at + index]))
      throw wrongValue(values[at + index], at + index, arrayType.name);
  }
  return array;
}

/** The refusal of one value. */
export function wrongValue(value: unknown, index: number, kind: string): Error {
  return errors.H5_WRONG_TYPE({
    message: `value ${index} does not fit: ${typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)}`,
    expected: `a value that ${kind.replace('Array', '')} holds`,
    found: typeof value,
  });
}

/** Stores a whole number in range, whether it comes as `number` or `bigint`. */
export function integerStore<A extends NumberArray>(bits: number, signed: boolean): StoreValue<A> {
  const low = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const high = (signed ? 2n ** BigInt(bits - 1) : 2n ** BigInt(bits)) - 1n;
  return (array, index, value) => {
    if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'bigint') return false;
    const whole = BigInt(value as number | bigint);
    if (whole < low || whole > high) return false;
    (array as { [index: number]: number | bigint })[index] = bits === 64 ? whole : Number(whole);
    return true;
  };
}

/** Stores any number as a float. */
export function floatStore<A extends NumberArray>(): StoreValue<A> {
  return (array, index, value) => {
    if (typeof value !== 'number' && typeof value !== 'bigint') return false;
    (array as { [index: number]: number | bigint })[index] = Number(value);
    return true;
  };
}
