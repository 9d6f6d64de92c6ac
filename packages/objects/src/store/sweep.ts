import { type Place, rootAt, schemaAt, tags } from '../heap/chunks.js';
import type { Realm } from '../realm/realm.js';
import { countReferences, hasCounts } from './count-references.js';

/** What a collection freed. */
export interface Collected {
  readonly chunks: number;
  readonly bytes: number;
}

/** The addresses of all chunks that can be reached from the root and the schema. @throws OBJ_DAMAGED */
export function mark(realm: Realm): Set<number> {
  const { chunks } = realm;
  const marked = new Set<number>();
  const work: Place[] = [];
  const visit = (place: Place) => {
    const address = place.segment.start + place.at;
    if (marked.has(address)) return;
    marked.add(address);
    work.push(place);
  };
  for (const at of [rootAt, schemaAt] as const) {
    const { granule, serial } = chunks.readRoot(at);
    const place = chunks.find(granule, serial);
    if (!place) throw chunks.damaged('the root of the heap is gone', at);
    visit(place);
  }
  realm.texts.trace(visit);
  realm.keeper.trace(visit);
  for (let next = work.pop(); next; next = work.pop()) realm.trace(next, visit);
  return marked;
}

/** Frees all chunks that cannot be reached. Live objects of them end. @throws OBJ_DAMAGED, and then nothing was freed. */
export function collect(realm: Realm): Collected {
  const { chunks } = realm;
  const marked = mark(realm);
  const before = chunks.figures;
  // As long as all is there that their keys are made of.
  realm.keeper.forget([...chunks.walk()].filter(({ segment, at }) => !marked.has(segment.start + at)));
  realm.texts.prune(({ segment, at }) => marked.has(segment.start + at));
  const lost = [...chunks.walk()].filter(({ segment, at, tag }) => {
    return tag !== tags.free && tag !== tags.gap && !marked.has(segment.start + at);
  });
  for (const place of lost) chunks.free(place);
  if (hasCounts(realm)) {
    // What was collected referred to what stays.
    const places = [...marked].map((address) => {
      const segment = chunks.heap.segmentAt(address);
      return { segment, at: address - segment.start };
    });
    for (const { place, count } of countReferences(realm, places).values()) {
      if (realm.counts.get(place) !== count) realm.counts.set(place, count);
    }
  }
  const after = chunks.figures;
  return { chunks: before.chunks - after.chunks, bytes: before.bytes - after.bytes };
}
