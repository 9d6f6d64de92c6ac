import { checkOptions } from '@terrane/errors';
import { type IndexInput, type IndexRules, indexRule } from './index-rule.js';

/** Kinds that need no parameters, by name. 64-bit integers are `bigint`; `int53` are the whole numbers that a `number` has all of. */
export type ScalarName =
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int53'
  | 'int64'
  | 'uint64'
  | 'float32'
  | 'float64'
  | 'bool'
  | 'date'
  | 'text'
  | 'bytes';

/** A number, a truth value, a date, a text or bytes. Lies in its record, except for text and bytes. */
export interface ScalarKind<Name extends ScalarName = ScalarName> {
  readonly kind: Name;
}

/** One of up to 65,536 names; stored as its index. */
export interface EnumKind<Value extends string = string> {
  readonly kind: 'enum';
  readonly values: readonly Value[];
}

/** A value or `null`. */
export interface OptionalKind<Of = unknown> {
  readonly kind: 'optional';
  readonly of: Of;
}

/** A reference to a struct of that name, or of one derived from it. */
export interface RefKind<To extends string = string> {
  readonly kind: 'ref';
  readonly to: To;
}

/** Like a reference, but reads as `null` once its object was freed, and keeps nothing alive. */
export interface WeakKind<To extends string = string> {
  readonly kind: 'weak';
  readonly to: To;
}

/** What collections of a kind of its own have: only those of the same name are of that kind. `Storage` gives names. */
interface Named {
  readonly name?: string | undefined;
}

/** A sequence with index, length, insertion and deletion. */
export interface ListKind<Of = unknown> extends Named {
  readonly kind: 'list';
  readonly of: Of;
}

/** A hash map that grows, in the order of insertion. */
export interface MapKind<Key = unknown, Value = unknown> extends Named {
  readonly kind: 'map';
  readonly key: Key;
  readonly value: Value;
}

/** A hash map that makes what is asked for and not there. */
export interface DefaultMapKind<Key = unknown, Value = unknown> extends Named {
  readonly kind: 'defaultMap';
  readonly key: Key;
  readonly value: Value;
}

/** A map in the order of its keys. */
export interface SortedMapKind<Key = unknown, Value = unknown> extends Named {
  readonly kind: 'sortedMap';
  readonly key: Key;
  readonly value: Value;
}

/** A list that keeps itself in order. */
export interface SortedListKind<Of = unknown, By extends string | undefined = string | undefined>
  extends Named {
  readonly kind: 'sortedList';
  readonly of: Of;
  /** What objects are ordered by: the way to a field. */
  readonly by?: By;
  readonly descending?: true;
  readonly unique?: true;
}

/** A hash set that grows, in the order of insertion. */
export interface SetKind<Of = unknown> extends Named {
  readonly kind: 'set';
  readonly of: Of;
}

/** Text that is stored once, however many places it is in. */
export interface InternedKind {
  readonly kind: 'interned';
}

/** A value of one of several kinds. */
export interface UnionKind<Of extends readonly unknown[] = readonly unknown[]> {
  readonly kind: 'union';
  readonly of: Of;
}

/** An n-dimensional buffer of numbers. */
export interface BufferKind {
  readonly kind: 'buffer';
}

/** What a field or an element can be: plain JSON, the same as in the file. */
export type Kind =
  | ScalarKind
  | EnumKind
  | { readonly kind: 'optional'; readonly of: Kind }
  | RefKind
  | WeakKind
  | (Named & { readonly kind: 'list'; readonly of: Kind })
  | (Named & { readonly kind: 'map'; readonly key: Kind; readonly value: Kind })
  | (Named & { readonly kind: 'defaultMap'; readonly key: Kind; readonly value: Kind })
  | (Named & { readonly kind: 'sortedMap'; readonly key: Kind; readonly value: Kind })
  | (Named & {
      readonly kind: 'sortedList';
      readonly of: Kind;
      readonly by?: string | undefined;
      readonly descending?: true;
      readonly unique?: true;
    })
  | (Named & { readonly kind: 'set'; readonly of: Kind })
  | { readonly kind: 'union'; readonly of: readonly Kind[] }
  | InternedKind
  | BufferKind;

/** The fields of a struct by name, in the order in which they are stored. */
export type Fields = Readonly<Record<string, Kind>>;

