import { type Natural, naturalKey } from '../collections/natural-key.js';
import type { Bag } from './operand.js';
import {
  type Cursor,
  isMapLike,
  isOrdered,
  type KeyBounds,
  type MapLike,
  nothing,
  type Ordered,
  opened,
  peekOf,
  scanEntries,
} from './sources.js';

/** One end of a range. */
export interface End {
  readonly value: unknown;
  /** The value itself is not in the range. */
  readonly isOpen: boolean;
}

/** What elements are looked for by: values of the first paths of an access, and the ends of a range of the next. */
export interface Bounds {
  readonly equal: readonly unknown[];
  readonly low: End | undefined;
  readonly high: End | undefined;
}

/** In which order elements come. */
export interface Sorting {
  /** Of each path, whether that order is the one that sorting gives. */
  readonly natural: readonly boolean[];
  /** From the greatest to the least. */
  readonly isDescending: boolean;
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
  /** What it gives comes in the order of its paths. */
  readonly sorting?: Sorting;
  /**
   * Goes through the elements within bounds, and perhaps through others. Nothing when it cannot know them.
   *
   * @throws TypeError, RangeError for values that it cannot have.
   */
  open(bounds: Bounds, row: Bag, isReversed: boolean): Cursor | undefined;
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
    open: (bounds, row, isReversed) => {
      const map = find(row);
      if (!isMapLike(map)) return undefined;
      const { equal } = bounds;
      if (!isOrdered(map)) return equal.length > 0 ? openEntry(map, equal[0], key, name) : undefined;
      checkOrder(map, bounds, 1);
      return opened(scanEntries(map.range(keyBounds(bounds, 1, isReversed)), key, name));
    },
  };
}

/** The same for a map that is known, which can count. */
export function knownKeyAccess(map: MapLike<unknown, unknown>, key: string, name: string): Access {
  const access = { ...keyAccess(() => map, key, name), isOrdered: isOrdered(map) };
  if (!isOrdered(map)) return access;
  return { ...access, ...sortingOf(map), count: (bounds) => map.count(keyBounds(bounds, 1)) };
}

/** The order of a collection of the store; nothing for others, which do not tell. */
export function sortingOf(source: object, isDescending = false): { sorting?: Sorting } {
  const natural = (source as Partial<Natural>)[naturalKey];
  return natural ? { sorting: { natural, isDescending } } : {};
}

/** The bounds as a sorted collection understands them: its keys are values, or lists of so many of which the last may be left out. */
export function keyBounds(
  { equal, low, high }: Bounds,
  width: number,
  isReversed = false,
): KeyBounds<unknown> {
  const start = width === 1 ? equal[0] : equal;
  const keyOf = (value: unknown) => (width === 1 ? value : [...equal, value]);
  const from = low && { [low.isOpen ? 'after' : 'from']: keyOf(low.value) };
  const to = high && { [high.isOpen ? 'before' : 'to']: keyOf(high.value) };
  const isPart = equal.length > 0;
  return {
    ...(from ?? (isPart && { from: start })),
    ...(to ?? (isPart && { to: start })),
    ...(isReversed && { reverse: true }),
  };
}

/**
 * An enumeration is in the order of its names, and `<` reads texts. It alone refuses a text that is no name of its own.
 *
 * @throws TypeError when a sorted collection does not have the order of `<` between bounds.
 */
export function checkOrder(
  source: Ordered<unknown, unknown>,
  { equal, low, high }: Bounds,
  width: number,
): void {
  if (typeof low?.value !== 'string' && typeof high?.value !== 'string') return;
  source.count(keyBounds({ equal, low: { value: noName, isOpen: false }, high: undefined }, width));
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
