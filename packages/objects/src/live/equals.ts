import { PersistentBuffer } from '../collections/buffer.js';
import { PersistentMap } from '../collections/map.js';
import { PersistentSet } from '../collections/set.js';
import { PersistentSortedMap } from '../collections/sorted-map.js';
import { addressOf, contentOf, LiveObject, plainKey, segmentKey, serialKey } from './live-object.js';
import { PersistentObject } from './record.js';

/** What a value is made of, one level deep; what is in it is as it was. */
export type Shape =
  | { readonly is: 'scalar'; readonly value: unknown }
  | { readonly is: 'fields'; readonly fields: ReadonlyMap<string, unknown> }
  | { readonly is: 'list' | 'set'; readonly items: readonly unknown[] }
  | { readonly is: 'map'; readonly items: readonly (readonly [unknown, unknown])[] };

/** The shape of a live object, or of plain data. */
export function shapeOf(value: unknown): Shape {
  if (value instanceof LiveObject) return liveShape(value);
  if (value instanceof Map) return { is: 'map', items: [...value] };
  if (value instanceof Set) return { is: 'set', items: [...value] };
  if (Array.isArray(value)) return { is: 'list', items: value };
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array) && !(value instanceof DataView))
    return { is: 'list', items: Array.from(value as unknown as Iterable<unknown>) };
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return { is: 'scalar', value };
  return { is: 'fields', fields: new Map(Object.entries(value)) };
}

function liveShape(object: LiveObject): Shape {
  const content = object[plainKey]((inner) => inner);
  if (object instanceof PersistentObject)
    return { is: 'fields', fields: new Map(Object.entries(content as object)) };
  if (object instanceof PersistentMap || object instanceof PersistentSortedMap)
    return { is: 'map', items: content as [unknown, unknown][] };
  const items = Array.from(content as Iterable<unknown>);
  if (object instanceof PersistentBuffer) return { is: 'list', items };
  return { is: object instanceof PersistentSet ? 'set' : 'list', items };
}

/** What tells objects apart while they are compared: live ones are new windows each time. */
export class Identities {
  readonly #known = new Map<object, number>();

  of(value: object): string {
    if (!(value instanceof LiveObject)) return `${this.#number(value)}`;
    return `${this.#number(value[segmentKey].heap)}:${addressOf(value)}:${value[serialKey]}`;
  }

  #number(value: object): number {
    const known = this.#known.get(value) ?? this.#known.size;
    this.#known.set(value, known);
    return known;
  }
}

/**
 * Whether two values have the same content: live objects, of any two stores, or plain data, field by field and all the way
 * down. Maps and sets are compared without their order; what refers to itself in a circle is equal to what does so alike.
 * Numbers are compared as keys of a `Map` are: NaN is NaN, and -0 is 0; a `bigint` is no `number`. A map is also equal to an
 * array of its pairs, a set to one of its values, and a buffer to a list of its items.
 */
export function equals(a: unknown, b: unknown): boolean {
  return same(a, b, new Set(), new Identities());
}

function same(a: unknown, b: unknown, assumed: Set<string>, identities: Identities): boolean {
  if (a instanceof LiveObject && a.isSameAs(b)) {
    contentOf(a);
    return true;
  }
  const left = shapeOf(a);
  const right = shapeOf(b);
  if (left.is === 'scalar' || right.is === 'scalar')
    return left.is === 'scalar' && right.is === 'scalar' && sameScalar(left.value, right.value);
  // Two that are being compared already are taken to be equal: a difference shows elsewhere.
  const pair = `${identities.of(a as object)}=${identities.of(b as object)}`;
  if (assumed.has(pair)) return true;
  assumed.add(pair);
  const next = (x: unknown, y: unknown) => same(x, y, assumed, identities);
  if (left.is === 'fields' || right.is === 'fields')
    return left.is === 'fields' && right.is === 'fields' && sameFields(left.fields, right.fields, next);
  if (left.items.length !== right.items.length) return false;
  const isOrdered = left.is === 'list' && right.is === 'list';
  if (left.is !== right.is && left.is !== 'list' && right.is !== 'list') return false;
  if (isOrdered) return left.items.every((item, index) => next(item, right.items[index]));
  return sameItems(left.items, right.items, (x, y) => {
    // What was assumed in a comparison that failed must not count in the next.
    const tried = new Set(assumed);
    if (!same(x, y, tried, identities)) return false;
    for (const found of tried) assumed.add(found);
    return true;
  });
}

function sameFields(
  left: ReadonlyMap<string, unknown>,
  right: ReadonlyMap<string, unknown>,
  next: (x: unknown, y: unknown) => boolean,
): boolean {
  if (left.size !== right.size) return false;
  return [...left].every(([name, value]) => right.has(name) && next(value, right.get(name)));
}

/** Whether items are equal in any order. */
function sameItems(
  left: readonly unknown[],
  right: readonly unknown[],
  next: (x: unknown, y: unknown) => boolean,
): boolean {
  const rest = new Map<string, unknown[]>();
  for (const item of right) {
    const key = bucketOf(item);
    const bucket = rest.get(key) ?? [];
    rest.set(key, bucket);
    bucket.push(item);
  }
  return left.every((item) => {
    const bucket = rest.get(bucketOf(item)) ?? [];
    const index = bucket.findIndex((other) => next(item, other));
    if (index < 0) return false;
    bucket.splice(index, 1);
    return true;
  });
}

/** Items that may be equal are in one bucket: by their scalar, or that of their key. */
function bucketOf(item: unknown): string {
  const key = Array.isArray(item) ? item[0] : item;
  if (typeof key === 'object' && key !== null)
    return key instanceof Date ? `date ${key.getTime()}` : 'object';
  return `${typeof key} ${String(key === 0 ? 0 : key)}`;
}

function sameScalar(a: unknown, b: unknown): boolean {
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof Uint8Array && b instanceof Uint8Array)
    return a.length === b.length && a.every((byte, index) => byte === b[index]);
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}
