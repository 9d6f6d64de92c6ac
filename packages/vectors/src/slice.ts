import type { ElementStore, WritableArray } from './element-store.js';
import { errors } from './errors.js';
import { type Resolved, resolveSelection, type Selection } from './selection.js';
import { positionOf, type Shape, strides } from './shape.js';

/** Elements in dimensions: element (i, j, …) is `data[i * stride[0] + j * stride[1] + …]`. */
export interface SliceOf<T> {
  readonly data: WritableArray<T>;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
}

/** Copies the selected part of every dimension; a single position drops its dimension. */
export function sliceOf<T>(
  store: ElementStore<T>,
  shape: Shape,
  selections: readonly (Selection | number | string)[],
): SliceOf<T> {
  const { extents, order } = shape;
  if (selections.length > extents.length) {
    throw errors.VEC_SHAPE({ message: `${selections.length} selections for ${extents.length} dimensions` });
  }
  const parts = extents.map((extent, d): Resolved & { dropped: boolean } => {
    const selection = selections[d];
    if (typeof selection !== 'number' && typeof selection !== 'string') {
      return { ...resolveSelection(selection, extent), dropped: false };
    }
    const position = positionOf(shape, d, selection);
    return { count: 1, at: () => position, dropped: true };
  });
  const counts = parts.map(({ count }) => count);
  const total = counts.reduce((product, count) => product * count, 1);
  const data = store.array?.(total) ?? new Array<T>(total);
  const from = strides(shape);
  const to = strides({ extents: counts, order, names: [] });
  const copy = (d: number, source: number, target: number): void => {
    if (d === parts.length) {
      data[target] = store.get(source);
      return;
    }
    const { count, at } = parts[d]!;
    for (let k = 0; k < count; k++) copy(d + 1, source + at(k) * from[d]!, target + k * to[d]!);
  };
  if (total > 0) copy(0, 0, 0);
  const kept = [...parts.keys()].filter((d) => !parts[d]!.dropped);
  return { data, shape: kept.map((d) => counts[d]!), stride: kept.map((d) => to[d]!) };
}
