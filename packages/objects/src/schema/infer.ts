import type { PersistentBuffer } from '../collections/buffer.js';
import type { PersistentDefaultMap } from '../collections/default-map.js';
import type { PersistentList } from '../collections/list.js';
import type { PersistentMap } from '../collections/map.js';
import type { BufferSource } from '../collections/memory-view.js';
import type { PersistentSet } from '../collections/set.js';
import type { PersistentSortedList } from '../collections/sorted-list.js';
import type { PersistentSortedMap } from '../collections/sorted-map.js';
import type { Edges } from '../graph/edges.js';
import type { PersistentObject } from '../live/record.js';
import type { IndexRule } from './index-rule.js';
import type {
  BufferKind,
  DefaultMapKind,
  EdgeEnds,
  EnumKind,
  InternedKind,
  ListKind,
  MapKind,
  OptionalKind,
  RefKind,
  ScalarKind,
  SetKind,
  SortedListKind,
  SortedMapKind,
  Structs,
  UnionKind,
  WeakKind,
} from './kinds.js';

interface ScalarTypes {
  int8: number;
  uint8: number;
  int16: number;
  uint16: number;
  int32: number;
  uint32: number;
  int53: number;
  int64: bigint;
  uint64: bigint;
  float32: number;
  float64: number;
  bool: boolean;
  date: Date;
  text: string;
  bytes: Uint8Array;
}

/** All fields of a struct, those of its bases first. */
export type FieldsOf<S extends Structs, Name extends keyof S> = EndFields<S[Name]['edge']> &
  OwnFieldsOf<S, Name>;

type EndFields<Edge> = [Edge] extends [EdgeEnds<infer From, infer To>]
  ? { readonly from: RefKind<From>; readonly to: RefKind<To> }
  : unknown;

/** Whether objects of one struct can stand where those of another are expected. */
type Derives<S extends Structs, Name extends keyof S, Base> = Name extends Base
  ? true
  : S[Name]['extends'] extends infer Next extends keyof S
    ? Derives<S, Next, Base>
    : false;

/** The structs of a schema that are edges. */
export type EdgesOf<S extends Structs> = string extends keyof S
  ? string
  : {
      [Edge in keyof S & string]: S[Edge]['edge'] extends EdgeEnds ? Edge : never;
    }[keyof S & string];

/** The edges that lead from a struct, or to it. */
export type EdgesAt<S extends Structs, Name extends keyof S, End extends 'from' | 'to'> = {
  [Edge in EdgesOf<S>]: true extends Derives<S, Name, NonNullable<S[Edge]['edge']>[End]> ? Edge : never;
}[EdgesOf<S>];

/** A struct that edges lead from. */
interface Source<S extends Structs, Edge extends keyof S> {
  /** The edges that lead from here, of one kind or all. @throws TypeError when there is no such kind. */
  readonly out: EdgeLookup<S, Edge>;
}

/** A struct that edges lead to. */
interface Target<S extends Structs, Edge extends keyof S> {
  /** The edges that lead here, of one kind or all. @throws TypeError when there is no such kind. */
  readonly in: EdgeLookup<S, Edge>;
}

type GraphPart<S extends Structs, Name extends keyof S> = ([EdgesAt<S, Name, 'from'>] extends [never]
  ? unknown
  : Source<S, EdgesAt<S, Name, 'from'>>) &
  ([EdgesAt<S, Name, 'to'>] extends [never] ? unknown : Target<S, EdgesAt<S, Name, 'to'>>) &
  EndsOf<S, S[Name]['edge']>;

type EndsOf<S extends Structs, Edge> = [Edge] extends [EdgeEnds<infer From, infer To>]
  ? { readonly from: Live<S, From & keyof S>; readonly to: Live<S, To & keyof S> }
  : unknown;

/**
 * One signature for each kind of edge: generic ones would be compared without end, since nodes lead to nodes. What stands
 * for its base may have edges that the base does not, so that all of them are edges of any kind.
 */
