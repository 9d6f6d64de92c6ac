import { errors } from '../errors.js';
import { chunkHeader } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import type { TypeContext } from '../live/type-context.js';
import { countBytes } from '../schema/counted-kinds.js';
import type { Kind, SortedListKind } from '../schema/kinds.js';
import { mayBeMissing, stepsOf } from '../schema/order-rules.js';
import { showKind } from '../schema/plain-kind.js';
import { otherKind, show, wrongType } from '../values/codec.js';
import { PersistentList } from './list.js';
import { isNatural } from './natural-key.js';
import { clearList, PersistentSortedList, type SortedListParts, sortedListContent } from './sorted-list.js';
import { Tree } from './tree.js';
import { keyPart, tiePart } from './tree-key.js';

/** The type of sorted lists of one kind. */
export function sortedListType(realm: TypeContext, kind: SortedListKind<Kind>, tag: number): LiveType {
  const { chunks } = realm;
  const path = showKind(kind as Kind);
  const size = sortedListContent + (realm.isCounted(kind as Kind) ? countBytes : 0);
  const { of, by, descending, unique } = kind;
  let bound: SortedListParts | undefined;
  const parts = () => {
    if (bound) return bound;
    const { keeper } = realm;
    const links = keeper.links(kind as Kind);
    const steps =
      of.kind === 'ref' && by !== undefined ? stepsOf(realm.schema.structs, of.to, by) : undefined;
    bound = {
      chunks,
      keeper,
      tree: links?.tree ?? new Tree(chunks, [keyPart(chunks, of, descending), tiePart], 0),
      codec: realm.codec(of),
      key: realm.codec(steps?.at(-1)?.kind ?? of),
      mayBeMissing: steps !== undefined && mayBeMissing(steps),
      links,
      by,
      descending: descending === true,
      unique: unique === true,
      path,
      natural: [isNatural(steps?.at(-1)?.kind ?? of)],
      make: (value) => realm.open(realm.struct((of as { to: string }).to)!.create(value)),
    };
    return bound;
  };
  const open = (segment: Segment, at: number) => {
    return new PersistentSortedList(parts(), segment, at, segment.view.getInt32(at + 4, true));
  };
  return {
    tag,
    name: path,
    size,
    counted: size > sortedListContent,
    accepts: new Set([tag]),
    check: (value, at) => {
      if (!Array.isArray(value)) throw wrongType(at, `a ${path} or an array`, value);
      for (const [index, element] of value.entries()) parts().codec.check(element, `${at}[${index}]`);
      if (unique) checkUnique(parts(), value, at);
    },
    create: (value) => {
      const place = chunks.allocate(tag, size);
      if (value === undefined) return place;
      const made = open(place.segment, place.at);
      for (const element of value as unknown[]) made.add(element);
      return place;
    },
    open,
    free: (place) => {
      clearList(parts(), place);
      chunks.free(place);
    },
    trace: ({ segment, at }, visit) => {
      const { tree, codec, links } = parts();
      tree.trace(segment, at + chunkHeader, visit, (leaf, entry) => {
        if (links) codec.trace?.(leaf, entry + tree.nodes.keyBytes, visit);
      });
    },
    fill: (to, from, take) => {
      if (!(from instanceof PersistentSortedList || from instanceof PersistentList)) throw otherKind(path);
      for (const element of from) take(of, element, (value) => void (to as PersistentSortedList).add(value));
    },
  };
}

/** Before anything is made of them. @throws OBJ_DUPLICATE when two objects have one key */
function checkUnique(
  { links, tree, keeper }: SortedListParts,
  elements: readonly unknown[],
  path: string,
): void {
  // Objects that are made in pieces have no keys yet; then adding them, which waits, too, finds it out.
  if (!links || keeper.waits) return;
  const met = new Map<string, unknown>();
  for (const [index, element] of elements.entries()) {
    const live = element instanceof LiveObject ? element : undefined;
    const key = live
      ? links.keyOf({ segment: live[segmentKey], at: live[positionKey] })
      : links.keyOfNew(element as Readonly<Record<string, unknown>>);
    if (key === null) continue;
    tree.aim(key);
    const signature = tree.probe.signature();
    if (met.has(signature) && !live?.isSameAs(met.get(signature)))
      throw errors.OBJ_DUPLICATE({
        message: `${path}[${index}]: another element has ${show(key)} already`,
        path,
      });
    met.set(signature, element);
  }
}
