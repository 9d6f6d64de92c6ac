import { type Accumulator, type Aggregates, accumulators } from './aggregates.js';
import { ByValues } from './frames.js';
import { type Bag, operandOf } from './operand.js';
import type { Frames } from './row-frames.js';

/** Stands in a row of `rollUp` for all values of a key. Prints as `total`. */
export const total: unique symbol = Symbol('total');

/** A key of a grouping: the name that it gets, and its value in a row. */
export interface GroupKey {
  readonly name: string;
  readonly get: (row: Bag) => unknown;
}

interface Reader {
  readonly name: string;
  readonly get: (row: Bag) => unknown;
  readonly make: () => Accumulator;
}

/** Checks aggregates against the names of the rows. @throws TypeError for what is none, or reads what is not bound. */
export function readersOf(what: string, aggregates: Aggregates, names: readonly string[]): Reader[] {
  return Object.entries(aggregates).map(([name, { kind, path }]) => {
    const make = Object.hasOwn(accumulators, kind) && accumulators[kind];
    if (!make) throw new TypeError(`${what}: "${name}" is no aggregate`);
    const get = kind === 'count' ? () => undefined : operandOf(what, path, names).get;
    return { name, get, make };
  });
}

/** One group: what its keys are, what was added up. */
class Group {
  readonly children = new ByValues<Group>();
  readonly inOrder: Group[] = [];
  readonly #keys: Bag;
  readonly #readers: readonly Reader[];
  readonly #accumulators: readonly Accumulator[];

  constructor(keys: Bag, readers: readonly Reader[]) {
    this.#keys = keys;
    this.#readers = readers;
    this.#accumulators = readers.map(({ make }) => make());
  }

  /** The group of a value within this one. */
  child(name: string, value: unknown): Group {
    return this.children.find([value], () => {
      const made = new Group({ ...this.#keys, [name]: value }, this.#readers);
      this.inOrder.push(made);
      return made;
    });
  }

  add(row: Bag): void {
    const accumulators = this.#accumulators;
    for (let index = 0; index < accumulators.length; index++) {
      accumulators[index]!.add(this.#readers[index]!.get(row));
    }
  }

  /** Its row. Keys that it does not have are totals. */
  row(keys: readonly GroupKey[]): Bag {
    const row: Bag = {};
    for (const { name } of keys) row[name] = Object.hasOwn(this.#keys, name) ? this.#keys[name] : total;
    for (const [index, { name }] of this.#readers.entries()) row[name] = this.#accumulators[index]!.result();
    return row;
  }
}

/** Adds up all rows. */
export function aggregateAll(frames: Frames, readers: readonly Reader[]): Bag {
  const all = new Group({}, readers);
  while (frames.next()) all.add(frames.row);
  return all.row([]);
}

/**
 * A row for each group, in the order in which their first rows came, within each value of the first key. With totals, a row for
 * all of the groups that share their first keys follows them, and one for everything comes last.
 */
export function* grouped(
  frames: Frames,
  keys: readonly GroupKey[],
  readers: readonly Reader[],
  withTotals: boolean,
): Generator<Bag, void> {
  const all = new Group({}, readers);
  while (frames.next()) {
    const { row } = frames;
    let group = all;
    for (const { name, get } of keys) {
      if (withTotals) group.add(row);
      group = group.child(name, get(row));
    }
    group.add(row);
  }
  yield* rowsOf(all, keys, 0, withTotals);
}

function* rowsOf(
  group: Group,
  keys: readonly GroupKey[],
  depth: number,
  withTotals: boolean,
): Generator<Bag, void> {
  for (const child of group.inOrder) yield* rowsOf(child, keys, depth + 1, withTotals);
  if (depth === keys.length || withTotals) yield group.row(keys);
}