type EdgeLookup<S extends Structs, Edge extends keyof S> = Signatures<S, Edge> &
  (() => Edges<Live<S, EdgesOf<S>>>);

type Signatures<S extends Structs, Edge extends keyof S> = (
  Edge extends unknown
    ? (signature: (edge: Edge) => Edges<Live<S, Edge>>) => void
    : never
) extends (signature: infer All) => void
  ? All
  : never;

/** A live object of the struct: reading a property reads the store, setting it writes the store. */
export type Live<S extends Structs, Name extends keyof S> = PersistentObject &
  // Of a schema that is only known at run time, there is nothing to infer.
  (string extends keyof S
    ? { [field: string]: unknown }
    : {
        -readonly [Field in keyof OwnFieldsOf<S, Name>]: ValueOf<OwnFieldsOf<S, Name>[Field], S>;
      } & MethodsOf<S, Name> &
        GraphPart<S, Name>);

/** The methods of a struct and of its bases. */
type MethodsOf<S extends Structs, Name extends keyof S> = (S[Name]['extends'] extends infer Base extends
  keyof S
  ? MethodsOf<S, Base>
  : unknown) &
  (S[Name] extends { readonly methods: infer Methods } ? Methods : unknown);

/** The same without an edge's ends. */
type OwnFieldsOf<S extends Structs, Name extends keyof S> = (string extends keyof S
  ? unknown
  : S[Name]['extends'] extends infer Base extends keyof S
    ? Omit<OwnFieldsOf<S, Base>, keyof S[Name]['fields']>
    : unknown) &
  S[Name]['fields'];

/** What a field or element of this kind reads as. */
export type ValueOf<K, S extends Structs> =
  K extends ScalarKind<infer Name>
    ? ScalarTypes[Name]
    : K extends InternedKind
      ? string
      : K extends UnionKind<infer Of>
        ? ValueOf<Of[number], S>
        : K extends EnumKind<infer Value>
          ? Value
          : K extends OptionalKind<infer Of>
            ? ValueOf<Of, S> | null
            : K extends RefKind<infer To>
              ? Live<S, To & keyof S>
              : K extends WeakKind<infer To>
                ? Live<S, To & keyof S> | null
                : K extends ListKind<infer Of>
                  ? PersistentList<ValueOf<Of, S>, InputOf<Of, S>>
                  : K extends MapKind<infer Key, infer Value>
                    ? PersistentMap<ValueOf<Key, S>, ValueOf<Value, S>, InputOf<Value, S>>
                    : K extends DefaultMapKind<infer Key, infer Value>
                      ? PersistentDefaultMap<ValueOf<Key, S>, ValueOf<Value, S>, InputOf<Value, S>>
                      : K extends SortedMapKind<infer Key, infer Value>
                        ? PersistentSortedMap<ValueOf<Key, S>, ValueOf<Value, S>, InputOf<Value, S>>
                        : K extends SortedListKind<infer Of, infer By>
                          ? PersistentSortedList<ValueOf<Of, S>, InputOf<Of, S>, OrderOf<S, Of, By>>
                          : K extends SetKind<infer Of>
                            ? PersistentSet<ValueOf<Of, S>>
                            : K extends BufferKind
                              ? PersistentBuffer
                              : never;

/** What can be stored as this kind: the value itself, or plain data that becomes one. */
export type InputOf<K, S extends Structs> =
  K extends OptionalKind<infer Of>
    ? InputOf<Of, S> | null
    : K extends RefKind<infer To>
      ? Live<S, To & keyof S> | Input<S, To & keyof S>
      : K extends ListKind<infer Of> | SortedListKind<infer Of>
        ? ValueOf<K, S> | readonly InputOf<Of, S>[]
        : K extends
              | MapKind<infer Key, infer Value>
              | DefaultMapKind<infer Key, infer Value>
              | SortedMapKind<infer Key, infer Value>
          ?
              | ValueOf<K, S>
              | ReadonlyMap<ValueOf<Key, S>, InputOf<Value, S>>
              | readonly (readonly [ValueOf<Key, S>, InputOf<Value, S>])[]
          : K extends SetKind<infer Of>
            ? ValueOf<K, S> | ReadonlySet<ValueOf<Of, S>> | readonly ValueOf<Of, S>[]
            : K extends UnionKind<infer Of>
              ? InputOf<Of[number], S>
              : K extends BufferKind
                ? PersistentBuffer | BufferSource
                : ValueOf<K, S>;

