import { checkOptions } from '@terrane/errors';
import {
  type Aggregated,
  type Aggregates,
  accumulators,
  type Fitting,
  type NumberPath,
  type SumOf,
} from './aggregates.js';
import { type Counts, countPlan } from './count-plan.js';
import { entropyOf, mutualInformationOf } from './entropy.js';
import { type Explanation, explainPlan } from './explain.js';
import { collected, limited, type Stage } from './frames.js';
import { aggregateAll, grouped, readersOf, type total } from './grouping.js';
import { Machine } from './machine.js';
import { type Bag, knownName, type OperandInput, operandOf } from './operand.js';
import { planRules } from './planner.js';
import type { Frames } from './row-frames.js';
import {
  copier,
  distinctStage,
  keysOf,
  orderStage,
  type RowsSource,
  selectStage,
  servedStages,
  showKeys,
} from './row-stages.js';
import type { At, OperandOf, Path, Resolve } from './row-types.js';
import type { Plan } from './rules.js';

type Name<Row> = keyof Row & string;
type Operands<Row> = Readonly<Record<string, OperandInput<Row>>>;
type Fits<Row, O> = { readonly [Key in keyof O]: OperandOf<Row, O[Key]> };
/** A row of what paths and functions of another row give. */
export type Picked<Row, O> = { [Key in keyof O]: Resolve<Row, O[Key]> };

/** Rows by groups. */
export interface Groups<Row, Keys> {
  /** A row for each group: its keys, and what its rows add up to. Groups come as their first rows do, within the first keys. */
  aggregate<const A extends Aggregates>(aggregates: A & Fitting<Row, A>): Rows<Keys & Aggregated<Row, A>>;
  /**
   * The same with totals: after the groups that share their first keys a row for all of them, in which the other keys are `total`,
   * and at the end one in which all are.
   */
  rollUp<const A extends Aggregates>(
    aggregates: A & Fitting<Row, A>,
  ): Rows<{ [Key in keyof Keys]: Keys[Key] | typeof total } & Aggregated<Row, A>>;
}

/**
 * The rows of a query. Nothing runs before rows are asked for, and each time the query runs anew, on what the
 * collections are then. A collection that must not be changed while it is read says so.
 */
export class Rows<Row> implements Iterable<Row> {
  readonly #source: RowsSource;

  /** @internal */
  constructor(source: RowsSource) {
    this.#source = source;
  }

  /** The rows one by one, each an object of its own. The query runs only as far as it is asked to. */
  *[Symbol.iterator](): Generator<Row, void> {
    const frames = this.#open();
    const copy = this.#copier();
    try {
      while (frames.next()) yield copy(frames.row) as Row;
    } finally {
      frames.close();
    }
  }

