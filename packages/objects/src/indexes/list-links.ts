import { Tree } from '../collections/tree.js';
import { keyPart, tiePart } from '../collections/tree-key.js';
import { chunkHeader, type Place } from '../heap/chunks.js';
import { givenField } from '../live/given-field.js';
import type { TypeContext } from '../live/type-context.js';
import { beginningOf } from '../schema/beginning.js';
import type { Kind, RefKind, SortedListKind } from '../schema/kinds.js';
import { mayBeMissing, stepsOf } from '../schema/order-rules.js';
import { placeRecord } from '../schema/place-fields.js';
import type { Codec } from '../values/codec.js';
import { writeReference } from '../values/text-codec.js';
import type { ElementLinks } from './keeper.js';
import { duplicate } from './kept-index.js';
import { type ObjectWord, placeOf, wordOf, wordOfReference } from './object-word.js';

/** What putting an element back takes besides its key, at the most: nodes that are split on the way, of two trees. */
const insertBytes = 1 << 14;

interface Step {
  readonly struct: string;
  readonly field: string;
  readonly tags: ReadonlySet<number>;
  readonly offset: number;
  readonly codec: Codec;
}

/** An element that is out of its list for a moment. */
export interface Detached {
  readonly list: ObjectWord;
  readonly number: ObjectWord;
  readonly element: ObjectWord;
}

/*
 * For each kind of list that is ordered by a field there is a tree with the words: an object on the way from an element to
 * what it is ordered by, beginning with the element itself; the list; the element's number in it. The value is the
 * reference to the element. So whatever is assigned on that way leads to the entries that have to move.
 */

/** Which objects decide where the elements of lists are that are ordered by a field. */
export class ListLinks implements ElementLinks {
  readonly path: string;
  readonly tree: Tree;
  readonly #realm: TypeContext;
  readonly #kind: SortedListKind<RefKind>;
  readonly #tag: number;
  readonly #links: Tree;
  readonly #head: () => Place;
  readonly #steps: readonly Step[];
  readonly #beginning: unknown;

