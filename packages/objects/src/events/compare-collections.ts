import { isPickable, type Pickable, type Picked, pickKey, type Wanted } from '../collections/pick.js';
import { addressOf, contentOf, LiveObject, segmentKey, serialKey } from '../live/live-object.js';
import { absent, isIndexed, isSameValue, type Part, partAt, partsOf, unlessFreed } from './parts.js';
import type { PathStep } from './path-pattern.js';
import type { TwoStates } from './two-states.js';

const referenceBytes = 8;
/** Of values that are objects or not, each for itself. */
const unionBytes = 16;

/** Takes the parts of two states that belong together; what is not there in one of them is {@link absent}. */
export type Meet = (key: unknown, before: unknown, after: unknown) => void;

/** Levels that may matter below a collection: 1 is what its parts are, 2 also what is in them, and so on. */
export type Depth = number;

/** The parts of either state by their keys. */
export function meetKeyed(before: Iterable<Part>, after: Iterable<Part>, meet: Meet): void {
  const old = new Map<unknown, Part>();
  for (const part of before) old.set(idOf(part[0]), part);
  const now = [...after];
  const gone = new Map(old);
  for (const [key] of now) gone.delete(idOf(key));
  for (const [key, was] of gone.values()) meet(key, was, absent);
  for (const [key, is] of now) {
    const was = old.get(idOf(key));
    meet(key, was ? was[1] : absent, is);
  }
}

/**
 * Elements of lists, both from an index on: what is the same at both ends keeps its place, and what is between was replaced,
 * put in or taken out.
 */
export function meetRows(before: LiveObject, after: LiveObject, start: number, meet: Meet): void {
  const old = elementsOf(before, start);
  const now = elementsOf(after, start);
  const shorter = Math.min(old.length, now.length);
  let first = 0;
  while (first < shorter && isSameValue(old[first], now[first])) first++;
  let last = 0;
  while (last < shorter - first && isSameValue(old.at(-1 - last), now.at(-1 - last))) last++;
  const paired = shorter - last;
  for (let index = 0; index < paired; index++) meet(start + index, old[index], now[index]);
  for (let index = paired; index < old.length - last; index++) meet(start + index, old[index], absent);
  for (let index = paired; index < now.length - last; index++) meet(start + index, absent, now[index]);
  for (let back = last; back > 0; back--) {
    meet(start + now.length - back, old[old.length - back], now[now.length - back]);
  }
}

function elementsOf(object: LiveObject, start: number): unknown[] {
  if (!isIndexed(object)) return [];
  return Array.from({ length: Math.max(0, object.length - start) }, (_, index) =>
    unlessFreed(() => object.at(start + index)),
  );
}

/**
 * One collection in two states, when what is in it lies in the same place in both: only parts in pages that were written can
 * be others, and of the rest only those matter whose objects were written.
 *
 * @returns whether that is so; nothing was compared otherwise.
 */
export function meetInPlace(
  states: TwoStates,
  before: LiveObject,
  after: LiveObject,
  depth: Depth,
  meet: Meet,
): boolean {
  if (!isPickable(before) || !isPickable(after) || storageOf(before) !== storageOf(after)) return false;
  // A key that was freed is not where it was, though nothing was written there.
  if (states.freed && hasObjectsAsKeys(before)) return false;
  const written: Wanted = (segment, at, bytes) => states.written(segment.start + at, bytes);
  let rest: Wanted = (...place) => !written(...place);
  if (isIndexed(before) && isIndexed(after) && before.length !== after.length) {
    // From the first element that was written on, all may have moved.
    const start = Math.min(
      firstIndex(before, written),
      firstIndex(after, written),
      before.length,
      after.length,
    );
    meetRows(before, after, start, meet);
    let index = 0;
    rest = () => index++ < start;
  } else if (states.touched(after)) {
    meetKeyed(read(before[pickKey](written)), read(after[pickKey](written)), meet);
  }
  if (depth > 1 || states.freed) meetUnwritten(states, before, after, depth, rest, meet);
  return true;
}

/** The parts that are where they were: what they lead to may have changed, or be gone. */
function meetUnwritten(
  states: TwoStates,
  before: LiveObject,
  after: LiveObject & Pickable,
  depth: Depth,
  rest: Wanted,
  meet: Meet,
): void {
  if (!mayHoldObjects(after)) return;
  const wanted: Wanted = (segment, at, bytes, valueAt, size) => {
    if (!rest(segment, at, bytes, valueAt, size)) return false;
    return size !== referenceBytes || states.matters(segment, valueAt, depth);
  };
  for (const [key, value] of read(after[pickKey](wanted))) {
    if (value instanceof LiveObject) meet(key, states.asBefore(value), value);
    else if (value === absent || value === null) {
      meet(key, partAt(before, key as PathStep)?.[1] ?? absent, value);
    }
  }
}

function hasObjectsAsKeys(object: LiveObject & Pickable): boolean {
  for (const [key] of object[pickKey](() => true)) return key instanceof LiveObject;
  return false;
}

/** Whether a collection has objects as its values: the first that there is shows it for all, save for unions. */
function mayHoldObjects(object: LiveObject & Pickable): boolean {
  let size = 0;
  const any: Wanted = (_segment, _at, _bytes, _valueAt, valueBytes) => {
    size = valueBytes;
    return true;
  };
  for (const [, value] of read(object[pickKey](any))) {
    if (value !== null) return size === unionBytes || value === absent || value instanceof LiveObject;
  }
  return false;
}

function* read(picked: Iterable<Picked>): Generator<Part, void> {
  for (const [key, value] of picked) yield [key, unlessFreed(value)];
}

function firstIndex(object: LiveObject & Pickable, wanted: Wanted): number {
  for (const [index] of object[pickKey](wanted)) return index as number;
  return Number.POSITIVE_INFINITY;
}

/** What tells where the parts of a collection lie: the reference that its content begins with. */
function storageOf(object: LiveObject): bigint {
  const segment = object[segmentKey];
  const at = contentOf(object);
  segment.heap.need(segment, at, 8);
  return segment.view.getBigUint64(at, true);
}

/** What tells keys apart: objects by identity, dates and bytes by value. */
export function idOf(key: unknown): unknown {
  if (key instanceof LiveObject) return `object ${addressOf(key)} ${key[serialKey]}`;
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (key instanceof Uint8Array) return `bytes ${key.join()}`;
  return typeof key === 'string' ? `text ${key}` : key;
}

/** All parts of what may be an object. */
export function allParts(value: unknown): Iterable<Part> {
  return value instanceof LiveObject ? partsOf(value) : [];
}
