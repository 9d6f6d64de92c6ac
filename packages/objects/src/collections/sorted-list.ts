import { errors } from '../errors.js';
import { type Chunks, chunkHeader, type Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { ElementLinks, Keeper } from '../indexes/keeper.js';
import type { ObjectWord } from '../indexes/object-word.js';
import { contentOf, LiveObject, plainKey, positionKey, segmentKey } from '../live/live-object.js';
import { showObject } from '../live/record.js';
import { type Codec, show, wrongType } from '../values/codec.js';
import { naturalKey } from './natural-key.js';
import type { Tree } from './tree.js';
import { treeHead } from './tree-path.js';
import { type Bounds, entryAt, ranksOf, readRange, type TreeSource } from './tree-range.js';

/*
 * A sorted list, 24 bytes: the head of its tree (16), the number that the next element gets (8). The keys of the tree are
 * what the elements are ordered by, and their numbers; so equal ones stay in the order of insertion. The values are
 * references to the elements; when the elements are what they are ordered by, there are none.
 */
/** Bytes of a sorted list's content. */
export const sortedListContent = treeHead + 8;

/** What the lists of one kind have in common. */
export interface SortedListParts {
  readonly chunks: Chunks;
  readonly keeper: Keeper;
  readonly tree: Tree;
  /** Of the elements. */
  readonly codec: Codec;
  /** Of what they are ordered by. */
  readonly key: Codec;
  readonly mayBeMissing: boolean;
  /** There when they are ordered by a field. */
  readonly links: ElementLinks | undefined;
  readonly by: string | undefined;
  readonly descending: boolean;
  readonly unique: boolean;
  readonly path: string;
  readonly natural: readonly boolean[];
  /** Makes an element of plain data. */
  make(value: unknown): LiveObject;
}

/** A live list that keeps itself in order. */
export class PersistentSortedList<Value = unknown, Input = Value, Key = Value>
  extends LiveObject
  implements Iterable<Value>
{
  readonly #parts: SortedListParts;

  /** @internal */
  constructor(parts: SortedListParts, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#parts = parts;
  }

  /** The way to the field that elements are ordered by; nothing when they are ordered themselves. */
  get by(): string | undefined {
    return this.#parts.by;
  }

  /** @internal */
  get [naturalKey](): readonly boolean[] {
    return this.#parts.natural;
  }

  /** Whether the greatest comes first. */
  get descending(): boolean {
    return this.#parts.descending;
  }

  /** How many elements there are. */
  get length(): number {
    return this.#parts.tree.count(this[segmentKey], contentOf(this));
  }

  /** The element with so many before it; a negative number counts from the end. Nothing where there is none. */
  at(index: number): Value | undefined {
    const place = entryAt(this.#source(), index);
    return place && this.#value(place.segment, place.at);
  }

  /** The first element; nothing in an empty list. */
  first(): Value | undefined {
    return this.at(0);
  }

  /** The last element; nothing in an empty list. */
  last(): Value | undefined {
    return this.at(-1);
  }

  /**
   * Puts an element where it belongs, after those that are equal. A list of unique elements stays as it is when it has this
   * one already.
   *
   * @throws OBJ_DUPLICATE when another object has the key of this one, and elements are unique.
   */
  add(value: Input): this {
    const { codec, path, keeper, links } = this.#parts;
    codec.check(value, path);
    // The element may not have its fields yet.
    if (links && keeper.waits) keeper.later(() => void this.#add(value));
    else this.#add(value);
    return this;
  }

  /** Whether an element is there: one that is equal, or of objects the same. */
  has(value: Value): boolean {
    return this.indexOf(value) >= 0;
  }

  /** The place of an element, the first of several; -1 when it is not there. */
  indexOf(value: Value): number {
    const place = this.#find(value);
    const { tree } = this.#parts;
    return place ? tree.rank(this[segmentKey], contentOf(this), false) : -1;
  }

  /** Removes an element, the first of several. Objects stay, unless they are counted. @returns whether it was there. */
  delete(value: Value): boolean {
    const place = this.#find(value);
    if (!place) return false;
    const { tree, codec, links } = this.#parts;
    const number = tree.keyOf(place.segment, place.at, 1) as ObjectWord;
    if (links) {
      links.unlink(placeOf(value), placeOf(this), number);
      codec.drop?.(place.segment, place.at + tree.nodes.keyBytes);
    }
    // The links may be of a tree, and looked for with a key, of their own; this one's is still there.
    this.#aimAt(value, number);
    tree.find(this[segmentKey], contentOf(this));
    tree.remove(this[segmentKey], contentOf(this));
    codec.settle?.();
    return true;
  }

  clear(): void {
    clearList(this.#parts, placeOf(this));
    this.#parts.codec.settle?.();
  }

  /** The first element with a key; of values, that value. */
  get(key: Key): Value | undefined {
    this.#aim(key);
    const found = this.#parts.tree.match(this[segmentKey], contentOf(this));
    return found && this.#value(found.segment, found.at);
  }

  /** How many elements come before all that have this key, or would have it. */
  rankOf(key: Key): number {
    this.#aim(key);
    return this.#parts.tree.rank(this[segmentKey], contentOf(this), false);
  }

  /** How many elements a range of keys has. Takes no longer for many than for few. */
  count(bounds: Bounds<Key> = {}): number {
    const [low, high] = ranksOf(this.#source(), bounds);
    return high - low;
  }

  /** The elements whose keys are in a range, `from` being what comes first in the list. @throws OBJ_CHANGED when elements come, go or move meanwhile. */
  range(bounds: Bounds<Key> = {}): Generator<Value, void> {
    return readRange(this.#source(), bounds, (segment, entry) => this.#value(segment, entry));
  }

  /** The elements in order. @throws OBJ_CHANGED when some come, go or move meanwhile. */
  [Symbol.iterator](): Generator<Value, void> {
    return this.range();
  }

  override toString(): string {
    return showObject(this.#parts.path, this);
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    return Array.from(this, next);
  }

  #add(value: unknown): void {
    const { tree, codec, links, unique, path, make } = this.#parts;
    const isNew = links !== undefined && !(value instanceof LiveObject);
    if (unique) {
      const key = !links ? value : isNew ? links.keyOfNew(value as never) : links.keyOf(placeOf(value));
      tree.aim(key);
      const found = key === null ? undefined : tree.match(this[segmentKey], contentOf(this));
      const same =
        found && !isNew && (!links || (value as LiveObject).isSameAs(this.#value(found.segment, found.at)));
      if (same) return;
      if (found) {
        throw errors.OBJ_DUPLICATE({
          message: `${path}: another element has ${show(key)} already`,
          path,
        });
      }
    }
    const element = isNew ? make(value) : value;
    const number = this.#nextNumber();
    this.#aimAt(element, number);
    const entry = tree.ensure(this[segmentKey], contentOf(this));
    if (!links) return;
    codec.set(entry.segment, entry.at + tree.nodes.keyBytes, element);
    try {
      links.link(placeOf(element), placeOf(this), number);
    } catch (error) {
      // There was no room for them.
      this.#aimAt(element, number);
      const { segment, at } = tree.find(this[segmentKey], contentOf(this))!;
      codec.drop?.(segment, at + tree.nodes.keyBytes);
      tree.remove(this[segmentKey], contentOf(this));
      codec.settle?.();
      throw error;
    }
  }

  #nextNumber(): ObjectWord {
    const segment = this[segmentKey];
    const at = contentOf(this) + treeHead;
    const [low, high] = [segment.view.getUint32(at, true), segment.view.getUint32(at + 4, true)];
    segment.heap.own(segment, at, 8);
    segment.view.setUint32(at, (low + 1) >>> 0, true);
    if (low === 0xffffffff) segment.view.setUint32(at + 4, high + 1, true);
    return [high, low];
  }

  /** The entry of an element, the first of several; it is the one that was looked for last. */
  #find(value: Value): Place | undefined {
    const { codec, path, tree, links } = this.#parts;
    codec.check(value, path);
    if (!links) {
      tree.aim(value);
      return tree.match(this[segmentKey], contentOf(this));
    }
    if (!(value instanceof LiveObject)) throw wrongType(path, 'an element', value);
    const number = links.numberOf(placeOf(value), placeOf(this));
    if (!number) return undefined;
    this.#aimAt(value, number);
    return tree.find(this[segmentKey], contentOf(this));
  }

  #aimAt(element: unknown, number: ObjectWord): void {
    const { tree, links } = this.#parts;
    tree.aim(links ? links.keyOf(placeOf(element)) : element, number);
  }

  #aim(key: unknown): void {
    const { key: codec, mayBeMissing: missing, tree, path } = this.#parts;
    if (key !== null || !missing) codec.check(key, path);
    tree.aim(key);
  }

  #source(): TreeSource {
    const { tree, path } = this.#parts;
    return {
      tree,
      path,
      head: () => ({ segment: this[segmentKey], at: contentOf(this) }),
      aim: (key) => this.#aim(key),
    };
  }

  #value(segment: Segment, entry: number): Value {
    const { tree, codec, links } = this.#parts;
    return (links ? codec.get(segment, entry + tree.nodes.keyBytes) : tree.keyOf(segment, entry)) as Value;
  }
}

function placeOf(object: unknown): Place {
  const live = object as LiveObject;
  return { segment: live[segmentKey], at: live[positionKey] };
}

/** Removes all elements of a list. */
export function clearList({ tree, codec, links }: SortedListParts, list: Place): void {
  links?.forget(list);
  tree.clear(list.segment, list.at + chunkHeader, (segment, entry) => {
    if (links) codec.drop?.(segment, entry + tree.nodes.keyBytes);
  });
}