/** The structs that an edge leads from and to. */
export interface EdgeEnds<From extends string = string, To extends string = string> {
  readonly from: From;
  readonly to: To;
}

/** A struct: named fields, after those of the struct it extends. */
export interface StructKind<
  F extends Fields = Fields,
  Base extends string | undefined = string | undefined,
  Edge extends EdgeEnds | undefined = EdgeEnds | undefined,
  Indexes extends IndexInputs | undefined = IndexInputs | undefined,
> {
  readonly kind: 'struct';
  readonly extends: Base;
  readonly fields: F;
  /** What its objects connect, when they are edges. */
  readonly edge: Edge;
  /** Its objects are freed with the last reference to them. */
  readonly counted?: boolean;
  /** The indexes over all its objects, and those of structs derived from it. */
  readonly indexes?: IndexRules<NonNullable<Indexes>>;
}

/** The indexes of a struct by name, as they are declared. */
export type IndexInputs = Readonly<Record<string, IndexInput>>;

/** What a struct is besides its fields. */
export interface StructOptions<
  Base extends string | undefined = string | undefined,
  Edge extends EdgeEnds | undefined = EdgeEnds | undefined,
  Indexes extends IndexInputs | undefined = IndexInputs | undefined,
> {
  /** The struct whose record this one's begins with: this one can stand wherever that one can. */
  readonly extends?: Base;
  /** Its objects are edges from one struct to another, or the same; they have `from` and `to` before their fields. */
  readonly edge?: Edge;
  /**
   * References to its objects, and to those of structs derived from it, are counted; with the last one an object is freed,
   * and what only it referred to. What refers to itself in a circle is for `collect`, and so is what nothing ever referred to.
   */
  readonly counted?: boolean;
  /**
   * Indexes by name, over all its objects and those of structs derived from it: a field, several, or
   * `{ on, unique: true }`. An object is in them from its creation until it is freed or collected.
   */
  readonly indexes?: Indexes;
}

const scalar =
  <Name extends ScalarName>(kind: Name) =>
  (): ScalarKind<Name> =>
    Object.freeze({ kind });

/** A signed 8-bit integer. Begins as 0. */
export const int8 = scalar('int8');
/** An unsigned 8-bit integer. Begins as 0. */
export const uint8 = scalar('uint8');
/** A signed 16-bit integer. Begins as 0. */
export const int16 = scalar('int16');
/** An unsigned 16-bit integer. Begins as 0. */
export const uint16 = scalar('uint16');
/** A signed 32-bit integer. Begins as 0. */
export const int32 = scalar('int32');
/** An unsigned 32-bit integer. Begins as 0. */
export const uint32 = scalar('uint32');
/** A safe integer as `number`, stored in 64 bits. Begins as 0. */
export const int53 = scalar('int53');
/** A signed 64-bit integer as `bigint`. Begins as 0n. */
export const int64 = scalar('int64');
/** An unsigned 64-bit integer as `bigint`. Begins as 0n. */
export const uint64 = scalar('uint64');
/** A 32-bit float. Begins as 0. */
export const float32 = scalar('float32');
/** A 64-bit float. Begins as 0. */
export const float64 = scalar('float64');
/** `true` or `false`. Begins as `false`. */
export const bool = scalar('bool');
/** A valid `Date`, stored as milliseconds since 1970. Begins as that moment. Each read gives a `Date` of its own. */
export const date = scalar('date');
/** Text, stored as UTF-8. Begins as `''`. */
export const text = scalar('text');
/** Bytes as `Uint8Array`, copied in and out. Begins empty. */
export const bytes = scalar('bytes');
/** An n-dimensional buffer, used directly as typed array. Begins with none, so a field of it must be given or optional. */
export const buffer = (): BufferKind => Object.freeze({ kind: 'buffer' });

/** Text of which equal ones are stored once in a store: for what repeats. Begins as `''`; can be a key. */
export const interned = (): InternedKind => Object.freeze({ kind: 'interned' });

/**
 * A value of one of the kinds: numbers, truth values, dates, texts, bytes, and references, each told apart from the others by
 * what it reads as. Of references, the first that takes a value gets it. Must be given, unless it is optional.
 */
export function union<const Of extends readonly [Kind, Kind, ...Kind[]]>(...of: Of): UnionKind<Of> {
  return Object.freeze({ kind: 'union', of: Object.freeze(of) });
}

