import type { MapLike } from './sources.js';

declare const missing: unique symbol;
/** Stands for a binding or a field that there is not. */
interface Missing {
  readonly [missing]: true;
}

type Step<T, Name extends string> = T extends null | undefined
  ? undefined
  : Name extends keyof T
    ? T[Name]
    : Missing;

/** What a path reads as: `'p.boss.name'` begins with a binding and goes through `null` as `?.` does. */
export type At<Row, P extends string> = P extends `${infer Head}.${infer Rest}`
  ? At<Step<Row, Head>, Rest>
  : Step<Row, P>;

type FieldNames<T> = T extends null | undefined
  ? never
  : { [Name in keyof T & string]: T[Name] extends (...args: never) => unknown ? never : Name }[keyof T &
      string];

/** The bindings of a row, and their fields: what an editor offers where a path is expected. */
export type Paths<Row> =
  | (keyof Row & string)
  | { [Name in keyof Row & string]: `${Name}.${FieldNames<Row[Name]>}` }[keyof Row & string];

/** The path itself when the row has it; otherwise those that it could be. */
export type Path<Row, P extends string> = [Extract<At<Row, P>, Missing>] extends [never] ? P : Paths<Row>;

/** The name itself, unless something is bound to it already. */
export type Fresh<Row, Name extends string> = Name extends keyof Row ? `${Name} is bound already` : Name;

/** A row with one more name. */
export type With<Row, Name extends string, Value> = {
  [Key in keyof Row | Name]: Key extends keyof Row ? Row[Key] : Value;
};

/** What a rule can take a value from: a path, or a function of the row. */
export type OperandOf<Row, O> = O extends string ? Path<Row, O> : O;

/** What such a value is. */
export type Resolve<Row, O> = O extends string
  ? At<Row, O>
  : O extends (row: never) => infer Value
    ? Value
    : O;

/** What `each` binds of a collection: of maps the values. */
export type ElementOf<Source> = Source extends null | undefined
  ? never
  : Source extends MapLike<infer _Key, infer Value>
    ? Value
    : Source extends Iterable<infer Element>
      ? Element
      : never;

/** The second path itself when its values can equal those of the first. */
export type Comparable<Row, A extends string, B extends string> =
  NonNullable<At<Row, A>> extends NonNullable<At<Row, B>>
    ? B
    : NonNullable<At<Row, B>> extends NonNullable<At<Row, A>>
      ? B
      : `${B} cannot equal ${A}`;

/** What the edges of one kind are, by the method of a node that gives them. */
export type EdgeOf<Lookup, Kind extends string> = [Signature<Lookup, Kind>] extends [never]
  ? Lookup extends (kind: Kind) => Iterable<infer Edge>
    ? Edge
    : never
  : Signature<Lookup, Kind>;

/** A method with one signature for each kind of edge: those of up to eight kinds are told apart. */
type Signature<Lookup, Kind> = Lookup extends {
  (kind: infer K1): infer R1;
  (kind: infer K2): infer R2;
  (kind: infer K3): infer R3;
  (kind: infer K4): infer R4;
  (kind: infer K5): infer R5;
  (kind: infer K6): infer R6;
  (kind: infer K7): infer R7;
  (kind: infer K8): infer R8;
  (): unknown;
}
  ?
      | Matching<Kind, K1, R1>
      | Matching<Kind, K2, R2>
      | Matching<Kind, K3, R3>
      | Matching<Kind, K4, R4>
      | Matching<Kind, K5, R5>
      | Matching<Kind, K6, R6>
      | Matching<Kind, K7, R7>
      | Matching<Kind, K8, R8>
  : never;

type Matching<Kind, K, R> = unknown extends K
  ? never
  : Kind extends K
    ? R extends Iterable<infer Edge>
      ? Edge
      : never
    : never;
