import type { Chunks, Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { contentOf, LiveObject, plainKey, segmentKey } from '../live/live-object.js';
import { showObject } from '../live/record.js';
import type { Codec } from '../values/codec.js';
import { naturalKey } from './natural-key.js';
import { type Picked, pickKey, type Wanted } from './pick.js';
import type { Tree } from './tree.js';
import { entriesAt } from './tree-nodes.js';
import { type Bounds, entryAt, ranksOf, readRange, type TreeSource } from './tree-range.js';

/** What the maps of one kind have in common. */
export interface SortedMapParts {
  readonly chunks: Chunks;
  readonly tree: Tree;
  readonly key: Codec;
  readonly value: Codec;
  readonly path: string;
  readonly natural: readonly boolean[];
}

/** A live map in the order of its keys. Its content is the head of a tree. */
export class PersistentSortedMap<Key = unknown, Value = unknown, Input = Value>
  extends LiveObject
  implements Iterable<[Key, Value]>
{
  readonly #parts: SortedMapParts;

  /** @internal */
  constructor(parts: SortedMapParts, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#parts = parts;
  }

  /** @internal */
  get [naturalKey](): readonly boolean[] {
    return this.#parts.natural;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#parts.tree.count(this[segmentKey], contentOf(this));
  }

  has(key: Key): boolean {
    return this.#find(key) !== undefined;
  }

  /** The value of a key, or nothing. @throws TypeError when the key is of the wrong type. */
  get(key: Key): Value | undefined {
    const place = this.#find(key);
    return place && this.#value(place.segment, place.at);
  }

  /** The value of a key; when there is none, what `make` returns is stored first. */
  getOrInsert(key: Key, make: () => Input): Value {
    if (!this.has(key)) this.set(key, make());
    return this.get(key)!;
  }

  set(key: Key, value: Input): this {
    const { tree, value: codec, path } = this.#parts;
    codec.check(value, path);
    this.#aim(key);
    const { segment, at, isNew } = tree.ensure(this[segmentKey], contentOf(this));
    try {
      codec.set(segment, at + tree.nodes.keyBytes, value);
    } catch (error) {
      // There was no room for it.
      if (isNew) this.delete(key);
      throw error;
    }
    return this;
  }

  /** Removes a key. Objects stay. @returns whether it was there. */
  delete(key: Key): boolean {
    const place = this.#find(key);
    if (!place) return false;
    const { tree, value } = this.#parts;
    value.drop?.(place.segment, place.at + tree.nodes.keyBytes);
    tree.remove(this[segmentKey], contentOf(this));
    value.settle?.();
    return true;
  }

  clear(): void {
    clearMap(this.#parts, this[segmentKey], contentOf(this));
    this.#parts.value.settle?.();
  }

  /** The first key with its value; nothing in an empty map. */
  first(): [Key, Value] | undefined {
    return this.at(0);
  }

  /** The last key with its value; nothing in an empty map. */
  last(): [Key, Value] | undefined {
    return this.at(-1);
  }

  /** The last key that is not after this one, with its value. */
  floor(key: Key): [Key, Value] | undefined {
    const rank = this.#rank(key, true);
    return rank > 0 ? this.at(rank - 1) : undefined;
  }

  /** The first key that is not before this one, with its value. */
  ceiling(key: Key): [Key, Value] | undefined {
    return this.at(this.#rank(key, false));
  }

  /** The key with so many before it, and its value; negative ones count from the end. Nothing where there is none. */
  at(rank: number): [Key, Value] | undefined {
    const place = entryAt(this.#source(), rank);
    return place && [this.#key(place.segment, place.at), this.#value(place.segment, place.at)];
  }

  /** How many keys come before this one, which need not be there. */
  rankOf(key: Key): number {
    return this.#rank(key, false);
  }

  /** How many keys a range has. Takes no longer for many than for few. */
  count(bounds: Bounds<Key> = {}): number {
    const [low, high] = ranksOf(this.#source(), bounds);
    return high - low;
  }

  /**
   * Keys and values of a range, in order. The map may change meanwhile: it goes on after the last key, so what was added
   * further on comes, and what was removed does not.
   */
  range(bounds: Bounds<Key> = {}): Generator<[Key, Value], void> {
    return this.#read(bounds, (segment, entry, key) => [key, this.#value(segment, entry)]);
  }

  entries(bounds: Bounds<Key> = {}): Generator<[Key, Value], void> {
    return this.range(bounds);
  }

  keys(bounds: Bounds<Key> = {}): Generator<Key, void> {
    return this.#read(bounds, (_segment, _entry, key) => key);
  }

  values(bounds: Bounds<Key> = {}): Generator<Value, void> {
    return this.#read(bounds, (segment, entry) => this.#value(segment, entry));
  }

  [Symbol.iterator](): Generator<[Key, Value], void> {
    return this.range();
  }

  override toString(): string {
    return showObject(this.#parts.path, this);
  }

  /** Entries move only between nodes that are written, so a node is what is wanted or not. @internal */
  *[pickKey](wanted: Wanted): Generator<Picked, void> {
    const { tree, value: codec } = this.#parts;
    const { leafStride: stride, keyBytes } = tree.nodes;
    for (let rank = 0; rank < this.size; ) {
      const { segment, at, before, after } = tree.at(this[segmentKey], contentOf(this), rank);
      const first = at - before * stride;
      const end = at + (after + 1) * stride;
      const node = first - entriesAt;
      for (let entry = first; entry < end; entry += stride) {
        if (!wanted(segment, node, end - node, entry + keyBytes, codec.size)) continue;
        yield [this.#key(segment, entry), () => this.#value(segment, entry)];
      }
      rank += after + 1;
    }
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    return Array.from(this, ([key, value]) => [next(key), next(value)]);
  }

  #read<T>(bounds: Bounds<Key>, read: (segment: Segment, entry: number, key: Key) => T): Generator<T, void> {
    const key = (segment: Segment, entry: number) => this.#key(segment, entry);
    return readRange(this.#source(), bounds, read as never, key);
  }

  #source(): TreeSource {
    const { tree, path } = this.#parts;
    return {
      tree,
      path,
      head: () => ({ segment: this[segmentKey], at: contentOf(this) }),
      aim: (key) => this.#aim(key as Key),
    };
  }

  #aim(key: Key): void {
    const { key: codec, path, tree } = this.#parts;
    codec.check(key, path);
    tree.aim(key);
  }

  #find(key: Key): Place | undefined {
    this.#aim(key);
    return this.#parts.tree.find(this[segmentKey], contentOf(this));
  }

  #rank(key: Key, past: boolean): number {
    this.#aim(key);
    return this.#parts.tree.rank(this[segmentKey], contentOf(this), past);
  }

  #key(segment: Segment, entry: number): Key {
    return this.#parts.tree.keyOf(segment, entry) as Key;
  }

  #value(segment: Segment, entry: number): Value {
    const { tree, value } = this.#parts;
    return value.get(segment, entry + tree.nodes.keyBytes) as Value;
  }
}

/** Removes all keys of a map. */
export function clearMap({ tree, value }: SortedMapParts, segment: Segment, head: number): void {
  tree.clear(segment, head, (place, entry) => value.drop?.(place, entry + tree.nodes.keyBytes));
}
