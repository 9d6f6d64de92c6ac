import type { LiveObject } from '../live/live-object.js';
import type { Realm } from '../live/realm.js';
import { rootAt } from './rebuild.js';

/** The one object of `Root`. @throws OBJ_DAMAGED */
export function rootOf(realm: Realm): LiveObject {
  const { chunks } = realm;
  const { granule, serial } = chunks.readRoot(rootAt);
  const place = chunks.find(granule, serial);
  if (!place) throw chunks.damaged('the root object is gone', rootAt);
  const type = realm.struct('Root')!;
  if (place.segment.view.getUint32(place.at, true) !== type.tag) {
    throw chunks.damaged('the root object is none of Root', rootAt);
  }
  return realm.open(place);
}
