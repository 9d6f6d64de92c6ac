import type { Access, Sorting } from './access.js';
import { compareForSort } from './compare-values.js';
import type { Bag } from './operand.js';
import type { Frames } from './row-frames.js';
import type { Cursor } from './sources.js';

/** How rows are to be sorted: by one value, then by the next. */
export interface Order {
  readonly get: (row: Bag) => unknown;
  readonly isDescending: boolean;
  /** Binding and fields, when it is a path. */
  readonly path: readonly string[] | undefined;
}

/** Goes through all of a collection in an order that it has. */
export interface Ordering extends Pick<Access, 'paths' | 'text'> {
  readonly sorting: Sorting;
  open(row: Bag, isReversed: boolean): Cursor;
}

/** How much of the sorting a loop saves. */
export interface Served {
  /** By so many of the orders the rows are sorted when they come. */
  readonly count: number;
  /** It goes from the last to the first. */
  readonly isReversed: boolean;
}

/** An order, by the path that names stand for. */
export interface WantedOrder {
  readonly path: string | undefined;
  readonly isDescending: boolean;
}

/**
 * How much of an order is that in which elements come; nothing when they have to be sorted all the same.
 *
 * @param paths - what they are sorted by.
 * @param fixed - paths that have one value in all rows.
 */
export function servedBy(
  wanted: readonly WantedOrder[],
  paths: readonly string[],
  { natural, isDescending }: Sorting,
  fixed: ReadonlySet<string>,
): Served | undefined {
  const known = new Set(fixed);
  let isReversed: boolean | undefined;
  let at = 0;
  let count = 0;
  for (const order of wanted) {
    while (at < paths.length && known.has(paths[at]!)) at++;
    if (order.path !== undefined && known.has(order.path)) {
      count++;
      continue;
    }
    const turns = order.isDescending !== isDescending;
    if (order.path !== paths[at] || !natural[at] || turns !== (isReversed ?? turns)) break;
    isReversed = turns;
    known.add(paths[at]!);
    count++;
  }
  return count > 0 ? { count, isReversed: isReversed === true } : undefined;
}

/** A row with what it is sorted by. */
interface Keyed {
  readonly row: Bag;
  readonly keys: readonly unknown[];
  /** The element of the outermost loop that it is of. */
  readonly step: number;
}

/**
 * Rows that come sorted by the first orders, sorted by all: only those are held back that are the same in the first ones.
 * What is equal stays in the order in which it would have come without being reversed.
 */
export function* sortedRuns(
  frames: Frames,
  orders: readonly Order[],
  { count, isReversed }: Served,
  step: () => number,
  copy: (row: Bag) => Bag,
): Generator<Bag, void> {
  if (count === orders.length && !isReversed) {
    while (frames.next()) yield copy(frames.row);
    return;
  }
  const compare = (a: Keyed, b: Keyed) => {
    return compareKeys(orders, a.keys, b.keys, count) || (isReversed ? b.step - a.step : 0);
  };
  let run: Keyed[] = [];
  while (frames.next()) {
    const next = { row: copy(frames.row), keys: orders.map(({ get }) => get(frames.row)), step: step() };
    if (run.length > 0 && compareKeys(orders, run[0]!.keys, next.keys, 0, count) !== 0) {
      for (const { row } of run.sort(compare)) yield row;
      run = [];
    }
    run.push(next);
  }
  for (const { row } of run.sort(compare)) yield row;
}

/** The order of what rows are sorted by, from one order to another. @throws TypeError for what has no order */
export function compareKeys(
  orders: readonly Order[],
  a: readonly unknown[],
  b: readonly unknown[],
  from = 0,
  to = orders.length,
): number {
  for (let index = from; index < to; index++) {
    const order = compareForSort(a[index], b[index]);
    if (order !== 0) return orders[index]!.isDescending ? -order : order;
  }
  return 0;
}
