import type { OperandInput } from './operand.js';
import type { At, OperandOf } from './row-types.js';
import type { Collection, MapLike } from './sources.js';

/** Where `each` can take elements from. */
export type Source<Row> = Collection | string | ((row: Row) => Collection | null | undefined);
/** Where `lookup` can look keys up. */
export type MapSource<Row> =
  | MapLike<unknown, unknown>
  | string
  | ((row: Row) => MapLike<unknown, unknown> | null | undefined);

/** The keys of a map. */
export type KeyOf<S> = S extends MapLike<infer Key, infer _Value> ? Key : never;
/** The values of a map. */
export type ValueOf<S> = S extends MapLike<infer _Key, infer Value> ? Value : never;
/** The method that gives the edges of what a path reads as. */
export type EndLookup<Row, F extends string, End extends 'out' | 'in'> =
  NonNullable<At<Row, F>> extends {
    readonly [Key in End]: infer Lookup;
  }
    ? Lookup
    : never;

/** The bounds of a range: paths or functions. */
export interface RangeBounds<Row> {
  readonly from?: OperandInput<Row>;
  readonly after?: OperandInput<Row>;
  readonly to?: OperandInput<Row>;
  readonly before?: OperandInput<Row>;
  readonly reverse?: boolean;
}

/** The bounds themselves, where the row has what they read. */
export type FittingBounds<Row, B> = { readonly [End in keyof B]: OperandOf<Row, B[End]> };
