import { chunkHeader } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { LiveType } from '../live/live-type.js';
import type { TypeContext } from '../live/type-context.js';
import { countBytes } from '../schema/counted-kinds.js';
import { ruleOf } from '../schema/kind-rules.js';
import type { Kind, SortedMapKind } from '../schema/kinds.js';
import { showKind } from '../schema/plain-kind.js';
import { otherKind } from '../values/codec.js';
import { PersistentMap } from './map.js';
import { isNatural } from './natural-key.js';
import { plainPairs } from './plain-pairs.js';
import { clearMap, PersistentSortedMap, type SortedMapParts } from './sorted-map.js';
import { Tree } from './tree.js';
import { keyPart } from './tree-key.js';
import { treeHead } from './tree-path.js';

/** The type of sorted maps of one kind. */
export function sortedMapType(realm: TypeContext, kind: SortedMapKind<Kind, Kind>, tag: number): LiveType {
  const { chunks } = realm;
  const path = showKind(kind);
  const size = treeHead + (realm.isCounted(kind) ? countBytes : 0);
  let bound: SortedMapParts | undefined;
  const parts = () => {
    if (bound) return bound;
    const value = realm.codec(kind.value);
    const tree = new Tree(chunks, [keyPart(chunks, kind.key)], Math.ceil(value.size / 8) * 8);
    bound = { chunks, tree, key: realm.codec(kind.key), value, path, natural: [isNatural(kind.key)] };
    return bound;
  };
  const open = (segment: Segment, at: number) => {
    return new PersistentSortedMap(parts(), segment, at, segment.view.getInt32(at + 4, true));
  };
  return {
    tag,
    name: path,
    size,
    counted: size > treeHead,
    accepts: new Set([tag]),
    check: (value, at) => {
      for (const [key, element] of plainPairs(value, path, at)) {
        parts().key.check(key, at);
        parts().value.check(element, at);
      }
    },
    create: (value) => {
      const place = chunks.allocate(tag, size);
      if (value === undefined) return place;
      const made = open(place.segment, place.at);
      for (const [key, element] of plainPairs(value, path, path)) made.set(key, element);
      return place;
    },
    open,
    free: (place) => {
      clearMap(parts(), place.segment, place.at + chunkHeader);
      chunks.free(place);
    },
    trace: ({ segment, at }, visit) => {
      const { tree, value } = parts();
      tree.trace(segment, at + chunkHeader, visit, (leaf, entry) => {
        value.trace?.(leaf, entry + tree.nodes.keyBytes, visit);
      });
    },
    fill: (to, from, take) => {
      if (!(from instanceof PersistentSortedMap || from instanceof PersistentMap)) throw otherKind(path);
      const made = to as PersistentSortedMap;
      for (const [key, value] of from) {
        // What may be null may come later, or not at all.
        if (ruleOf(kind.value)!.nullable) made.set(key, null);
        take(kind.value, value, (newValue) => void made.set(key, newValue));
      }
    },
  };
}
