import type { ElementStore } from './element-store.js';
import { errors } from './errors.js';
import type { Positions } from './positions.js';

type Comparable = number | bigint | string | boolean;

/** Whether elements of a store have an order. */
function checkOrdered(store: ElementStore<unknown>): void {
  if (['number', 'bigint', 'string', 'boolean', 'mixed'].includes(store.kind)) return;
  throw errors.VEC_TYPE({
    message: `elements of the kind "${store.kind}" have no order`,
    feature: store.kind,
  });
}

/** Missing values and NaN belong at the end, whatever the direction. */
function isLast(value: unknown): boolean {
  return value === null || Number.isNaN(value);
}

/**
 * Positions of all elements in ascending (or descending) order of their values; equal ones stay in the order of
 * their positions, missing values and NaN come last.
 */
export function orderOf(store: ElementStore<unknown>, descending: boolean): Positions {
  checkOrdered(store);
  const { length } = store;
  const values = new Array<Comparable>(length);
  const ordered: number[] = [];
  const last: number[] = [];
  for (let i = 0; i < length; i++) {
    const value = store.get(i);
    values[i] = value as Comparable;
    (isLast(value) ? last : ordered).push(i);
  }
  const sign = descending ? -1 : 1;
  ordered.sort((a, b) => {
    const [x, y] = [values[a]!, values[b]!];
    return x < y ? -sign : x > y ? sign : a - b;
  });
  const result = length <= 2 ** 32 ? new Uint32Array(length) : new Float64Array(length);
  result.set(ordered);
  result.set(last, ordered.length);
  return result;
}

/**
 * Binary search in a column that ascends: the first position whose element is not less than `value` (or, `after`,
 * greater than it); the length when there is none.
 */
export function searchSorted(store: ElementStore<unknown>, value: Comparable, after: boolean): number {
  checkOrdered(store);
  let [low, high] = [0, store.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const element = store.get(middle) as Comparable;
    const before = !isLast(element) && (after ? element <= value : element < value);
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
