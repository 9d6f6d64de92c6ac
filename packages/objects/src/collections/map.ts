import type { Segment } from '../heap/segment.js';
import { LiveObject, plainKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { showObject } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import { ruleOf } from '../schema/kind-rules.js';
import type { DefaultMapKind, Kind, MapKind } from '../schema/kinds.js';
import { type Picked, pickKey, type Wanted } from './pick.js';
import { pickEntries } from './pick-entries.js';
import { plainPairs } from './plain-pairs.js';
import {
  checkKey,
  clearTable,
  deleteEntry,
  ensureEntry,
  entriesOf,
  findEntry,
  type TableParts,
  tableSize,
} from './table.js';
import { tableType } from './table-type.js';

/** A live map, in the order of insertion. Text and numbers as keys go by value, objects by identity. */
export class PersistentMap<Key = unknown, Value = unknown, Input = Value>
  extends LiveObject
  implements Iterable<[Key, Value]>
{
  readonly #parts: TableParts;

  /** @internal */
  constructor(parts: TableParts, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#parts = parts;
  }

  /** How many keys there are. */
  get size(): number {
    return tableSize(this);
  }

  has(key: Key): boolean {
    checkKey(this.#parts, key);
    return findEntry(this.#parts, this, key) !== undefined;
  }

  /** The value of a key, or nothing. @throws TypeError when the key is of the wrong type. */
  get(key: Key): Value | undefined {
    const parts = this.#parts;
    checkKey(parts, key);
    const place = findEntry(parts, this, key);
    if (place) return parts.value!.get(place.segment, place.at + parts.valueAt) as Value;
    return undefined;
  }

  /** The value of a key; when there is none, what `make` returns is stored first. */
  getOrInsert(key: Key, make: () => Input): Value {
    if (!this.has(key)) this.set(key, make());
    return this.get(key)!;
  }

  set(key: Key, value: Input): this {
    const parts = this.#parts;
    checkKey(parts, key);
    parts.value!.check(value, parts.path);
    const { place, isNew } = ensureEntry(parts, this, key);
    try {
      parts.value!.set(place.segment, place.at + parts.valueAt, value);
    } catch (error) {
      // There was no room for it.
      if (isNew) deleteEntry(parts, this, key);
      throw error;
    }
    return this;
  }

  /** Removes a key. Objects stay. @returns whether it was there. */
  delete(key: Key): boolean {
    checkKey(this.#parts, key);
    return deleteEntry(this.#parts, this, key);
  }

  clear(): void {
    clearTable(this.#parts, this);
  }

  *keys(): Generator<Key, void> {
    for (const { segment, at } of entriesOf(this.#parts, this))
      yield this.#parts.key.get(segment, at + 8) as Key;
  }

  *values(): Generator<Value, void> {
    for (const [, value] of this) yield value;
  }

  /** Keys and values. Keys may be deleted meanwhile. @throws OBJ_CHANGED when so many were inserted that it was rebuilt. */
  *[Symbol.iterator](): Generator<[Key, Value], void> {
    const { key, value, valueAt } = this.#parts;
    for (const { segment, at } of entriesOf(this.#parts, this)) {
      yield [key.get(segment, at + 8) as Key, value!.get(segment, at + valueAt) as Value];
    }
  }

  /** @internal */
  *[pickKey](wanted: Wanted): Generator<Picked, void> {
    const { value, valueAt } = this.#parts;
    for (const [key, { segment, at }] of pickEntries(this.#parts, this, wanted)) {
      yield [key, () => value!.get(segment, at + valueAt)];
    }
  }

  override toString(): string {
    return showObject(this.#parts.path, this);
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    return Array.from(this, ([key, value]) => [next(key), next(value)]);
  }
}

/** The type of maps of one kind. @param open - Makes a live map, of a class derived from the one here. */
export function mapType(
  realm: TypeContext,
  kind: MapKind<Kind, Kind> | DefaultMapKind<Kind, Kind>,
  tag: number,
  open: (...place: ConstructorParameters<typeof PersistentMap>) => PersistentMap = (...place) =>
    new PersistentMap(...place),
): LiveType {
  return tableType(realm, kind, tag, {
    key: kind.key,
    value: kind.value,
    entries: plainPairs,
    open,
    add: (map, [key, value]) => void map.set(key, value),
    fill: (to, from, take) => {
      if (!(from instanceof PersistentMap)) return false;
      for (const [key, value] of from) {
        take(kind.key, key, (newKey) => {
          // What may be null may come later, and must not change the order.
          if (ruleOf(kind.value)!.nullable) to.set(newKey, null);
          take(kind.value, value, (newValue) => void to.set(newKey, newValue));
        });
      }
      return true;
    },
  });
}
