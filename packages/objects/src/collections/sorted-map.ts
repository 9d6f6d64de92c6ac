import { type Chunks, chunkHeader, type Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { contentOf, LiveObject, plainKey, segmentKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { showObject } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import { countBytes } from '../schema/counted-kinds.js';
import { ruleOf } from '../schema/kind-rules.js';
import type { Kind, SortedMapKind } from '../schema/kinds.js';
import { showKind } from '../schema/plain-kind.js';
import { type Codec, otherKind, wrongType } from '../values/codec.js';
import { type Picked, pickKey, type Wanted } from './pick.js';
import { Tree, treeHead } from './tree.js';
import { keyPart } from './tree-key.js';
import { entriesAt } from './tree-nodes.js';
import { type Bounds, entryAt, ranksOf, readRange, type TreeSource } from './tree-range.js';

/** What the maps of one kind have in common. */
interface SortedMapParts {
  readonly chunks: Chunks;
  readonly tree: Tree;
  readonly key: Codec;
  readonly value: Codec;
  readonly path: string;
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
    const { segment, at } = tree.ensure(this[segmentKey], contentOf(this));
    codec.set(segment, at + tree.nodes.keyBytes, value);
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

function clearMap({ tree, value }: SortedMapParts, segment: Segment, head: number): void {
  tree.clear(segment, head, (place, entry) => value.drop?.(place, entry + tree.nodes.keyBytes));
}

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
    bound = { chunks, tree, key: realm.codec(kind.key), value, path };
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
      for (const [key, element] of pairsOf(value, path, at)) {
        parts().key.check(key, at);
        parts().value.check(element, at);
      }
    },
    create: (value) => {
      const place = chunks.allocate(tag, size);
      if (value === undefined) return place;
      const made = open(place.segment, place.at);
      for (const [key, element] of pairsOf(value, path, path)) made.set(key, element);
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
      if (!(from instanceof PersistentSortedMap)) throw otherKind(path);
      const made = to as PersistentSortedMap;
      for (const [key, value] of from) {
        // What may be null may come later, or not at all.
        if (ruleOf(kind.value)!.nullable) made.set(key, null);
        take(kind.value, value, (newValue) => void made.set(key, newValue));
      }
    },
  };
}

/** What plain data give: a Map, or an array of pairs. */
function pairsOf(value: unknown, name: string, path: string): Iterable<readonly [unknown, unknown]> {
  if (value instanceof Map) return value;
  const isPairs = Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isPairs) throw wrongType(path, `a ${name}, a Map or an array of pairs`, value);
  return value as [unknown, unknown][];
}
