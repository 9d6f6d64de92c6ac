import { compareOrder, isMissing } from './compare-values.js';
import { showValue } from './operand.js';
import type { At, Path } from './row-types.js';

/** What the aggregates make of values of one type. */
interface Made<Value> {
  count: number;
  sum: SumOf<Value>;
  mean: number | undefined;
  min: NonNullable<Value> | undefined;
  max: NonNullable<Value> | undefined;
  collect: Value[];
}

/** The type of a sum: of big integers `0` when there was none, and a big integer otherwise. */
export type SumOf<Value> = NonNullable<Value> extends bigint ? bigint | 0 : number;

/** The path itself when it reads as numbers. */
export type NumberPath<Row, P extends string> =
  P extends Path<Row, P>
    ? NonNullable<At<Row, P>> extends number | bigint
      ? P
      : `${P} is no number`
    : Path<Row, P>;

/** What a group of rows is summed up by, and the path that it reads. */
export interface Aggregate<
  Kind extends keyof Made<unknown> = keyof Made<unknown>,
  P extends string = string,
> {
  readonly kind: Kind;
  readonly path: P;
}

/** Aggregates by the name that their result gets. */
export type Aggregates = Readonly<Record<string, Aggregate>>;

/** The aggregates themselves, where the row has what they read. */
export type Fitting<Row, A> = {
  [Name in keyof A]: A[Name] extends Aggregate<infer Kind, infer P>
    ? Kind extends 'count'
      ? A[Name]
      : Kind extends 'sum' | 'mean'
        ? Aggregate<Kind, NumberPath<Row, P>>
        : Aggregate<Kind, Path<Row, P>>
    : never;
};

/** What aggregates result in. */
export type Aggregated<Row, A> = {
  [Name in keyof A]: A[Name] extends Aggregate<infer Kind, infer P> ? Made<At<Row, P>>[Kind] : never;
};

/** How many rows there are. */
export const count = (): Aggregate<'count', ''> => ({ kind: 'count', path: '' });
/** The sum of what is not missing, added up in the order of the rows; 0 of nothing. */
export const sum = <const P extends string>(path: P): Aggregate<'sum', P> => ({ kind: 'sum', path });
/** The arithmetic mean of what is not missing. */
export const mean = <const P extends string>(path: P): Aggregate<'mean', P> => ({ kind: 'mean', path });
/** The least of what is not missing. */
export const min = <const P extends string>(path: P): Aggregate<'min', P> => ({ kind: 'min', path });
/** The greatest of what is not missing. */
export const max = <const P extends string>(path: P): Aggregate<'max', P> => ({ kind: 'max', path });
/** All values in an array, missing ones too. */
export const collect = <const P extends string>(path: P): Aggregate<'collect', P> => ({
  kind: 'collect',
  path,
});

/** Takes in the values of one group. */
export interface Accumulator {
  add(value: unknown): void;
  result(): unknown;
}

type Adder = (total: number | bigint, value: unknown) => number | bigint;

const addUp: Adder = (total, value) => {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw new TypeError(`only numbers can be added up, and ${showValue(value)} is none`);
  }
  if (typeof value === 'bigint' && total === 0) return value;
  return (total as number) + (value as number);
};

/** The value that stays when all are compared. */
const extreme = (sign: number) => (): Accumulator => {
  let best: unknown;
  return {
    add: (value) => {
      if (isMissing(value)) return;
      if (best === undefined || sign * compareOrder(value, best) < 0) best = value;
    },
    result: () => best,
  };
};

/** What each aggregate begins a group with. */
export const accumulators: Readonly<Record<keyof Made<unknown>, () => Accumulator>> = {
  count: () => {
    let rows = 0;
    return { add: () => void rows++, result: () => rows };
  },
  sum: () => {
    let total: number | bigint = 0;
    return {
      add: (value) => {
        if (!isMissing(value)) total = addUp(total, value);
      },
      result: () => total,
    };
  },
  mean: () => {
    let total: number | bigint = 0;
    let values = 0;
    return {
      add: (value) => {
        if (isMissing(value)) return;
        total = addUp(total, value);
        values++;
      },
      result: () => (values === 0 ? undefined : Number(total) / values),
    };
  },
  min: extreme(1),
  max: extreme(-1),
  collect: () => {
    const values: unknown[] = [];
    return { add: (value) => void values.push(value), result: () => values };
  },
};
