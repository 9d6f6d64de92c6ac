import { type Place, rootAt } from '../heap/chunks.js';
import type { Realm } from '../realm/realm.js';

/** How many references to each counted object these objects hold, by its address. @throws OBJ_DAMAGED */
export function countReferences(
  realm: Realm,
  places: Iterable<Place>,
): Map<number, { place: Place; count: number }> {
  const found = new Map<number, { place: Place; count: number }>();
  const countOf = (place: Place) => {
    if (!realm.typeOf(place.segment.view.getUint32(place.at, true))?.counted) return undefined;
    const address = place.segment.start + place.at;
    const known = found.get(address) ?? { place, count: 0 };
    found.set(address, known);
    return known;
  };
  const visit = (place: Place) => {
    const known = countOf(place);
    if (known) known.count++;
  };
  for (const place of places) {
    countOf(place);
    if (realm.typeOf(place.segment.view.getUint32(place.at, true))) realm.trace(place, visit);
  }
  // The header refers to the root.
  const { granule, serial } = realm.chunks.readRoot(rootAt);
  const root = realm.chunks.find(granule, serial);
  if (root) visit(root);
  return found;
}

/** Whether anything is counted in a store. */
export function hasCounts(realm: Realm): boolean {
  return Object.values(realm.schema.structs).some(({ counted }) => counted === true);
}