/** One of the names given. Begins as the first. */
export function enumeration<const Value extends string>(...values: Value[]): EnumKind<Value> {
  return Object.freeze({ kind: 'enum', values: Object.freeze(values) });
}

/** The kind, or `null`. Begins as `null`. */
export function optional<const Of extends Kind>(of: Of): OptionalKind<Of> {
  return Object.freeze({ kind: 'optional', of });
}

/** A reference to a struct of the schema, by its name. Must be given on creation, unless it is optional. */
export function ref<const To extends string>(to: To): RefKind<To> {
  return Object.freeze({ kind: 'ref', to });
}

/** A weak reference: `null` at first, and again when its object was freed. */
export function weak<const To extends string>(to: To): WeakKind<To> {
  return Object.freeze({ kind: 'weak', to });
}

/** A list of elements of one kind. Begins empty. */
export function list<const Of extends Kind>(of: Of): ListKind<Of> {
  return Object.freeze({ kind: 'list', of });
}

/** A map. Keys are scalars, enumerations, or references, which stand for the identity of their object. Begins empty. */
export function map<const Key extends Kind, const Value extends Kind>(
  key: Key,
  value: Value,
): MapKind<Key, Value> {
  return Object.freeze({ kind: 'map', key, value });
}

/** A map whose `get` makes the value a kind begins with when a key is new: 0, `''`, an empty list, an object. Begins empty. */
export function defaultMap<const Key extends Kind, const Value extends Kind>(
  key: Key,
  value: Value,
): DefaultMapKind<Key, Value> {
  return Object.freeze({ kind: 'defaultMap', key, value });
}

/**
 * A map in the order of its keys, with ranges both ways: numbers and dates by size, NaN last; text by code point, bytes by byte;
 * `false` before `true`; enumerations in the order of their names. References have no order. Begins empty.
 */
export function sortedMap<const Key extends Kind, const Value extends Kind>(
  key: Key,
  value: Value,
): SortedMapKind<Key, Value> {
  return Object.freeze({ kind: 'sortedMap', key, value });
}

/** How a sorted list is ordered. */
export interface SortedListOptions<By extends string | undefined = string | undefined> {
  /** For references: the way to the field that they are ordered by, `age` or `boss.name`. What it does not lead to comes first. */
  readonly by?: By;
  /** From the last to the first. */
  readonly descending?: boolean;
  /** No two elements are equal; objects, when their keys are. */
  readonly unique?: boolean;
}

/**
 * A list that keeps itself in order: of values, in their own; of references, by a field that `by` leads to, in whose order
 * they stay when it is assigned. Equal ones are in the order of insertion. Begins empty.
 */
export function sortedList<const Of extends Kind, const By extends string | undefined = undefined>(
  of: Of,
  options: SortedListOptions<By> = {},
): SortedListKind<Of, By> {
  checkOptions(options, ['by', 'descending', 'unique'], 'sortedList');
  const { by, descending, unique } = options;
  return Object.freeze({
    kind: 'sortedList',
    of,
    ...(by !== undefined && { by }),
    ...(descending && { descending }),
    ...(unique && { unique }),
  }) as SortedListKind<Of, By>;
}

/** A set of what can be a key of a map. Begins empty. */
export function set<const Of extends Kind>(of: Of): SetKind<Of> {
  return Object.freeze({ kind: 'set', of });
}

/** A struct. What its objects are besides their fields, the options say. */
export function struct<
  const F extends Fields,
  const Base extends string | undefined = undefined,
  const Edge extends EdgeEnds | undefined = undefined,
  const Indexes extends IndexInputs | undefined = undefined,
>(fields: F, options: StructOptions<Base, Edge, Indexes> = {}): StructKind<F, Base, Edge, Indexes> {
  checkOptions(options, ['extends', 'edge', 'counted', 'indexes'], 'struct');
  const indexes = Object.entries<IndexInput>(options.indexes ?? {}).map(([name, input]) => [
    name,
    indexRule(input),
  ]);
  return Object.freeze({
    kind: 'struct',
    extends: options.extends as Base,
    fields: Object.freeze({ ...fields }),
    edge: options.edge as Edge,
    ...(options.counted && { counted: true }),
    ...(indexes.length > 0 && { indexes: Object.freeze(Object.fromEntries(indexes)) }),
  });
}

/** The structs of a schema by name. */
export type Structs = Readonly<Record<string, StructKind>>;
