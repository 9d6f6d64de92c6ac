/** An n-dimensional array in one piece, as `ndarray` and zarrita shape theirs: row-major, strides in elements. */
export interface NdArray<A = unknown> {
  readonly data: A;
  /** Lengths by dimension, slowest first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Elements to move for one step in each dimension. */
  readonly stride: readonly number[];
}

/** Row-major strides of a shape, in elements. */
export function rowMajorStride(shape: readonly number[]): number[] {
  const stride = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    stride[axis] = step;
    step *= shape[axis]!;
  }
  return stride;
}

/** How many elements a shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** Wraps values with their shape. */
export function ndArray<A>(data: A, shape: readonly number[]): NdArray<A> {
  return { data, shape, stride: rowMajorStride(shape) };
}
