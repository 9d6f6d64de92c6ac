import type { Bag } from './operand.js';
import { type Cursor, type MapLike, nothing } from './sources.js';

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
  /** How many of the paths have the order that `<` goes by, from the first on. */
  readonly ordered: number;
  /** Values for all paths are those of one element at the most. */
  readonly isUnique: boolean;
  /** As it is shown in plans. */
  readonly text: string;
  /**
   * Goes through the elements within bounds, and perhaps through others. Nothing when it cannot know them.
   *
   * @throws TypeError, RangeError for values that it cannot have.
   */
  open(bounds: Bounds): Cursor | undefined;
  /** How many elements these are, if that can be told without reading them. @throws as `open` */
  count?(bounds: Bounds): number;
}

/** A map as a way to find its own entries by their keys. */
export function keyAccess(map: MapLike<unknown, unknown>, key: string, name: string): Access {
  return {
    paths: [key],
    ordered: 0,
    isUnique: true,
    text: 'its keys',
    open: ({ equal: [wanted] }) => {
      // A missing key equals another one that is missing; a map tells null and undefined apart.
      if (wanted === undefined || wanted === null) return undefined;
      const value = map.get(wanted);
      if (value === undefined && !map.has(wanted)) return nothing;
      return once((row) => {
        row[key] = wanted;
        row[name] = value;
      });
    },
  };
}

/** Binds one element. */
function once(bind: (row: Bag) => void): Cursor {
  let isDone = false;
  return {
    next: (row) => {
      if (isDone) return false;
      isDone = true;
      bind(row);
      return true;
    },
    close: () => {},
  };
}
