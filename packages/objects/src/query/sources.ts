import type { Bag } from './operand.js';

/** A map of the store or of JavaScript: values by key, gone through in an order of its own. */
export interface MapLike<Key, Value> extends Iterable<[Key, Value]> {
  readonly size: number;
  has(key: Key): boolean;
  get(key: Key): Value | undefined;
  values(): Iterable<Value>;
}

/** A range of keys, as the sorted collections of the store understand it. What is not given is open. */
export interface KeyBounds<Key> {
  /** The first key, if it is there. */
  readonly from?: Key;
  /** The key that all come after. */
  readonly after?: Key;
  /** The last key, if it is there. */
  readonly to?: Key;
  /** The key that all come before. */
  readonly before?: Key;
  /** From the last to the first. */
  readonly reverse?: boolean;
}

/** What has an order, and reads a part of it: a sorted map, its keys and values; an index, its objects. */
export interface Ordered<Key, Element> {
  /** How many there are in a range; nothing is read for that. */
  count(bounds?: KeyBounds<Key>): number;
  range(bounds?: KeyBounds<Key>): Iterable<Element>;
}

/** What `each` can go through. Of a map the values, or with two names the keys and the values. */
export type Collection = Iterable<unknown>;

/** One step after the other through a collection. */
export interface Cursor {
  /** Goes to the next element and binds it; false at the end. */
  next(row: Bag): boolean;
  /** Lets go of the collection before the end. */
  close(): void;
}

interface Indexed {
  readonly length: number;
  at(index: number): unknown;
}

/** Whether something is a map: then what it is iterated by are pairs. */
export function isMapLike(value: unknown): value is MapLike<unknown, unknown> {
  return isCollection(value) && hasMethod(value, 'get') && hasMethod(value, 'values') && 'size' in value;
}

/** Whether something is sorted, so that parts of it can be read. */
export function isOrdered(value: unknown): value is Ordered<unknown, unknown> {
  return isCollection(value) && hasMethod(value, 'range') && hasMethod(value, 'count');
}

/** Reads the value of a key, or nothing. */
export type Peek = (map: MapLike<unknown, unknown>, key: unknown) => unknown;

/** How values of a map are read: one that makes what is not there is not made to. */
export function peekOf(map: unknown): Peek {
  const { peek } = map as { peek?: unknown };
  return typeof peek === 'function'
    ? (source, key) => peek.call(source, key)
    : (source, key) => source.get(key);
}

/** Whether something can be gone through. A text could be, letter by letter; nobody means that. */
export function isCollection(value: unknown): value is Collection & object {
  return typeof value === 'object' && value !== null && hasMethod(value, Symbol.iterator);
}

/** How many elements a collection has, when it says so. */
export function sizeOf(source: unknown): number | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  const { size, length, count } = source as { size?: unknown; length?: unknown; count?: unknown };
  return [size, length, count].find((value) => typeof value === 'number');
}