  constructor(realm: TypeContext, kind: SortedListKind<RefKind>, head: () => Place) {
    const { chunks } = realm;
    const type = realm.collection(kind as Kind)!;
    const steps = stepsOf(realm.schema.structs, kind.of.to, kind.by!)!;
    const last = steps.at(-1)!.kind;
    this.path = type.name;
    this.#tag = type.tag;
    this.#realm = realm;
    this.#kind = kind;
    this.#head = head;
    this.#links = new Tree(chunks, [tiePart, tiePart, tiePart], 8);
    this.tree = new Tree(chunks, [keyPart(chunks, last, kind.descending, mayBeMissing(steps)), tiePart], 8);
    this.#beginning = beginningOf(last);
    this.#steps = steps.map(({ struct, field, kind: of }) => {
      const placed = placeRecord(realm.schema, struct).fields.find(({ name }) => name === field)!;
      const { accepts } = realm.struct(struct)!;
      return { struct, field, tags: accepts, offset: chunkHeader + placed.offset, codec: realm.codec(of) };
    });
  }

  /** Whether a field of objects with this tag is on the way. */
  passes(tag: number, field?: string): boolean {
    return this.#steps.some((step) => step.tags.has(tag) && (field === undefined || step.field === field));
  }

  /** Whether lists have this tag. */
  isOf(tag: number): boolean {
    return tag === this.#tag;
  }

  keyOf(element: Place): unknown {
    return this.#follow(element).key;
  }

  keyOfNew(value: Readonly<Record<string, unknown>>): unknown {
    return givenField(value, this.#steps[0]!.field) ?? this.#beginning;
  }

  link(element: Place, list: Place, number: ObjectWord): void {
    const { segment, at } = this.#head();
    const { objects } = this.#follow(element);
    const linked: ObjectWord[] = [];
    try {
      for (const object of objects) {
        this.#links.aim(object, wordOf(list), number);
        const entry = this.#links.ensure(segment, at);
        writeReference(entry.segment, entry.at + this.#links.nodes.keyBytes, element);
        linked.push(object);
      }
    } catch (error) {
      for (const object of linked) {
        this.#links.aim(object, wordOf(list), number);
        if (this.#links.find(segment, at)) this.#links.remove(segment, at);
      }
      throw error;
    }
  }

  unlink(element: Place, list: Place, number: ObjectWord): void {
    const { segment, at } = this.#head();
    for (const object of this.#follow(element).objects) {
      this.#links.aim(object, wordOf(list), number);
      if (!this.#links.find(segment, at)) throw this.#lost(element);
      this.#links.remove(segment, at);
    }
  }

  numberOf(element: Place, list: Place): ObjectWord | undefined {
    const { segment, at } = this.#head();
    this.#links.aim(wordOf(element), wordOf(list));
    const low = this.#links.rank(segment, at, false);
    const high = this.#links.rank(segment, at, true);
    for (let rank = low; rank < high; rank++) {
      const entry = this.#links.at(segment, at, rank);
      const [granule, serial] = wordOfReference(entry.segment, entry.at + this.#links.nodes.keyBytes);
      const own = wordOf(element);
      // It may be on the way of others in the list as well.
      if (granule === own[0] && serial === own[1])
        return this.#links.keyOf(entry.segment, entry.at, 2) as ObjectWord;
    }
    return undefined;
  }

  /** @throws OBJ_DUPLICATE when a list may have each key once, and has an element with the one that an object is to have */
  checkUnique(object: Place, key: unknown): void {
    if (!this.#kind.unique || key === null) return;
    for (const { list, number } of this.#of(object)) {
      const { segment, at } = this.#listOf(list);
      this.tree.aim(key);
      const found = this.tree.match(segment, at + chunkHeader);
      const other = found && (this.tree.keyOf(found.segment, found.at, 1) as ObjectWord);
      if (other && (other[0] !== number[0] || other[1] !== number[1]))
        throw duplicate(this.path, this, [key]);
    }
  }

  /**
   * Takes all elements out of their lists whose place an object decides about.
   *
   * @param keyBytes - How long their keys may be when they are put back.
   * @throws OBJ_TOO_LARGE when there would be no room for that; then nothing was taken out.
   */
  detach(object: Place, keyBytes = 0): readonly Detached[] {
    const found = this.#of(object);
    if (found.length > 0) this.#realm.chunks.reserve(found.length * (insertBytes + keyBytes));
    for (const { list, number, element } of found) {
      const place = placeOf(this.#realm.chunks, element);
      if (!place) throw this.#lost(object);
      const holder = this.#listOf(list);
      const { segment, at } = holder;
      this.tree.aim(this.keyOf(place), number);
      if (!this.tree.find(segment, at + chunkHeader)) throw this.#lost(place);
      this.tree.remove(segment, at + chunkHeader);
      this.unlink(place, holder, number);
    }
    return found;
  }

  /** Puts elements back into their lists, where they belong now. */
  attach(detached: readonly Detached[]): void {
    for (const { list, number, element } of detached) {
      const place = placeOf(this.#realm.chunks, element);
      if (!place) continue;
      const holder = this.#listOf(list);
      this.tree.aim(this.keyOf(place), number);
      const entry = this.tree.ensure(holder.segment, holder.at + chunkHeader);
      writeReference(entry.segment, entry.at + this.tree.nodes.keyBytes, place);
      this.link(place, holder, number);
    }
  }

  /** Forgets all elements of a list that is about to go. */
  forget(list: Place): void {
    for (const [number, element] of this.#elements(list)) this.unlink(element, list, number);
  }

  /** Shows the chunks of the links. */
  trace(visit: (place: Place) => void): void {
    const { segment, at } = this.#head();
    this.#links.trace(segment, at, visit, () => {});
  }

  /** @throws OBJ_DAMAGED unless the elements of lists are where they belong, and all links are there */
  verify(lists: readonly Place[]): void {
    const { segment, at } = this.#head();
    let count = 0;
    for (const list of lists) {
      for (const [number, element, key] of this.#elements(list)) {
        const followed = this.#follow(element);
        this.tree.aim(followed.key, number);
        if (this.tree.find(list.segment, list.at + chunkHeader)?.at !== key) throw this.#lost(element);
        for (const object of followed.objects) {
          this.#links.aim(object, wordOf(list), number);
          if (!this.#links.find(segment, at)) throw this.#lost(element);
          count++;
        }
      }
    }
    if (count !== this.#links.count(segment, at)) {
      throw this.#realm.chunks.damaged(
        `there are links of ${this.path} to what is in no list`,
        segment.start + at,
        'indexes',
      );
    }
  }

  /** The elements of a list, as they are at the beginning: number, element, where the entry is. */
  #elements(list: Place): [ObjectWord, Place, number][] {
    const found: [ObjectWord, Place, number][] = [];
    const { tree } = this;
    tree.walk(
      list.segment,
      list.at + chunkHeader,
      () => {},
      (segment, entry) => {
        const place = placeOf(this.#realm.chunks, wordOfReference(segment, entry + tree.nodes.keyBytes));
        if (!place) throw this.#lost(list);
        found.push([tree.keyOf(segment, entry, 1) as ObjectWord, place, entry]);
      },
    );
    return found;
  }

  /** The elements that an object decides about. */
  #of(object: Place): Detached[] {
    const { segment, at } = this.#head();
    const links = this.#links;
    links.aim(wordOf(object));
    const low = links.rank(segment, at, false);
    const high = links.rank(segment, at, true);
    return Array.from({ length: high - low }, (_, index) => {
      const entry = links.at(segment, at, low + index);
      return {
        list: links.keyOf(entry.segment, entry.at, 1) as ObjectWord,
        number: links.keyOf(entry.segment, entry.at, 2) as ObjectWord,
        element: wordOfReference(entry.segment, entry.at + links.nodes.keyBytes),
      };
    });
  }

  #follow(element: Place): { readonly key: unknown; readonly objects: readonly ObjectWord[] } {
    const { chunks } = this.#realm;
    const objects = new Map<number, ObjectWord>();
    let at: Place | undefined = element;
    let key: unknown = null;
    for (const [index, { tags, offset, codec, struct }] of this.#steps.entries()) {
      if (!at) return { key: null, objects: [...objects.values()] };
      const { segment }: Place = at;
      if (!tags.has(segment.view.getUint32(at.at, true))) {
        throw chunks.damaged(`a ${struct} is none`, segment.start + at.at, 'indexes');
      }
      const word = wordOf(at);
      objects.set(word[0], word);
      const field: number = at.at + offset;
      chunks.heap.need(segment, field, codec.size);
      if (index === this.#steps.length - 1) key = codec.get(segment, field);
      else
        at =
          segment.view.getUint32(field, true) === 0
            ? undefined
            : placeOf(chunks, wordOfReference(segment, field));
    }
    return { key, objects: [...objects.values()] };
  }

  #listOf(word: ObjectWord): Place {
    const { chunks } = this.#realm;
    const place = placeOf(chunks, word);
    if (place && place.segment.view.getUint32(place.at, true) === this.#tag) return place;
    throw chunks.damaged(`a link of ${this.path} leads to no list`, word[0] * 16, 'indexes');
  }

  #lost({ segment, at }: Place): Error {
    return this.#realm.chunks.damaged(
      `an element of ${this.path} is not where it belongs`,
      segment.start + at,
      'indexes',
    );
  }
}
