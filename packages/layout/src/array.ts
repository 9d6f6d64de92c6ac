import { checkOptions } from '@terrane/errors';
import { checkCount } from './check-count.js';
import { errors } from './errors.js';
import { defineLayout, inside, type Layout, reach, show } from './layout.js';

/** Nested arrays of a shape: `NestedArray<number, [2, 3]>` is `number[][]`. */
export type NestedArray<T, Shape extends readonly number[]> = Shape extends readonly [
  number,
  ...infer Rest extends readonly number[],
]
  ? NestedArray<T, Rest>[]
  : T;

/** Options of {@link array}. */
export interface ArrayOptions {
  /** `"row"` (default): the last index varies fastest, as in C. `"column"`: the first, as in Fortran and R. */
  readonly order?: 'row' | 'column';
}

/**
 * A fixed number of values, in one or more dimensions: nested JavaScript arrays whose first index is the first of
 * `shape`, whatever the order in memory.
 *
 * @throws LAY_DEFINITION when the shape is empty or an extent is no positive integer.
 */
export function array<T, const Shape extends readonly number[]>(
  element: Layout<T>,
  shape: Shape,
  options: ArrayOptions = {},
): Layout<NestedArray<T, Shape>> {
  checkOptions(options, ['order'], 'array');
  const { order = 'row' } = options;
  if (order !== 'row' && order !== 'column') {
    throw new TypeError(`array: order is "row" or "column", not ${show(order)}`);
  }
  if (shape.length === 0) throw errors.LAY_DEFINITION({ message: 'array: a shape has one extent at least' });
  for (const extent of shape) checkCount('array', extent);
  if (element.description.type === 'pad') {
    throw errors.LAY_DEFINITION({ message: 'array: padding has no elements', hint: 'use pad(n * size)' });
  }
  const strides = stridesOf(shape, order, element.size);

  const check = (value: unknown, dimension = 0): void => {
    if (dimension === shape.length) {
      element.check(value);
      return;
    }
    if (!Array.isArray(value) && !ArrayBuffer.isView(value)) {
      throw errors.LAY_TYPE({ message: `an array is wanted, not ${show(value)}` });
    }
    const list = value as ArrayLike<unknown>;
    if (list.length !== shape[dimension]) {
      throw errors.LAY_SHAPE({
        message: `${list.length} elements instead of ${shape[dimension]}`,
        expected: `shape ${shape.join(' × ')}`,
      });
    }
    for (let i = 0; i < list.length; i++) {
      try {
        check(list[i], dimension + 1);
      } catch (error) {
        throw inside(`[${i}]`, error);
      }
    }
  };

  const reader = (get: (at: number) => unknown, frozen: boolean) => {
    const read = (at: number, dimension: number): unknown => {
      if (dimension === shape.length) return get(at);
      const stride = strides[dimension]!;
      const list: unknown[] = [];
      for (let i = 0; i < shape[dimension]!; i++) list.push(read(at + i * stride, dimension + 1));
      return frozen ? Object.freeze(list) : list;
    };
    return (at: number) => read(at, 0) as NestedArray<T, Shape>;
  };

  const size = element.size * shape.reduce((product, extent) => product * extent, 1);
  return defineLayout<NestedArray<T, Shape>>({
    description: {
      type: 'array',
      element: element.description,
      shape: [...shape],
      ...(order === 'column' ? { order } : {}),
    },
    size,
    alignment: element.alignment,
    access: (view) => {
      const { get, set } = element.access(view);
      const write = (at: number, value: unknown, dimension: number): void => {
        if (dimension === shape.length) {
          set(at, value as T);
          return;
        }
        const list = value as ArrayLike<unknown>;
        for (let i = 0; i < list.length; i++) write(at + i * strides[dimension]!, list[i], dimension + 1);
      };
      return {
        get: reader(get, false),
        set: (at, value) => {
          check(value);
          reach(view, at, size);
          write(at, value, 0);
        },
      };
    },
    live: (view) => reader(element.live?.(view) ?? element.access(view).get, true),
    check: (value) => check(value),
  });
}

/** Bytes from one element to the next in each dimension. */
function stridesOf(shape: readonly number[], order: 'row' | 'column', elementSize: number): number[] {
  const strides = new Array<number>(shape.length);
  let stride = elementSize;
  const dimensions = [...shape.keys()];
  for (const dimension of order === 'row' ? dimensions.reverse() : dimensions) {
    strides[dimension] = stride;
    stride *= shape[dimension]!;
  }
  return strides;
}
