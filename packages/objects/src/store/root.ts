import { type Place, rootAt } from '../heap/chunks.js';
import type { LiveObject } from '../live/live-object.js';
import type { Realm } from '../realm/realm.js';

/** The one object of `Root`. @throws OBJ_DAMAGED */
export function rootOf(realm: Realm): LiveObject {
  return realm.open(rootPlace(realm));
}

/** Where it lies. @throws OBJ_DAMAGED */
export function rootPlace(realm: Realm): Place {
  const { chunks } = realm;
  const { granule, serial } = chunks.readRoot(rootAt);
  const place = chunks.find(granule, serial);
  if (!place) throw chunks.damaged('the root object is gone', rootAt);
  const type = realm.struct('Root')!;
  if (place.segment.view.getUint32(place.at, true) !== type.tag) {
    throw chunks.damaged('the root object is none of Root', rootAt);
  }
  return place;
}