  /** Calls a function with each row. */
  forEach(visit: (row: Row) => void): void {
    const copy = this.#copier();
    this.#fold((frames) => {
      while (frames.next()) visit(copy(frames.row) as Row);
    });
  }

  /** All rows. */
  toArray(): Row[] {
    const rows: Row[] = [];
    this.forEach((row) => {
      rows.push(row);
    });
    return rows;
  }

  /** The first row, or nothing; the query runs no further. */
  first(): Row | undefined {
    for (const row of this) return row;
    return undefined;
  }

  /** How many rows there are. */
  count(): number {
    return this.#fold((frames) => {
      let rows = 0;
      while (frames.next()) rows++;
      return rows;
    });
  }

  /** The sum of what is not missing, added up in the order of the rows; 0 of nothing. @throws TypeError for what is no number */
  sum<const P extends string>(path: NumberPath<Row, P>): SumOf<At<Row, P>> {
    return this.#accumulate('sum', path) as SumOf<At<Row, P>>;
  }

  /** The arithmetic mean of what is not missing. @throws TypeError for what is no number */
  mean<const P extends string>(path: NumberPath<Row, P>): number | undefined {
    return this.#accumulate('mean', path) as number | undefined;
  }

  /** The least of what is not missing. @throws TypeError for what has no order */
  min<const P extends string>(path: Path<Row, P>): NonNullable<At<Row, P>> | undefined {
    return this.#accumulate('min', path) as NonNullable<At<Row, P>> | undefined;
  }

  /** The greatest of what is not missing. @throws TypeError for what has no order */
  max<const P extends string>(path: Path<Row, P>): NonNullable<At<Row, P>> | undefined {
    return this.#accumulate('max', path) as NonNullable<At<Row, P>> | undefined;
  }

  /** Adds all rows up to one. */
  aggregate<const A extends Aggregates>(aggregates: A & Fitting<Row, A>): Aggregated<Row, A> {
    const readers = readersOf('aggregate', aggregates, this.#source.names);
    return this.#fold((frames) => aggregateAll(frames, readers)) as Aggregated<Row, A>;
  }

  /**
   * Sorts by a path or a function of the row; called again at once, what is equal by then. What is missing comes first, and what is
   * equal stays in its order. @throws TypeError for values that have no order
   */
  orderBy<const O extends OperandInput<Row>>(
    by: O & OperandOf<Row, O>,
    direction: 'ascending' | 'descending' = 'ascending',
  ): Rows<Row> {
    const stages = orderStage(this.#source, by as OperandInput, direction);
    return new Rows({ ...this.#source, stages });
  }

  /** At most so many rows. */
  limit(rows: number): Rows<Row> {
    checkCount('limit', rows);
    return this.#then(`limit ${rows}`, (frames) => limited(frames, 0, rows));
  }

  /** Leaves out the first rows. */
  offset(rows: number): Rows<Row> {
    checkCount('offset', rows);
    return this.#then(`offset ${rows}`, (frames) => limited(frames, rows, Number.POSITIVE_INFINITY));
  }

  /** The first row of those that have the same in some names; in all, when none is given. */
  distinct(...names: Name<Row>[]): Rows<Row> {
    for (const name of names) knownName('distinct', name, this.#source.names);
    const which = names.length > 0 ? names : this.#source.names;
    return this.#then(`distinct ${which.join(', ')}`, distinctStage(which));
  }

  /** Rows with some of the names only, or with what paths and functions of the row give. */
  select<N extends Name<Row>>(...names: N[]): Rows<Pick<Row, N>>;
  select<const O extends Operands<Row>>(operands: O & Fits<Row, O>): Rows<Picked<Row, O>>;
  select(...given: (string | Operands<never>)[]): never {
    const keys = keysOf('select', given, this.#source.names);
    const names = keys.map(({ name }) => name);
    return this.#then(`select ${showKeys(keys)}`, selectStage(keys), names) as never;
  }

  /** Groups rows by names, or by what paths and functions of the row give. */
  groupBy<N extends Name<Row>>(...names: N[]): Groups<Row, Pick<Row, N>>;
  groupBy<const O extends Operands<Row>>(operands: O & Fits<Row, O>): Groups<Row, Picked<Row, O>>;
  groupBy(...given: (string | Operands<never>)[]): never {
    const { names } = this.#source;
    const keys = keysOf('groupBy', given, names);
    const make = (what: string, aggregates: Aggregates) => {
      const readers = readersOf(what, aggregates, names);
      const all = [...keys, ...readers].map(({ name }) => name);
      const twice = all.find((name, index) => all.indexOf(name) !== index);
      if (twice !== undefined) throw new TypeError(`${what}: "${twice}" is a key of the groups`);
      const stage: Stage = (frames) => {
        return collected(frames, () => grouped(frames, keys, readers, what === 'rollUp'));
      };
      return this.#then(`${what} by ${showKeys(keys)}`, stage, all);
    };
    return {
      aggregate: (aggregates: Aggregates) => make('aggregate', aggregates),
      rollUp: (aggregates: Aggregates) => make('rollUp', aggregates),
    } as never;
  }

  /** How much is uncertain about the values of names together: with n rows for each of them and N for all, ln N − (Σ n ln n) / N. */
  entropy(...names: Name<Row>[]): number {
    for (const name of names) knownName('entropy', name, this.#source.names);
    return this.#fold((frames) => entropyOf(frames, names));
  }

  /** How much a value of one name says of the other, in the units of `entropy`: H(x) + H(y) − H(x, y). */
  mutualInformation(x: Name<Row>, y: Name<Row>): number {
    for (const name of [x, y]) knownName('mutualInformation', name, this.#source.names);
    return this.#fold((frames) => mutualInformationOf(frames, x, y));
  }

  /** The plan, and what is done with its rows; `String` of it is a tree. With `run`, how often each step let something through. */
  explain(options: ExplainOptions = {}): Explanation {
    checkOptions(options, ['run'], 'explain');
    const plan = this.#plan();
    const texts = servedStages(this.#source, plan).map(({ text }) => text);
    if (options.run !== true) return explainPlan(plan, texts);
    const counts: Counts = new Map();
    this.#fold(
      (frames) => {
        while (frames.next());
      },
      countPlan(plan, counts),
    );
    return explainPlan(plan, texts, counts);
  }

  #then(text: string, stage: Stage, names?: readonly string[]): Rows<Row> {
    const stages = [...this.#source.stages, { text, stage, isOwn: names !== undefined }];
    return new Rows({ ...this.#source, stages, names: names ?? this.#source.names });
  }

  /** What is known of sizes and values is known of this moment. */
  #plan(): Plan {
    const { rules, given, stages } = this.#source;
    return planRules(rules, Object.keys(given), given, stages[0]?.orders);
  }

  #open(plan = this.#plan()): Frames {
    const machine = new Machine(plan, this.#source.given);
    return servedStages(this.#source, plan).reduce((frames: Frames, { stage }) => stage(frames), machine);
  }

  #copier(): (row: Bag) => Bag {
    return copier(this.#source, this.#source.stages);
  }

  #fold<Result>(walk: (frames: Frames) => Result, plan?: Plan): Result {
    const frames = this.#open(plan);
    try {
      return walk(frames);
    } finally {
      frames.close();
    }
  }

  #accumulate(kind: keyof typeof accumulators, path: string): unknown {
    const { get } = operandOf(kind, path, this.#source.names);
    return this.#fold((frames) => {
      const accumulator = accumulators[kind]();
      while (frames.next()) accumulator.add(get(frames.row));
      return accumulator.result();
    });
  }
}

/** How a plan is explained. */
export interface ExplainOptions {
  /** Run the query, and count. */
  readonly run?: boolean;
}

function checkCount(what: string, rows: number): void {
  if (!Number.isInteger(rows) || rows < 0) throw new RangeError(`${what}: ${rows} is no number of rows`);
}
