import { ByValues, collected, filtered, mapped, type Stage, sorted } from './frames.js';
import type { GroupKey } from './grouping.js';
import { type Bag, knownName, type OperandInput, operandOf } from './operand.js';
import type { Plan, Rule } from './rules.js';
import { type Order, sortedRuns } from './served-order.js';

/** Where rows come from. */
export interface RowsSource {
  readonly rules: readonly Rule[];
  /** What was given for the parameters. */
  readonly given: Bag;
  /** What is done with the rows of the plan. */
  readonly stages: readonly NamedStage[];
  /** The names that the rows have. */
  readonly names: readonly string[];
}

/** Something that is done with rows. */
export interface NamedStage {
  readonly text: string;
  readonly stage: Stage;
  /** Its rows are new objects. */
  readonly isOwn: boolean;
  /** What it sorts by, if that is what it does. */
  readonly orders?: readonly Order[];
}

/** A key, as it is shown in plans. */
export interface Key extends GroupKey {
  readonly text: string;
}

/** Makes a row that stays of one that is filled anew; parameters are no part of it. */
export function copier({ given, names }: RowsSource, stages: readonly NamedStage[]): (row: Bag) => Bag {
  if (stages.some(({ isOwn }) => isOwn)) return (row) => row;
  if (Object.keys(given).length === 0) return (row) => ({ ...row });
  return (row) => {
    const made: Bag = {};
    for (const name of names) made[name] = row[name];
    return made;
  };
}

/** Keys by the names of bindings, or by operands with names of their own. */
export function keysOf(
  what: string,
  given: readonly (string | Readonly<Record<string, OperandInput>>)[],
  names: readonly string[],
): Key[] {
  return given.flatMap((one) => {
    const operands = typeof one === 'string' ? { [knownName(what, one, names)]: one } : one;
    return Object.entries(operands).map(([name, input]) => {
      const { get, text } = operandOf(what, input as OperandInput, names);
      return { name, get, text };
    });
  });
}

/** Keys as they are shown in plans. */
export function showKeys(keys: readonly Key[]): string {
  return keys.map(({ name, text }) => (name === text ? name : `${name}: ${text}`)).join(', ');
}

/** Sorts rows; after another sorting, what that leaves equal. @throws TypeError for an unknown direction */
export function orderStage(
  source: RowsSource,
  input: OperandInput,
  direction: 'ascending' | 'descending',
): NamedStage[] {
  const { stages, names } = source;
  const { get, text, path } = operandOf('orderBy', input, names);
  if (direction !== 'ascending' && direction !== 'descending') {
    throw new TypeError(`orderBy: "${direction}" is no direction; known: ascending, descending`);
  }
  const last = stages.at(-1);
  const before = last?.orders ? stages.slice(0, -1) : stages;
  const orders = [...(last?.orders ?? []), { get, path, isDescending: direction === 'descending' }];
  const copy = copier(source, before);
  const stage: Stage = (frames) => collected(frames, () => sorted(frames, orders, copy));
  const what = `${text} ${direction}`;
  return [
    ...before,
    { text: last?.orders ? `${last.text}, ${what}` : `order by ${what}`, stage, isOwn: true, orders },
  ];
}

/** What is done with the rows of a plan, which may have some of the sorting done already. */
export function servedStages(source: RowsSource, { served }: Plan): readonly NamedStage[] {
  const [first, ...others] = source.stages;
  if (!served || !first?.orders) return source.stages;
  const { orders } = first;
  const copy = copier(source, []);
  const stage: Stage = (frames) =>
    collected(frames, () => sortedRuns(frames, orders, served, served.step, copy));
  const comes = served.count === orders.length ? 'as they come' : `the first ${served.count} as they come`;
  return [{ ...first, stage, text: `${first.text}: ${comes}` }, ...others];
}

/** Lets through the first row of those that are the same in some names. */
export function distinctStage(names: readonly string[]): Stage {
  return (frames) => {
    const seen = new ByValues<{ isNew: boolean }>();
    return filtered(frames, (row) => {
      const found = seen.find(
        names.map((name) => row[name]),
        () => ({ isNew: true }),
      );
      const { isNew } = found;
      found.isNew = false;
      return isNew;
    });
  };
}

/** Makes rows of keys. */
export function selectStage(keys: readonly Key[]): Stage {
  return (frames) => {
    return mapped(frames, (row) => {
      const made: Bag = {};
      for (const { name, get } of keys) made[name] = get(row);
      return made;
    });
  };
}