type Required<F> = {
  [Field in keyof F]: F[Field] extends RefKind | BufferKind | UnionKind ? Field : never;
}[keyof F];

/** Plain data that an object of the struct can be made of. What has a beginning of its own may be left out. */
export type Input<S extends Structs, Name extends keyof S> = string extends keyof S
  ? { readonly [field: string]: unknown }
  : InputFields<S, FieldsOf<S, Name>>;

type InputFields<S extends Structs, F> = {
  readonly [Field in Required<F>]: InputOf<F[Field], S>;
} & {
  readonly [Field in Exclude<keyof F, Required<F>>]?: InputOf<F[Field], S>;
};

/** What an edge can be made to lead from, or to. */
export type EndInput<
  S extends Structs,
  Edge extends keyof S,
  End extends 'from' | 'to',
> = string extends keyof S ? object : InputOf<RefKind<NonNullable<S[Edge]['edge']>[End]>, S>;

/** The fields of a new edge: may be left out when all of them have a beginning of their own. */
export type EdgeFields<S extends Structs, Edge extends keyof S> = string extends keyof S
  ? [fields?: { readonly [field: string]: unknown }]
  : object extends InputFields<S, OwnFieldsOf<S, Edge>>
    ? [fields?: InputFields<S, OwnFieldsOf<S, Edge>>]
    : [fields: InputFields<S, OwnFieldsOf<S, Edge>>];

/** The indexes that a struct declares. */
export type IndexesOf<S extends Structs, Name extends keyof S> = string extends keyof S
  ? string
  : keyof NonNullable<S[Name]['indexes']> & string;

/** A key of an index: the value of its field; of several fields an array, whose last values may be left out. */
export type IndexKey<
  S extends Structs,
  Name extends keyof S,
  Index extends IndexesOf<S, Name>,
> = string extends keyof S
  ? unknown
  : RuleOf<S, Name, Index> extends IndexRule<infer On>
    ? On extends readonly [infer Field]
      ? FieldValue<S, Name, Field>
      : { readonly [At in keyof On]?: FieldValue<S, Name, On[At]> }
    : never;

type RuleOf<S extends Structs, Name extends keyof S, Index> = NonNullable<S[Name]['indexes']>[Index &
  keyof NonNullable<S[Name]['indexes']>];

type FieldValue<S extends Structs, Name extends keyof S, Field> = Field extends keyof FieldsOf<S, Name>
  ? ValueOf<FieldsOf<S, Name>[Field], S>
  : never;

/** What elements of a sorted list are ordered by. */
type OrderOf<S extends Structs, Of, By> = By extends string
  ? Of extends RefKind<infer To>
    ? PathValue<S, To & keyof S, By>
    : never
  : ValueOf<Of, S>;

type PathValue<
  S extends Structs,
  Name extends keyof S,
  Path extends string,
> = Path extends `${infer Field}.${infer Rest}`
  ? FieldsOf<S, Name>[Field & keyof FieldsOf<S, Name>] extends
      | RefKind<infer To>
      | OptionalKind<RefKind<infer To>>
    ? PathValue<S, To & keyof S, Rest> | null
    : never
  : FieldValue<S, Name, Path>;

/** The root object's type: `type Root = Infer<typeof schema>`; with a name, that of another struct. */
export type Infer<T extends { readonly structs: Structs }, Name extends keyof T['structs'] = 'Root'> = Live<
  T['structs'],
  Name
>;
