import type { Bag } from './operand.js';
import {
  type Cursor,
  isMapLike,
  isOrdered,
  type MapLike,
  nothing,
  type Ordered,
  opened,
  peekOf,
  scanEntries,
} from './sources.js';

/** What elements are looked for by: values of the first paths of an access, and bounds of the next. */
export interface Bounds {
  /** The values that the first paths equal. */
  readonly equal: readonly unknown[];
  /** What the next path is not less than; open when `undefined`. */
  readonly from: unknown;
  /** What it is not more than. */
  readonly to: unknown;
}

/** A way to go through a part of a collection: an index. */
export interface Access {
  /** Bindings with their fields that it finds elements by, such as `p.age`, the most significant first. */
  readonly paths: readonly string[];
  /** Whether it can read a range. */
  readonly isOrdered: boolean;
  /** Values for all paths are those of one element at the most. */
  readonly isUnique: boolean;
  /** As it is shown in plans. */
  readonly text: string;
  /**
   * Goes through the elements within bounds, and perhaps through others. Nothing when it cannot know them.
   *
   * @throws TypeError, RangeError for values that it cannot have.
   */
  open(bounds: Bounds, row: Bag): Cursor | undefined;
  /** How many elements these are, if that can be told without reading them. @throws as `open` */
  count?(bounds: Bounds): number;
}

/** The keys of a map, which may depend on the row, as a way to find its entries. */
export function keyAccess(find: (row: Bag) => unknown, key: string, name: string): Access {
  return {
    paths: [key],
    isOrdered: true,
    isUnique: true,
    text: 'its keys',
    open: (bounds, row) => {
      const map = find(row);
      if (!isMapLike(map)) return undefined;
      const { equal, from, to } = bounds;
      if (!isOrdered(map)) return equal.length > 0 ? openEntry(map, equal[0], key, name) : undefined;
      if (!hasOrder(map, bounds, (value) => value)) return undefined;
      return opened(scanEntries(map.range(keyBounds(equal, from, to)), key, name));
    },
  };
}

/** The same for a map that is known, which can count. */
export function knownKeyAccess(map: MapLike<unknown, unknown>, key: string, name: string): Access {
  const access = { ...keyAccess(() => map, key, name), isOrdered: isOrdered(map) };
  if (!isOrdered(map)) return access;
  return {
    ...access,
    count: ({ equal, from, to }) => {
      return map.count(keyBounds(equal, from, to));
    },
  };
}

/** Bounds for a sorted collection, or one key of it; those that are open are left out. */
export function keyBounds(
  equal: readonly unknown[],
  from: unknown,
  to: unknown,
): { from?: unknown; to?: unknown } {
  if (equal.length > 0) return { from: equal[0], to: equal[0] };
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/**
 * Whether a sorted collection has the order of `<` between bounds. Enumerations do not: they are in the order of their names,
 * as which `<` reads texts. They alone refuse a text that is no name of theirs.
 */
export function hasOrder(
  source: Ordered<unknown, unknown>,
  { from, to }: Bounds,
  keyOf: (value: unknown) => unknown,
): boolean {
  if (typeof from === 'string' || typeof to === 'string') source.count({ from: keyOf(noName) });
  return true;
}

const noName = '\u0000 no name of an enumeration';

function openEntry(
  map: MapLike<unknown, unknown>,
  wanted: unknown,
  key: string,
  name: string,
): Cursor | undefined {
  // What is missing equals all that is missing; a map tells null and undefined apart.
  if (wanted === undefined || wanted === null) return undefined;
  // A key of 32 bits is found by numbers that it does not equal.
  if (typeof wanted === 'number' && wanted !== Math.fround(wanted) && map.has(Math.fround(wanted))) {
    return undefined;
  }
  const value = peekOf(map)(map, wanted);
  if (value === undefined && !map.has(wanted)) return nothing;
  let isDone = false;
  return {
    next: (row) => {
      if (isDone) return false;
      isDone = true;
      // Maps have no key -0.
      row[key] = wanted === 0 ? 0 : wanted;
      row[name] = value;
      return true;
    },
    close: () => {},
  };
}
