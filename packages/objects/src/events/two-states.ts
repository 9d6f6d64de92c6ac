import { PersistentBuffer } from '../collections/buffer.js';
import { PersistentList } from '../collections/list.js';
import { PersistentMap } from '../collections/map.js';
import { PersistentSet } from '../collections/set.js';
import { chunkHeader, type Place } from '../heap/chunks.js';
import { pageBytes } from '../heap/segment.js';
import {
  addressOf,
  contentOf,
  LiveObject,
  plainKey,
  positionKey,
  segmentKey,
  serialKey,
} from '../live/live-object.js';
import type { Realm } from '../live/realm.js';
import { PersistentObject } from '../live/record.js';
import type { TwoStates } from './compare-states.js';
import { absent, partsOf } from './parts.js';

/** Collections whose content begins with the reference to the one chunk that holds what is in them. */
const withStorage = [PersistentList, PersistentMap, PersistentSet, PersistentBuffer];

/** The state before a commit and the one after it. @param pages - Those that the commit wrote, in order. */
export function twoStates(before: Realm, after: Realm, pages: readonly number[], freed: boolean): TwoStates {
  const isChanged = ({ segment, at }: Place) => {
    const start = segment.start + at;
    const end = start + 16 * segment.view.getUint32(at + 8, true);
    const next = pages[firstFrom(pages, Math.floor(start / pageBytes))];
    return next !== undefined && next * pageBytes < end;
  };
  return {
    freed,
    touched: (object) => {
      const segment = object[segmentKey];
      if (isChanged({ segment, at: object[positionKey] })) return true;
      if (object instanceof PersistentObject) return false;
      if (!withStorage.some((type) => object instanceof type)) return true;
      const content = contentOf(object);
      after.chunks.heap.need(segment, object[positionKey], chunkHeader + 8);
      const granule = segment.view.getUint32(content, true);
      if (granule === 0) return false;
      const storage = after.chunks.find(granule, segment.view.getInt32(content + 4, true));
      return storage === undefined || isChanged(storage);
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
