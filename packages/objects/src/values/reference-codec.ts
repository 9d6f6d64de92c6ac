import { errors } from '../errors.js';
import type { Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { addressOf, contentOf, LiveObject, positionKey, segmentKey, serialKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import type { TypeContext } from '../live/type-context.js';
import type { Codec } from './codec.js';
import { hashReference } from './hash.js';
import { writeReference } from './text-codec.js';

/**
 * What a reference may be: `required`, it must be given; `own`, a collection that is there from the beginning;
 * `nullable`; `weak`, which reads as null when its object is gone.
 */
export type ReferenceMode = 'required' | 'own' | 'nullable' | 'weak';

/** References to objects of one type and those that can stand for them. */
export function referenceCodec(realm: TypeContext, type: LiveType, mode: ReferenceMode): Codec {
  const { chunks } = realm;
  let granule = 0;
  let serial = 0;
  const mayBeNull = mode === 'nullable' || mode === 'weak';
  const find = (segment: Segment, at: number): Place | null => {
    const granule = segment.view.getUint32(at, true);
    if (granule === 0) {
      if (mayBeNull) return null;
      throw chunks.damaged('a reference that cannot be empty is', segment.start + at);
    }
    const place = chunks.find(granule, segment.view.getInt32(at + 4, true));
    if (place) {
      const tag = place.segment.view.getUint32(place.at, true);
      if (tag === type.tag || type.accepts.has(tag)) return place;
      throw chunks.damaged(`a reference to a ${type.name} leads to tag ${tag}`, segment.start + at);
    }
    if (mode === 'weak') return null;
    throw errors.OBJ_FREED({
      message: `the ${type.name} that is referred to was freed`,
      offset: segment.start + at,
      hint: 'free() leaves references behind; collect() frees only what has none',
    });
  };
  const { counts } = realm;
  const isCounted = type.counted === true && mode !== 'weak';
  return {
    size: 8,
    check: (value, path) => {
      if (value === null && mayBeNull) return;
      if (value instanceof LiveObject) checkLive(realm, type, value, path);
      else if (realm.keeper.hasIndexes) realm.keeper.checking(() => type.check(value, path));
      else type.check(value, path);
    },
    get: (segment, at) => {
      const place = find(segment, at);
      return place === null ? null : realm.open(place);
    },
    set: (segment, at, value) => {
      let place: Place | undefined;
      if (value instanceof LiveObject) place = { segment: value[segmentKey], at: value[positionKey] };
      else if (value !== null) place = type.create(value);
      chunks.heap.own(segment, at, 8);
      if (isCounted) {
        // The new one first: it may be the same, or only the old one may keep it.
        if (place) counts.retain(place);
        counts.release(segment, at);
      }
      writeReference(segment, at, place);
      if (isCounted) counts.settle();
    },
    ...(isCounted && {
      drop: (segment: Segment, at: number) => counts.release(segment, at),
      settle: () => counts.settle(),
    }),
    ...(mode === 'own' && {
      init: (segment: Segment, at: number) => {
        const place = type.create(undefined);
        chunks.heap.own(segment, at, 8);
        if (isCounted) counts.retain(place);
        writeReference(segment, at, place);
      },
    }),
    ...(mode !== 'weak' && {
      trace: (segment: Segment, at: number, visit: (place: Place) => void) => {
        const granule = segment.view.getUint32(at, true);
        const place = granule === 0 ? undefined : chunks.find(granule, segment.view.getInt32(at + 4, true));
        if (place) visit(place);
      },
    }),
    key: {
      probe: (value) => {
        const object = value as LiveObject;
        granule = addressOf(object) / 16;
        serial = object[serialKey];
        return hashReference(granule, serial);
      },
      matches: ({ view }, at) =>
        view.getUint32(at, true) === granule && view.getInt32(at + 4, true) === serial,
    },
  };
}

/** @throws OBJ_FOREIGN, OBJ_FREED, TypeError unless the object can stand here. */
export function checkLive(realm: TypeContext, type: LiveType, value: LiveObject, path: string): void {
  contentOf(value);
  const segment = value[segmentKey];
  if (segment.heap !== realm.chunks.heap) {
    throw errors.OBJ_FOREIGN({
      message: `${path}: the object belongs to another store`,
      path,
      hint: 'plain(object) gives data that can be copied',
    });
  }
  const tag = segment.view.getUint32(value[positionKey], true);
  if (type.accepts.has(tag)) return;
  const found = realm.typeOf(tag)?.name ?? `tag ${tag}`;
  throw new TypeError(`${path}: a ${type.name} is wanted, not a ${found}`);
}
