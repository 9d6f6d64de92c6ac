import type { Place } from '../heap/chunks.js';
import { type LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import type { TypeContext } from '../live/type-context.js';
import type { Kind, RefKind, SortedListKind } from '../schema/kinds.js';
import { kindKey } from '../schema/plain-kind.js';
import { IndexDirectory } from './index-directory.js';
import type { Keeper, WatchedField } from './keeper.js';
import { duplicate, KeptIndex } from './kept-index.js';
import { type Detached, ListLinks } from './list-links.js';
import { wordOf } from './object-word.js';

/** A chunk with what it is. */
export interface TaggedPlace extends Place {
  readonly tag: number;
}

/** Keeps the indexes of a store, and the lists that are ordered by a field. */
export class IndexKeeper implements Keeper {
  readonly indexes: readonly KeptIndex[];
  readonly #realm: TypeContext;
  readonly #byStruct = new Map<string, readonly KeptIndex[]>();
  readonly #links = new Map<string, ListLinks>();
  readonly #directory: IndexDirectory;
  #later: (() => void)[] | undefined;
  /** Nothing is kept: all is made anew at the end. */
  #idle = false;
  /** How deep in plain data the check is, and the unique keys it has met. */
  #depth = 0;
  readonly #met = new Set<string>();

  /** @param collections - The kinds of collections in the order of their tags. */
  constructor(realm: TypeContext, collections: readonly Kind[]) {
    this.#realm = realm;
    const declared = Object.entries(realm.schema.structs).flatMap(([struct, { indexes = {} }]) => {
      return Object.entries(indexes).map(([name, rule]) => [struct, name, rule] as const);
    });
    const ordered = collections.filter((kind) => kind.kind === 'sortedList' && kind.by !== undefined);
    const directory = new IndexDirectory(realm.chunks, declared.length + ordered.length);
    this.#directory = directory;
    this.indexes = declared.map(([struct, name, rule], index) => {
      return new KeptIndex(realm, struct, name, rule, () => directory.head(index));
    });
    for (const [index, kind] of ordered.entries()) {
      const head = () => directory.head(declared.length + index);
      this.#links.set(kindKey(kind), new ListLinks(realm, kind as SortedListKind<RefKind>, head));
    }
  }

  get waits(): boolean {
    return this.#later !== undefined;
  }

  get hasIndexes(): boolean {
    return this.indexes.length > 0;
  }

  later(work: () => void): void {
    this.#later!.push(work);
  }

  /** Makes the directory of a new heap. */
  create(): void {
    this.#directory.create();
  }

  /**
   * Runs `work`, which makes objects in pieces: their fields come some time after them. It shows them to `enter` when they
   * have them; only then elements go into lists that are ordered by a field.
   */
  inPieces<T>(work: () => T, survive: (work: () => void) => void = (each) => each()): T {
    const later: (() => void)[] = [];
    this.#later = later;
    let made: T;
    try {
      made = work();
    } finally {
      this.#later = undefined;
    }
    for (const each of later) survive(each);
    return made;
  }

  /**
   * Runs `work`, which makes a whole heap in pieces, and makes the indexes at the end.
   *
   * @param survive - Given where damage is to be survived: runs what may fail. Keys may then be there twice.
   * @throws OBJ_DUPLICATE
   */
  making<T>(work: () => T, survive?: (work: () => void) => void): T {
    this.#directory.create();
    this.#idle = true;
    const made = this.inPieces(() => {
      try {
        return work();
      } finally {
        this.#idle = false;
      }
    }, survive);
    // Trees are made on the way, behind what is walked through.
    for (const place of this.indexes.length > 0 ? [...this.#realm.chunks.walk()] : []) {
      for (const index of this.indexes) {
        if (!index.tags.has(place.tag)) continue;
        if (!survive) index.checkUnique(index.keyOf(place), wordOf(place));
        index.add(place);
      }
    }
    return made;
  }

  links(kind: Kind): ListLinks | undefined {
    return this.#links.get(kindKey(kind));
  }

  watched(struct: string, field: string): WatchedField | undefined {
    const tag = this.#realm.tagOf(struct);
    const indexes = this.indexes.filter(({ tags, rule }) => tags.has(tag) && rule.on.includes(field));
    const links = [...this.#links.values()].filter((each) => each.passes(tag, field));
    if (indexes.length === 0 && links.length === 0) return undefined;
    return { assign: (object, value, write) => this.#assign(indexes, links, field, object, value, write) };
  }

  checking(check: () => void): void {
    this.#depth++;
    try {
      check();
    } finally {
      if (--this.#depth === 0) this.#met.clear();
    }
  }

  checkNew(struct: string, value: Readonly<Record<string, unknown>>, path: string): void {
    for (const index of this.#of(struct)) {
      if (!index.rule.unique) continue;
      const key = index.keyOfNew(value);
      if (key.includes(null)) continue;
      index.checkUnique(key, undefined, path);
      const signature = `${index.path} ${index.signature(key)}`;
      if (this.#met.has(signature)) throw duplicate(path, index, key);
      if (this.#depth > 0) this.#met.add(signature);
    }
  }

  enter(struct: string, place: Place): void {
    if (this.#idle) return;
    const indexes = this.#of(struct);
    for (const index of indexes) index.checkUnique(index.keyOf(place));
    let added = 0;
    try {
      for (const index of indexes) {
        index.add(place);
        added++;
      }
    } catch (error) {
      for (const index of indexes.slice(0, added)) index.remove(place, index.keyOf(place));
      throw error;
    }
  }

  leave(struct: string, place: Place): (() => void) | undefined {
    if (this.#idle) return undefined;
    for (const index of this.#of(struct)) index.remove(place, index.keyOf(place));
    const own = wordOf(place);
    const tag = this.#realm.tagOf(struct);
    const moved = [...this.#links.values()]
      .filter((links) => links.passes(tag))
      .map((links) => [links, links.detach(place).filter(({ element }) => element[0] !== own[0])] as const);
    if (!moved.some(([, elements]) => elements.length > 0)) return undefined;
    return () => {
      for (const [links, elements] of moved) links.attach(elements);
    };
  }

  /** Writes to any fields of an object, not through its accessors. @throws OBJ_DUPLICATE, when it is done already */
  rewrite(struct: string, place: Place, write: () => void): void {
    const tag = this.#realm.tagOf(struct);
    const links = [...this.#links.values()].filter((each) => each.passes(tag));
    const indexes = this.#of(struct);
    this.#around(indexes, links, place, write);
    for (const index of indexes) index.checkUnique(index.keyOf(place), wordOf(place));
  }

  /** Chunks are about to be freed that nothing refers to. */
  forget(lost: readonly TaggedPlace[]): void {
    if (this.#links.size > 0) {
      for (const place of lost) {
        for (const links of this.#links.values()) if (links.isOf(place.tag)) links.forget(place);
      }
    }
    for (const place of lost) {
      for (const index of this.indexes)
        if (index.tags.has(place.tag)) index.remove(place, index.keyOf(place));
    }
  }

  /** Shows the chunks of all indexes. */
  trace(visit: (place: Place) => void): void {
    const directory = this.#directory.place();
    if (!directory) return;
    visit(directory);
    for (const { tree, head } of this.indexes) {
      const { segment, at } = head();
      tree.trace(segment, at, visit, () => {});
    }
    for (const links of this.#links.values()) links.trace(visit);
  }

  /** @throws OBJ_DAMAGED unless each index has all objects, in their places, and nothing else; and each ordered list likewise */
  verify(): void {
    if (this.indexes.length + this.#links.size === 0) return;
    const { chunks } = this.#realm;
    const all = [...chunks.walk()];
    for (const index of this.indexes) {
      const objects = all.filter(({ tag }) => index.tags.has(tag));
      const { segment, at } = index.head();
      const missing = objects.find((place) => !index.has(place, index.keyOf(place)));
      if (missing)
        throw chunks.damaged(
          `an object is not in ${index.path}`,
          missing.segment.start + missing.at,
          'indexes',
        );
      if (index.tree.count(segment, at) !== objects.length)
        throw chunks.damaged(`${index.path} has objects that are not there`, segment.start + at, 'indexes');
    }
    for (const links of this.#links.values()) links.verify(all.filter(({ tag }) => links.isOf(tag)));
  }

  /** The indexes that objects of a struct are in. */
  #of(struct: string): readonly KeptIndex[] {
    let found = this.#byStruct.get(struct);
    if (!found) {
      const tag = this.#realm.tagOf(struct);
      found = this.indexes.filter(({ tags }) => tags.has(tag));
      this.#byStruct.set(struct, found);
    }
    return found;
  }

  #assign(
    indexes: readonly KeptIndex[],
    links: readonly ListLinks[],
    field: string,
    object: LiveObject,
    value: unknown,
    write: () => void,
  ): void {
    const place = { segment: object[segmentKey], at: object[positionKey] };
    for (const index of indexes) index.checkUnique(index.keyWith(place, field, value), wordOf(place));
    for (const each of links) each.checkUnique(place, value);
    const entered: (readonly [index: KeptIndex, key: unknown[], before: unknown[]])[] = [];
    const leave = (what: 1 | 2) => {
      for (const each of entered) each[0].remove(place, each[what]);
    };
    try {
      // What may find no room comes first; for a while the object is in its old place and in its new one.
      for (const index of this.#idle ? [] : indexes) {
        const before = index.keyOf(place);
        const key = index.keyWith(place, field, value);
        if (index.add(place, key)) entered.push([index, key, before]);
      }
      this.#relink(links, place, write, keyBytesOf(value));
    } catch (error) {
      leave(1);
      throw error;
    }
    leave(2);
  }

  /** Writes to an object, and moves what is ordered by it. */
  #around(indexes: readonly KeptIndex[], links: readonly ListLinks[], place: Place, write: () => void): void {
    const before = this.#idle ? [] : indexes.map((index) => index.keyOf(place));
    this.#relink(links, place, write);
    for (const [position, key] of before.entries()) {
      const index = indexes[position]!;
      index.remove(place, key);
      index.add(place);
    }
  }

  #relink(links: readonly ListLinks[], place: Place, write: () => void, keyBytes = 0): void {
    const detached: (readonly [ListLinks, readonly Detached[]])[] = [];
    try {
      for (const each of this.#idle ? [] : links) detached.push([each, each.detach(place, keyBytes)]);
      write();
    } finally {
      for (const [each, found] of detached) each.attach(found);
    }
  }
}

/** How many bytes a value takes at the most, itself and as a key; of an object, the key that it leads to. */
function keyBytesOf(value: unknown): number {
  if (typeof value === 'string') return 6 * value.length + 64;
  if (value instanceof Uint8Array) return 2 * value.length + 64;
  return typeof value === 'object' && value !== null ? 1 << 16 : 0;
}
