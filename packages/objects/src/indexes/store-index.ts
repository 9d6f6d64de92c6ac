import { naturalKey } from '../collections/natural-key.js';
import { type Bounds, entryAt, ranksOf, readRange } from '../collections/tree-range.js';
import type { Segment } from '../heap/segment.js';
import type { TypeContext } from '../live/type-context.js';
import type { IndexKeeper } from './index-keeper.js';
import type { KeptIndex } from './kept-index.js';

/**
 * An index of a struct: all its objects, and those of structs derived from it, in the order of a key. It is always as the
 * objects are, in a transaction too. Null comes first; objects with equal keys are in no order that means anything.
 */
export class StoreIndex<Value = unknown, Key = unknown> implements Iterable<Value> {
  readonly #realm: TypeContext;
  readonly #index: KeptIndex;

  /** @internal */
  constructor(realm: TypeContext, index: KeptIndex) {
    this.#realm = realm;
    this.#index = index;
  }

  /** Its name. */
  get name(): string {
    return this.#index.name;
  }

  /** The struct that declares it. */
  get struct(): string {
    return this.#index.struct;
  }

  /** The fields that make its key. */
  get fields(): readonly string[] {
    return this.#index.rule.on;
  }

  /** Whether no two objects can have the same key. */
  get unique(): boolean {
    return this.#index.rule.unique;
  }

  /** @internal */
  get [naturalKey](): readonly boolean[] {
    return this.#index.natural;
  }

  /** How many objects there are. */
  get size(): number {
    const { segment, at } = this.#index.head();
    return this.#index.tree.count(segment, at);
  }

  /**
   * An object with this key, or nothing.
   *
   * @throws TypeError, RangeError when the key is of the wrong type.
   */
  get(key: Key): Value | undefined {
    const index = this.#index;
    index.aim(key);
    const { segment, at } = index.head();
    const found = index.tree.match(segment, at);
    return found && this.#value(found.segment, found.at);
  }

  /** Whether an object has this key. */
  has(key: Key): boolean {
    return this.count({ from: key, to: key }) > 0;
  }

  /** The first object, or nothing. */
  first(): Value | undefined {
    return this.at(0);
  }

  /** The last object, or nothing. */
  last(): Value | undefined {
    return this.at(-1);
  }

  /** The object with so many before it; a negative number counts from the end. Nothing where there is none. */
  at(rank: number): Value | undefined {
    const found = entryAt(this.#index, rank);
    return found && this.#value(found.segment, found.at);
  }

  /** How many objects have keys in a range. Takes no longer for many than for few. */
  count(bounds: Bounds<Key> = {}): number {
    const [low, high] = ranksOf(this.#index, bounds);
    return high - low;
  }

  /**
   * The objects whose keys are in a range, in order. Of a key of several values the last ones may be left out, and then mean
   * all.
   *
   * @throws OBJ_CHANGED when the index changes meanwhile: what changes it goes through `[...index]`.
   */
  range(bounds: Bounds<Key> = {}): Generator<Value, void> {
    return readRange(this.#index, bounds, (segment, entry) => this.#value(segment, entry));
  }

  /** Keys and objects of a range, in order. @throws OBJ_CHANGED */
  entries(bounds: Bounds<Key> = {}): Generator<[Required<Key>, Value], void> {
    return readRange(this.#index, bounds, (segment, entry) => {
      return [this.#index.keyAt(segment, entry) as Required<Key>, this.#value(segment, entry)];
    });
  }

  [Symbol.iterator](): Generator<Value, void> {
    return this.range();
  }

  #value(segment: Segment, entry: number): Value {
    return this.#realm.open(this.#index.objectAt(segment, entry)) as Value;
  }
}

/** The index of a struct with a name. @throws TypeError when there is none */
export function indexOf(
  realm: TypeContext & { readonly keeper: IndexKeeper },
  struct: string,
  name: string,
): StoreIndex {
  const { indexes } = realm.keeper;
  const index = indexes.find((each) => each.struct === struct && each.name === name);
  if (index) return new StoreIndex(realm, index);
  const known = indexes.map(({ path }) => path).join(', ');
  throw new TypeError(`${struct} has no index "${name}"${known && `; there are ${known}`}`);
}
