import type { PersistentBuffer } from '../collections/buffer.js';
import type { PersistentList } from '../collections/list.js';
import type { PersistentMap } from '../collections/map.js';
import type { BufferSource } from '../collections/memory-view.js';
import type { PersistentSet } from '../collections/set.js';
import type { PersistentObject } from '../live/record.js';
import type {
  BufferKind,
  EnumKind,
  ListKind,
  MapKind,
  OptionalKind,
  RefKind,
  ScalarKind,
  SetKind,
  Structs,
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
export type FieldsOf<S extends Structs, Name extends keyof S> = (S[Name]['extends'] extends infer Base extends
  keyof S
  ? FieldsOf<S, Base>
  : unknown) &
  S[Name]['fields'];

/** A live object of the struct: reading a property reads the store, setting it writes the store. */
export type Live<S extends Structs, Name extends keyof S> = PersistentObject & {
  -readonly [Field in keyof FieldsOf<S, Name>]: ValueOf<FieldsOf<S, Name>[Field], S>;
};

/** What a field or element of this kind reads as. */
export type ValueOf<K, S extends Structs> =
  K extends ScalarKind<infer Name>
    ? ScalarTypes[Name]
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
      : K extends ListKind<infer Of>
        ? ValueOf<K, S> | Iterable<InputOf<Of, S>>
        : K extends MapKind<infer Key, infer Value>
          ? ValueOf<K, S> | Iterable<readonly [ValueOf<Key, S>, InputOf<Value, S>]>
          : K extends SetKind<infer Of>
            ? ValueOf<K, S> | Iterable<ValueOf<Of, S>>
            : K extends BufferKind
              ? PersistentBuffer | BufferSource
              : ValueOf<K, S>;

type Required<F> = { [Field in keyof F]: F[Field] extends RefKind | BufferKind ? Field : never }[keyof F];

/** Plain data that an object of the struct can be made of. What has a beginning of its own may be left out. */
export type Input<S extends Structs, Name extends keyof S> = {
  readonly [Field in Required<FieldsOf<S, Name>>]: InputOf<FieldsOf<S, Name>[Field], S>;
} & {
  readonly [Field in Exclude<keyof FieldsOf<S, Name>, Required<FieldsOf<S, Name>>>]?: InputOf<
    FieldsOf<S, Name>[Field],
    S
  >;
};

/** The root object's type: `type Root = Infer<typeof schema>`; with a name, that of another struct. */
export type Infer<T extends { readonly structs: Structs }, Name extends keyof T['structs'] = 'Root'> = Live<
  T['structs'],
  Name
>;
