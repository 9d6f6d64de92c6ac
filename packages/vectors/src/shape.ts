import { errors } from './errors.js';
import { checkIndex } from './selection.js';

/** Which index varies fastest in the file: the last (`"row"`, as in C) or the first (`"column"`, as in Fortran, R). */
export type Order = 'row' | 'column';

/** Names of the positions along each dimension; `null` for one without names. */
export type DimensionNames = readonly (readonly string[] | null)[];

/** A position in each dimension, or its name. */
export type Index = readonly (number | string)[];

/** The arrangement of a vector's elements in dimensions. */
export interface Shape {
  readonly extents: readonly number[];
  readonly order: Order;
  readonly names: DimensionNames;
}

/**
 * Checks an arrangement of `length` elements.
 *
 * @throws VEC_SHAPE when the extents do not multiply to the length, or names are not one for every position.
 */
export function shapeOf(
  extents: readonly number[],
  length: number,
  order: Order = 'row',
  names: DimensionNames = extents.map(() => null),
): Shape {
  if (order !== 'row' && order !== 'column') {
    throw new TypeError(`order is "row" or "column", not ${String(order)}`);
  }
  if (extents.length === 0 || !extents.every((extent) => Number.isSafeInteger(extent) && extent >= 0)) {
    throw errors.VEC_SHAPE({ message: `${JSON.stringify(extents)} is no shape` });
  }
  const product = extents.reduce((sum, extent) => sum * extent, 1);
  if (product !== length) {
    throw errors.VEC_SHAPE({
      message: `the shape ${extents.join(' × ')} has ${product} elements, the vector ${length}`,
      expected: String(length),
      found: String(product),
    });
  }
  if (names.length !== extents.length) {
    throw errors.VEC_SHAPE({ message: `names for ${names.length} of ${extents.length} dimensions` });
  }
  for (const [d, list] of names.entries()) {
    if (list !== null && (list.length !== extents[d] || new Set(list).size !== list.length)) {
      throw errors.VEC_SHAPE({ message: `dimension ${d} needs ${extents[d]} different names` });
    }
  }
  return { extents: [...extents], order, names };
}

/** Elements from one position to the next in each dimension. Doubles: no product is ever cut to 32 bits. */
export function strides({ extents, order }: Shape): number[] {
  const result = new Array<number>(extents.length);
  let stride = 1;
  const dimensions = [...extents.keys()];
  for (const d of order === 'row' ? dimensions.reverse() : dimensions) {
    result[d] = stride;
    stride *= extents[d]!;
  }
  return result;
}

/**
 * The number of the element at an index.
 *
 * @throws VEC_INDEX when a position or a name is not in its dimension, VEC_SHAPE for another number of dimensions.
 */
export function elementAt(shape: Shape, index: Index): number {
  const { extents } = shape;
  if (index.length !== extents.length) {
    throw errors.VEC_SHAPE({ message: `${index.length} positions for ${extents.length} dimensions` });
  }
  const steps = strides(shape);
  let element = 0;
  for (const [d, position] of index.entries()) element += positionOf(shape, d, position) * steps[d]!;
  return element;
}

/** The position that a name has along a dimension, or the position itself, checked. */
export function positionOf({ extents, names }: Shape, dimension: number, position: number | string): number {
  if (typeof position !== 'string') {
    checkIndex(position, extents[dimension]!);
    return position;
  }
  const at = names[dimension]?.indexOf(position) ?? -1;
  if (at >= 0) return at;
  throw errors.VEC_INDEX({
    message: `dimension ${dimension} has no name ${JSON.stringify(position)}`,
    found: position,
  });
}
