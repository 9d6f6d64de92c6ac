import type { Segment } from '../heap/segment.js';
import { LiveObject, plainKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { showObject } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import type { Kind, MapKind } from '../schema/kinds.js';
import { showKind } from '../schema/stored-schema.js';
import { wrongType } from '../values/codec.js';
import {
  checkKey,
  clearTable,
  deleteEntry,
  ensureEntry,
  entriesOf,
  findEntry,
  freeTable,
  type TableParts,
  tableContent,
  tableParts,
  tableSize,
  traceTable,
} from './table.js';

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
    const { place } = ensureEntry(parts, this, key);
    parts.value!.set(place.segment, place.at + parts.valueAt, value);
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

  override toString(): string {
    return showObject(this.#parts.path, this);
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    return Array.from(this, ([key, value]) => [next(key), next(value)]);
  }
}

/** The type of maps of one kind. */
export function mapType(realm: TypeContext, kind: MapKind<Kind, Kind>, tag: number): LiveType {
  const { chunks } = realm;
  const name = showKind(kind);
  let bound: TableParts | undefined;
  const parts = () => {
    bound ??= tableParts(chunks, realm.codec(kind.key), realm.codec(kind.value), name);
    return bound;
  };
  const open = (segment: Segment, at: number) => {
    return new PersistentMap(parts(), segment, at, segment.view.getInt32(at + 4, true));
  };
  return {
    tag,
    name,
    size: tableContent,
    accepts: new Set([tag]),
    check: (value, path) => {
      if (!(value instanceof Map)) throw wrongType(path, `a ${name} or a Map`, value);
      for (const [key, element] of value) {
        checkKey(parts(), key);
        parts().value!.check(element, path);
      }
    },
    create: (value) => {
      const place = chunks.allocate(tag, tableContent);
      if (value !== undefined) {
        for (const [key, element] of value as Map<unknown, unknown>)
          open(place.segment, place.at).set(key, element);
      }
      return place;
    },
    open,
    free: (place) => {
      freeTable(parts(), open(place.segment, place.at));
      chunks.free(place);
    },
    trace: (place, visit) => traceTable(parts(), open(place.segment, place.at), visit),
  };
}
