import type { Segment } from '../heap/segment.js';
import { LiveObject, plainKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { showObject } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import type { Kind, SetKind } from '../schema/kinds.js';
import { wrongType } from '../values/codec.js';
import { type Picked, pickKey, type Wanted } from './pick.js';
import { pickEntries } from './pick-entries.js';
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

/** A live set, in the order of insertion. */
export class PersistentSet<Value = unknown> extends LiveObject implements Iterable<Value> {
  readonly #parts: TableParts;

  /** @internal */
  constructor(parts: TableParts, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#parts = parts;
  }

  get size(): number {
    return tableSize(this);
  }

  has(value: Value): boolean {
    checkKey(this.#parts, value);
    return findEntry(this.#parts, this, value) !== undefined;
  }

  add(value: Value): this {
    checkKey(this.#parts, value);
    ensureEntry(this.#parts, this, value);
    return this;
  }

  /** Removes a value. @returns whether it was there. */
  delete(value: Value): boolean {
    checkKey(this.#parts, value);
    return deleteEntry(this.#parts, this, value);
  }

  clear(): void {
    clearTable(this.#parts, this);
  }

  /** The values. Some may be deleted meanwhile. @throws OBJ_CHANGED when so many were added that it was rebuilt. */
  *[Symbol.iterator](): Generator<Value, void> {
    for (const { segment, at } of entriesOf(this.#parts, this))
      yield this.#parts.key.get(segment, at + 8) as Value;
  }

  /** @internal */
  *[pickKey](wanted: Wanted): Generator<Picked, void> {
    for (const [value] of pickEntries(this.#parts, this, wanted)) yield [value, () => value];
  }

  override toString(): string {
    return showObject(this.#parts.path, this);
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    return Array.from(this, next);
  }
}

/** The type of sets of one kind. */
export function setType(realm: TypeContext, kind: SetKind<Kind>, tag: number): LiveType {
  return tableType(realm, kind, tag, {
    key: kind.of,
    entries: (value, name, path) => {
      if (value instanceof Set) return value.entries();
      if (Array.isArray(value)) return value.map((each) => [each, each] as const);
      throw wrongType(path, `a ${name}, a Set or an array`, value);
    },
    open: (...place) => new PersistentSet(...place),
    add: (set, [value]) => void set.add(value),
    fill: (to, from, take) => {
      if (!(from instanceof PersistentSet)) return false;
      for (const value of from) take(kind.of, value, (newValue) => void to.add(newValue));
      return true;
    },
  });
}
