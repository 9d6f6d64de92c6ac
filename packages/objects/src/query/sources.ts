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

/** The value of a key, or nothing. A map that makes what is not there is not made to. */
export function peek(source: MapLike<unknown, unknown>, key: unknown): unknown {
  const { peek: look } = source as { peek?: unknown };
  return typeof look === 'function' ? look.call(source, key) : source.get(key);
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

/** A collection as it is shown in plans. */
export function showSource(source: unknown): string {
  const name = Array.isArray(source)
    ? 'array'
    : String(source).replace(/^<persistent (.+) object @.*$/, '$1');
  return name.replace(/^\[object (.+)\]$/, '$1');
}

/**
 * Goes through a collection; of a map the values. Arrays and lists go by index, so that what is added meanwhile comes, too;
 * everything else by its own iterator, which says what it allows.
 */
export function scanValues(source: Collection, name: string): Cursor {
  if (isIndexed(source)) return new IndexCursor(source, name);
  const values = isMapLike(source) ? source.values() : source;
  return new IteratorCursor(values, (row, value) => {
    row[name] = value;
  });
}

/** Goes through the entries of a map; the key is bound when it has a name. */
export function scanEntries(source: Iterable<unknown>, key: string | undefined, name: string): Cursor {
  return new IteratorCursor(source as Iterable<[unknown, unknown]>, (row, entry) => {
    if (key !== undefined) row[key] = entry[0];
    row[name] = entry[1];
  });
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
    if (this.#index >= this.#source.length) return false;
    row[this.#name] = this.#source.at(this.#index++);
    return true;
  }

  close(): void {}
}

class IteratorCursor<Element> implements Cursor {
  readonly #iterator: Iterator<Element>;
  readonly #bind: (row: Bag, element: Element) => void;
  #isDone = false;

  constructor(source: Iterable<Element>, bind: (row: Bag, element: Element) => void) {
    this.#iterator = source[Symbol.iterator]();
    this.#bind = bind;
  }

  next(row: Bag): boolean {
    // An iterator that throws is done, and is not closed.
    this.#isDone = true;
    const { done, value } = this.#iterator.next();
    if (done) return false;
    this.#isDone = false;
    this.#bind(row, value);
    return true;
  }

  close(): void {
    if (!this.#isDone) this.#iterator.return?.();
    this.#isDone = true;
  }
}

function isIndexed(source: object): source is Indexed {
  return hasMethod(source, 'at') && typeof (source as Partial<Indexed>).length === 'number';
}

function hasMethod(value: object, name: PropertyKey): boolean {
  return typeof (value as Record<PropertyKey, unknown>)[name] === 'function';
}
