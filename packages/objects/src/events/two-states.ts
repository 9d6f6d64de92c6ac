import { PersistentBuffer } from '../collections/buffer.js';
import { pickKey } from '../collections/pick.js';
import { chunkHeader, firstObjectTag, type Place, tags } from '../heap/chunks.js';
import { pageBytes, type Segment } from '../heap/segment.js';
import {
  addressOf,
  contentOf,
  LiveObject,
  plainKey,
  positionKey,
  segmentKey,
  serialKey,
} from '../live/live-object.js';
import { PersistentObject } from '../live/record.js';
import type { Realm } from '../realm/realm.js';
import { leafTags } from './leaf-tags.js';
import { absent, partsOf } from './parts.js';

/** What a comparison has to know of two states. */
export interface TwoStates {
  /** Whether any object was freed between the two. */
  readonly freed: boolean;
  /** Whether any of these bytes of the heap were written. */
  written(address: number, bytes: number): boolean;
  /** Whether anything may differ in the object that a reference leads to; `depth` levels matter, it is the first of them. */
  matters(segment: Segment, at: number, depth: number): boolean;
  /** Whether anything of an object's own level, its fields or its elements, may differ between the two. */
  touched(object: LiveObject): boolean;
  /** The object as it was before. */
  asBefore(object: LiveObject): unknown;
}

/** The state before a commit and the one after it. @param pages - Those that the commit wrote, in order. */
export function twoStates(before: Realm, after: Realm, pages: readonly number[], freed: boolean): TwoStates {
  const { chunks } = after;
  const leaves = leafTags(after);
  const hasBuffers = after.collection({ kind: 'buffer' }) !== undefined;
  const isStruct = (tag: number) => tag < firstObjectTag + Object.keys(after.schema.structs).length;
  const written = (address: number, bytes: number) => {
    const next = pages[firstFrom(pages, Math.floor(address / pageBytes))];
    return next !== undefined && next * pageBytes < address + bytes;
  };
  const isChanged = ({ segment, at }: Place) => {
    return written(segment.start + at, 16 * segment.view.getUint32(at + 8, true));
  };
  return {
    freed,
    written,
    matters: (segment, at, depth) => {
      chunks.heap.need(segment, at, 8);
      const address = 16 * segment.view.getUint32(at, true);
      if (address === 0 || address >= chunks.top) return address !== 0;
      const there = chunks.heap.segmentAt(address);
      chunks.heap.need(there, address - there.start, chunkHeader);
      const place = { segment: there, at: address - there.start };
      if (isChanged(place)) return true;
      const tag = there.view.getUint32(place.at, true);
      if (depth === 1 || leaves.has(tag)) return false;
      // A collection's elements are elsewhere, and so are buffers' items; a weak reference ends without being written.
      return depth > 2 || freed || hasBuffers || !isStruct(tag);
    },
    touched: (object) => {
      const segment = object[segmentKey];
      if (isChanged({ segment, at: object[positionKey] })) return true;
      if (object instanceof PersistentObject) return false;
      // These begin with the reference to the one chunk that holds what is in them.
      if (!(object instanceof PersistentBuffer || pickKey in object)) return true;
      const content = contentOf(object);
      chunks.heap.need(segment, object[positionKey], chunkHeader + 8);
      const granule = segment.view.getUint32(content, true);
      if (granule === 0) return false;
      const storage = chunks.find(granule, segment.view.getInt32(content + 4, true));
      if (!storage || isChanged(storage)) return true;
      // Of a tree, that is only the first node; of a long list, where its pieces are.
      const tag = storage.segment.view.getUint32(storage.at, true);
      return tag === tags.node || tag === tags.pieces;
    },
    asBefore: (object) => inRealm(before, object),
  };
}

/** The same object in another state, or {@link absent} when it is not there. */
export function inRealm(realm: Realm, object: LiveObject): unknown {
  const address = addressOf(object);
  if (address >= realm.chunks.top) return absent;
  const place = realm.chunks.find(address / 16, object[serialKey]);
  return place ? realm.open(place) : absent;
}

/**
 * A value of a state that is about to be gone, for those who may keep it: objects that are still there as they are now, and
 * others, and buffers, as plain data.
 */
export function kept(realm: Realm, value: unknown, above: ReadonlySet<number> = new Set()): unknown {
  if (value === absent) return undefined;
  if (!(value instanceof LiveObject)) return value;
  // It may be there and hold other numbers.
  if (value instanceof PersistentBuffer) return value.copy();
  const now = inRealm(realm, value);
  if (now !== absent) return now;
  const address = addressOf(value);
  // What leads in a circle was shown above.
  if (above.has(address)) return undefined;
  const inside = new Set([...above, address]);
  const next = (inner: unknown) => kept(realm, inner, inside);
  if (!(value instanceof PersistentObject)) return value[plainKey](next);
  return Object.fromEntries(Array.from(partsOf(value), ([name, field]) => [name, next(field)]));
}

/** Where in ascending numbers the first is that is not smaller. */
function firstFrom(numbers: readonly number[], least: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
