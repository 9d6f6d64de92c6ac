import type { NdArray, NumberArrays, NumberName } from '@terrane/hdf5';
import { ndArray } from '@terrane/hdf5';

const arrays: { readonly [Name in NumberName]: new (length: number) => NumberArrays[Name] } = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** An n-d array of zeros: `zeros([300, 300])`. */
export function zeros<Name extends NumberName = 'float64'>(
  shape: readonly number[],
  type: Name = 'float64' as Name,
): NdArray<NumberArrays[Name]> {
  return ndArray(new arrays[type](shape.reduce((size, length) => size * length, 1)), shape);
}

/** The whole numbers from 0 to `count` - 1, as int64, as NumPy's `arange` has them. */
export function arange(count: number): NdArray<BigInt64Array> {
  return ndArray(
    BigInt64Array.from({ length: count }, (_, index) => BigInt(index)),
    [count],
  );
}
