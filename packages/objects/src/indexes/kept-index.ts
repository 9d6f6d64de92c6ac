import { isNatural } from '../collections/natural-key.js';
import { Tree } from '../collections/tree.js';
import { keyPart, tiePart } from '../collections/tree-key.js';
import type { TreeSource } from '../collections/tree-range.js';
import { errors } from '../errors.js';
import { chunkHeader, type Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { givenField } from '../live/given-field.js';
import type { TypeContext } from '../live/type-context.js';
import { beginningOf } from '../schema/beginning.js';
import type { IndexRule } from '../schema/index-rule.js';
import { placeRecord } from '../schema/place-fields.js';
import type { Codec } from '../values/codec.js';
import { show } from '../values/codec.js';
import { type ObjectWord, placeOf, wordOf } from './object-word.js';

interface KeyField {
  readonly name: string;
  readonly offset: number;
  readonly codec: Codec;
  readonly beginning: unknown;
}

/**
 * An index of a struct, in a tree without values: the last word of each key is the object. It is kept, and nothing is kept
 * alive by it.
 */
export class KeptIndex implements TreeSource {
  readonly struct: string;
  readonly name: string;
  readonly rule: IndexRule;
  readonly path: string;
  readonly tree: Tree;
  /** The tags of the objects that are in it. */
  readonly tags: ReadonlySet<number>;
  readonly head: () => Place;
  /** Of each field, whether the index is in the order of its values. */
  readonly natural: readonly boolean[];
  readonly #realm: TypeContext;
  readonly #fields: readonly KeyField[];

  constructor(realm: TypeContext, struct: string, name: string, rule: IndexRule, head: () => Place) {
    this.struct = struct;
    this.name = name;
    this.rule = rule;
    this.path = `${struct}.${name}`;
    this.head = head;
    this.tags = realm.struct(struct)!.accepts;
    this.#realm = realm;
    const placed = placeRecord(realm.schema, struct).fields;
    const fields = rule.on.map((field) => placed.find(({ name: other }) => other === field)!);
    this.natural = fields.map(({ kind }) => isNatural(kind));
    this.tree = new Tree(
      realm.chunks,
      [...fields.map(({ kind }) => keyPart(realm.chunks, kind)), tiePart],
      0,
    );
    this.#fields = fields.map(({ name: field, kind, offset }) => ({
      name: field,
      offset: chunkHeader + offset,
      codec: realm.codec(kind),
      beginning: beginningOf(kind),
    }));
  }

  /** Makes a key ready to be looked for: a value, or with several fields an array, whose last ones may be left out. */
  aim(key: unknown): void {
    const values = this.#fields.length === 1 ? [key] : key;
    if (!Array.isArray(values) || values.length === 0 || values.length > this.#fields.length) {
      throw new TypeError(
        `${this.path}: an array of 1 to ${this.#fields.length} values is wanted, not ${show(key)}`,
      );
    }
    for (const [index, value] of values.entries()) {
      const { codec, name } = this.#fields[index]!;
      codec.check(value, `${this.path}: ${name}`);
    }
    this.tree.aim(...values);
  }

  /** The key of an object: the values of its fields. */
  keyOf({ segment, at }: Place): unknown[] {
    this.#realm.chunks.heap.need(segment, at, chunkHeader + segment.view.getUint32(at + 12, true));
    return this.#fields.map(({ codec, offset }) => codec.get(segment, at + offset));
  }

  /** The key that an object would have with another value in a field. */
  keyWith(place: Place, field: string, value: unknown): unknown[] {
    return this.keyOf(place).map((old, index) => (this.#fields[index]!.name === field ? value : old));
  }

  /** The key that an object of plain data would have. */
  keyOfNew(value: Readonly<Record<string, unknown>>): unknown[] {
    return this.#fields.map(({ name, beginning }) => givenField(value, name) ?? beginning);
  }

  /** Takes an object in; `checkUnique` is the caller's. @returns whether it was not there with this key. */
  add(place: Place, key: readonly unknown[] = this.keyOf(place)): boolean {
    this.tree.aim(...key, wordOf(place));
    const { segment, at } = this.head();
    return this.tree.ensure(segment, at).isNew;
  }

  /** Removes an object that has this key. @throws OBJ_DAMAGED when it is not there */
  remove(place: Place, key: readonly unknown[]): void {
    const { segment, at } = this.head();
    if (!this.has(place, key))
      throw this.#realm.chunks.damaged(
        `an object is not in ${this.path}`,
        place.segment.start + place.at,
        'indexes',
      );
    this.tree.remove(segment, at);
  }

  has(place: Place, key: readonly unknown[]): boolean {
    const { segment, at } = this.head();
    this.tree.aim(...key, wordOf(place));
    return this.tree.find(segment, at) !== undefined;
  }

  /** @throws OBJ_DUPLICATE when the key has to be unique, and another object than `own` has it */
  checkUnique(key: readonly unknown[], own?: ObjectWord, path: string = this.path): void {
    if (!this.rule.unique || key.includes(null)) return;
    this.tree.aim(...key);
    const { segment, at } = this.head();
    const found = this.tree.match(segment, at);
    if (!found) return;
    const [granule, serial] = this.wordAt(found.segment, found.at);
    if (own && granule === own[0] && serial === own[1]) return;
    throw duplicate(path, this, key);
  }

  /** A text that equal keys have in common, and no others. */
  signature(key: readonly unknown[]): string {
    this.tree.aim(...key);
    return this.tree.probe.signature();
  }

  /** The object of an entry. */
  wordAt(segment: Segment, entry: number): ObjectWord {
    return this.tree.keyOf(segment, entry, this.#fields.length) as ObjectWord;
  }

  /** The object of an entry. @throws OBJ_DAMAGED when it is gone, or is none of the struct */
  objectAt(segment: Segment, entry: number): Place {
    const { chunks } = this.#realm;
    const place = placeOf(chunks, this.wordAt(segment, entry));
    if (place && this.tags.has(place.segment.view.getUint32(place.at, true))) return place;
    throw chunks.damaged(`${this.path} leads to what is no ${this.struct}`, segment.start + entry, 'indexes');
  }

  /** The key of an entry, as `aim` takes it. */
  keyAt(segment: Segment, entry: number): unknown {
    const values = this.#fields.map((_field, index) => this.tree.keyOf(segment, entry, index));
    return values.length === 1 ? values[0] : values;
  }
}

/** The error for a key that is unique and taken. */
export function duplicate(path: string, index: { readonly path: string }, key: readonly unknown[]): Error {
  return errors.OBJ_DUPLICATE({
    message: `${path}: another object has ${key.map(show).join(', ')} already, and ${index.path} is unique`,
    path,
  });
}
