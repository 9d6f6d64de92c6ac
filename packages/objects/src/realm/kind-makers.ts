import { bufferType } from '../collections/buffer.js';
import { defaultMapType } from '../collections/default-map.js';
import { listType } from '../collections/list.js';
import { mapType } from '../collections/map.js';
import { setType } from '../collections/set.js';
import { sortedListType } from '../collections/sorted-list-type.js';
import { sortedMapType } from '../collections/sorted-map-type.js';
import type { LiveType } from '../live/live-type.js';
import type { TypeContext } from '../live/type-context.js';
import type { EnumKind, Kind, RefKind } from '../schema/kinds.js';
import type { Codec } from '../values/codec.js';
import { internedCodec } from '../values/interned-codec.js';
import { referenceCodec } from '../values/reference-codec.js';
import { enumCodec, optionalCodec, scalarCodecs } from '../values/scalar-codecs.js';
import { bytesCodec, textCodec } from '../values/text-codec.js';
import { unionCodec } from '../values/union-codec.js';

type CodecMaker = (realm: TypeContext, kind: never, nullable: boolean) => Codec;
type TypeMaker = (realm: TypeContext, kind: never, tag: number) => LiveType;

/** What makes the types of kinds whose values are objects of their own and no structs. */
export const typeMakers: Readonly<Partial<Record<Kind['kind'], TypeMaker>>> = {
  list: listType,
  map: mapType,
  defaultMap: defaultMapType,
  sortedMap: sortedMapType,
  sortedList: sortedListType,
  set: setType,
  buffer: bufferType,
};

const inPlace =
  (made: Codec): CodecMaker =>
  (_realm, _kind, nullable) =>
    nullable ? optionalCodec(made) : made;

const own: CodecMaker = (realm, kind, nullable) => {
  return referenceCodec(realm, realm.collection(kind)!, nullable ? 'nullable' : 'own');
};

/** What makes the codec of a kind; `nullable` says that it is the codec of an optional of it. */
export const codecMakers: Readonly<Record<Kind['kind'], CodecMaker>> = {
  int8: inPlace(scalarCodecs.int8),
  uint8: inPlace(scalarCodecs.uint8),
  int16: inPlace(scalarCodecs.int16),
  uint16: inPlace(scalarCodecs.uint16),
  int32: inPlace(scalarCodecs.int32),
  uint32: inPlace(scalarCodecs.uint32),
  int53: inPlace(scalarCodecs.int53),
  int64: inPlace(scalarCodecs.int64),
  uint64: inPlace(scalarCodecs.uint64),
  float32: inPlace(scalarCodecs.float32),
  float64: inPlace(scalarCodecs.float64),
  bool: inPlace(scalarCodecs.bool),
  date: inPlace(scalarCodecs.date),
  enum: (realm, { values }: EnumKind, nullable) =>
    inPlace(enumCodec(values))(realm, undefined as never, nullable),
  text: ({ chunks }, _kind, nullable) => textCodec(chunks, nullable),
  bytes: ({ chunks }, _kind, nullable) => bytesCodec(chunks, nullable),
  interned: ({ chunks, texts }, _kind, nullable) => internedCodec(chunks, texts, nullable),
  union: (realm, { of }: { readonly of: readonly Kind[] }, nullable) => unionCodec(realm, of, nullable),
  optional: (realm, { of }: { readonly of: Kind }) => codecMakers[of.kind](realm, of as never, true),
  ref: (realm, { to }: RefKind, nullable) => {
    return referenceCodec(realm, realm.struct(to)!, nullable ? 'nullable' : 'required');
  },
  weak: (realm, { to }: RefKind) => referenceCodec(realm, realm.struct(to)!, 'weak'),
  list: own,
  map: own,
  defaultMap: own,
  sortedMap: own,
  sortedList: own,
  set: own,
  buffer: (realm, kind, nullable) => {
    return referenceCodec(realm, realm.collection(kind)!, nullable ? 'nullable' : 'required');
  },
};
