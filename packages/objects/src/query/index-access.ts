import { type Access, type Bounds, checkOrder, keyBounds, sortingOf } from './access.js';
import { isOrdered, type Ordered, opened, scanValues } from './sources.js';

/** An index of a store: the objects of a struct in the order of some of their fields. */
export interface IndexLike extends Ordered<unknown, unknown>, Iterable<unknown> {
  readonly name: string;
  readonly struct: string;
  readonly fields: readonly string[];
  readonly unique: boolean;
  readonly size: number;
}

/** Whether a source is an index. */
export function isIndex(source: unknown): source is IndexLike {
  const { fields, struct } = source as Partial<IndexLike>;
  return Array.isArray(fields) && typeof struct === 'string';
}

/** An index as a way to find the objects that `each` binds to a name. */
export function indexAccess(index: IndexLike, name: string): Access {
  const { fields, unique } = index;
  return {
    paths: fields.map((field) => `${name}.${field}`),
    isOrdered: true,
    isUnique: unique,
    text: `index ${index.struct}.${index.name}`,
    ...sortingOf(index),
    open: (bounds, _row, isReversed) => {
      checkOrder(index, bounds, fields.length);
      return opened(scanValues(index.range(keyBounds(bounds, fields.length, isReversed)), name));
    },
    count: (bounds) => index.count(keyBounds(bounds, fields.length)),
  };
}

/** A list of the store that keeps itself in order: of its elements, or of a field that `by` leads to. */
export interface SortedListLike extends Ordered<unknown, unknown>, Iterable<unknown> {
  readonly by: string | undefined;
  readonly descending: boolean;
}

/** Whether a source is a sorted list. */
export function isSortedList(source: unknown): source is SortedListLike {
  return isOrdered(source) && typeof (source as Partial<SortedListLike>).descending === 'boolean';
}

/** The order of a sorted list as a way to find its elements. */
export function listAccess(list: SortedListLike, name: string): Access {
  const { by, descending } = list;
  // In a range of the list, what comes first in it is the low end.
  const inList = ({ equal, low, high }: Bounds, isReversed = false) => {
    return keyBounds({ equal, low: descending ? high : low, high: descending ? low : high }, 1, isReversed);
  };
  return {
    paths: [by === undefined ? name : `${name}.${by}`],
    isOrdered: true,
    isUnique: false,
    text: 'its order',
    ...sortingOf(list, descending),
    open: (bounds, _row, isReversed) => {
      checkOrder(list, bounds, 1);
      return opened(scanValues(list.range(inList(bounds, isReversed)), name));
    },
    count: (bounds) => list.count(inList(bounds)),
  };
}
