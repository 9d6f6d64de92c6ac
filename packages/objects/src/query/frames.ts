import { identityOf } from './compare-values.js';
import type { Bag } from './operand.js';
import type { Frames } from './row-frames.js';
import { compareKeys, type Order } from './served-order.js';

/** What is done with rows on their way: each makes other rows of rows. */
export type Stage = (frames: Frames) => Frames;

/** Lets through the rows that a function, made anew for each run, says yes to. */
export function filtered(frames: Frames, holds: (row: Bag) => boolean): Frames {
  return {
    get row() {
      return frames.row;
    },
    next: () => {
      while (frames.next()) if (holds(frames.row)) return true;
      return false;
    },
    close: () => frames.close(),
  };
}

/** At most so many rows, after having left out some. Goes no further than it has to. */
export function limited(frames: Frames, offset: number, limit: number): Frames {
  let seen = 0;
  return {
    get row() {
      return frames.row;
    },
    next: () => {
      for (; seen < offset; seen++) if (!frames.next()) return false;
      if (seen++ - offset < limit && frames.next()) return true;
      frames.close();
      return false;
    },
    close: () => frames.close(),
  };
}

/** A row of other rows: a new object for each. */
export function mapped(frames: Frames, make: (row: Bag) => Bag): Frames {
  let row: Bag = {};
  return {
    get row() {
      return row;
    },
    next: () => {
      if (!frames.next()) return false;
      row = make(frames.row);
      return true;
    },
    close: () => frames.close(),
  };
}

/** Rows that are made all at once when the first is wanted. */
export function collected(frames: Frames, make: (frames: Frames) => Iterable<Bag>): Frames {
  let rows: Iterator<Bag> | undefined;
  let row: Bag = {};
  return {
    get row() {
      return row;
    },
    next: () => {
      rows ??= make(frames)[Symbol.iterator]();
      const { done, value } = rows.next();
      if (!done) row = value;
      return !done;
    },
    close: () => frames.close(),
  };
}

/** The rows sorted; those that are equal stay in their order. */
export function sorted(frames: Frames, orders: readonly Order[], copy: (row: Bag) => Bag): Bag[] {
  const rows: { row: Bag; keys: unknown[] }[] = [];
  while (frames.next()) rows.push({ row: copy(frames.row), keys: orders.map(({ get }) => get(frames.row)) });
  rows.sort((a, b) => compareKeys(orders, a.keys, b.keys));
  return rows.map(({ row }) => row);
}

/** Tells values apart that are not the same: finds what belongs to a list of values, or makes it. */
export class ByValues<Made> {
  readonly #root = new Map<unknown, unknown>();

  find(values: readonly unknown[], make: () => Made): Made {
    let node = this.#root;
    for (const value of values) {
      if (typeof value === 'object' && value !== null)
        for (const step of identityOf(value)) node = below(node, step);
      else node = below(node, value ?? undefined);
    }
    // No step is this symbol, and lists of different length end in different nodes.
    if (!node.has(made)) node.set(made, make());
    return node.get(made) as Made;
  }
}

const made = Symbol('made');

function below(node: Map<unknown, unknown>, step: unknown): Map<unknown, unknown> {
  const known = node.get(step) as Map<unknown, unknown> | undefined;
  if (known) return known;
  const next = new Map();
  node.set(step, next);
  return next;
}