/** A collection as it is shown in plans: what it says of itself, if that is not all of its elements. */
export function showSource(source: unknown): string {
  const { struct, name } = source as { struct?: unknown; name?: unknown };
  if (typeof struct === 'string' && typeof name === 'string') return `index ${struct}.${name}`;
  const isOwn =
    hasMethod(source as object, 'toString') && !Array.isArray(source) && !ArrayBuffer.isView(source);
  const text = isOwn ? String(source) : '';
  return (
    /^<persistent (.+) object @.*$/.exec(text)?.[1] ??
    (isOwn && !/^\[object/.test(text) ? text : nameOf(source))
  );
}

/**
 * Finds out something about an object that is the same for all of its class, and keeps it for the next one: looking for methods
 * that are not there takes longer than a step of a loop.
 */
export function bySort<Found>(find: (source: unknown) => Found): (source: unknown) => Found {
  let last: unknown;
  let found: Found;
  return (source) => {
    const sort: unknown = Object.getPrototypeOf(source);
    if (sort !== last || sort === null || sort === Object.prototype) {
      found = find(source);
      last = sort;
    }
    return found;
  };
}

/** Opens a collection, and binds its elements to a name. */
export type Opener = (source: Collection, name: string) => Cursor;

/**
 * How a collection is gone through; of a map the values. Arrays and lists go by index, so that what is added meanwhile comes, too;
 * everything else by its own iterator, which says what it allows.
 */
export function openerOf(source: unknown): Opener {
  // What keeps itself in order may move an element from one index to another.
  if (isIndexed(source) && !isOrdered(source)) {
    return (indexed, name) => new IndexCursor(indexed as Collection & Indexed, name);
  }
  if (isMapLike(source)) {
    return (map, name) => new ValueCursor((map as MapLike<unknown, unknown>).values(), name);
  }
  return (values, name) => new ValueCursor(values, name);
}

/** Goes through a collection. */
export function scanValues(source: Collection, name: string): Cursor {
  return openerOf(source)(source, name);
}

/** Goes through the entries of a map; the key is bound when it has a name. */
export function scanEntries(source: Iterable<unknown>, key: string | undefined, name: string): Cursor {
  return new EntryCursor(source as Iterable<readonly [unknown, unknown]>, key, name);
}

/**
 * A cursor that stands before its first element already, so that what is wrong with a range is known when it is opened.
 *
 * @throws what the first step throws.
 */
export function opened(cursor: Cursor): Cursor {
  const first: Bag = {};
  let isFirst = true;
  const isThere = cursor.next(first);
  return {
    next: (row) => {
      if (!isFirst) return cursor.next(row);
      isFirst = false;
      Object.assign(row, first);
      return isThere;
    },
    close: () => cursor.close(),
  };
}

/** Goes through no elements. */
export const nothing: Cursor = { next: () => false, close: () => {} };

class IndexCursor implements Cursor {
  #index = 0;
  readonly #source: Indexed;
  readonly #name: string;

  constructor(source: Indexed, name: string) {
    this.#source = source;
    this.#name = name;
  }

  next(row: Bag): boolean {
    const value = this.#source.at(this.#index);
    // Elements may be undefined, but few are.
    if (value === undefined && this.#index >= this.#source.length) return false;
    row[this.#name] = value;
    this.#index++;
    return true;
  }

  close(): void {}
}

abstract class IteratorCursor<Element> implements Cursor {
  readonly #iterator: Iterator<Element>;
  #isDone = false;

  constructor(source: Iterable<Element>) {
    this.#iterator = source[Symbol.iterator]();
  }

  next(row: Bag): boolean {
    // An iterator that throws is done, and is not closed.
    this.#isDone = true;
    const { done, value } = this.#iterator.next();
    if (done) return false;
    this.#isDone = false;
    this.bind(row, value);
    return true;
  }

  close(): void {
    if (!this.#isDone) this.#iterator.return?.();
    this.#isDone = true;
  }

  protected abstract bind(row: Bag, element: Element): void;
}

class ValueCursor extends IteratorCursor<unknown> {
  readonly #name: string;

  constructor(source: Iterable<unknown>, name: string) {
    super(source);
    this.#name = name;
  }

  protected bind(row: Bag, value: unknown): void {
    row[this.#name] = value;
  }
}

class EntryCursor extends IteratorCursor<readonly [unknown, unknown]> {
  readonly #key: string | undefined;
  readonly #name: string;

  constructor(source: Iterable<readonly [unknown, unknown]>, key: string | undefined, name: string) {
    super(source);
    this.#key = key;
    this.#name = name;
  }

  protected bind(row: Bag, [key, value]: readonly [unknown, unknown]): void {
    if (this.#key !== undefined) row[this.#key] = key;
    row[this.#name] = value;
  }
}

function isIndexed(source: unknown): source is Indexed {
  return (
    isCollection(source) && hasMethod(source, 'at') && typeof (source as Partial<Indexed>).length === 'number'
  );
}

function nameOf(source: unknown): string {
  return (source as object).constructor?.name ?? 'object';
}

function hasMethod(value: object, name: PropertyKey): boolean {
  return typeof (value as Record<PropertyKey, unknown>)[name] === 'function';
}
