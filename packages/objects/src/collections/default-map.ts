import type { Segment } from '../heap/segment.js';
import type { LiveType } from '../live/live-type.js';
import type { TypeContext } from '../live/type-context.js';
import type { DefaultMapKind, Kind } from '../schema/kinds.js';
import { mapType, PersistentMap } from './map.js';
import { ensureEntry, type TableParts } from './table.js';

/** Puts what a kind begins with into zeros, after a check that it can be made. */
interface Beginning {
  check(path: string): void;
  write(segment: Segment, at: number): void;
}

/** A live map that makes what is asked for and not there, and stores it. */
export class PersistentDefaultMap<Key = unknown, Value = unknown, Input = Value> extends PersistentMap<
  Key,
  Value,
  Input
> {
  readonly #parts: TableParts;
  readonly #beginning: Beginning;

  /** @internal */
  constructor(parts: TableParts, beginning: Beginning, segment: Segment, at: number, serial: number) {
    super(parts, segment, at, serial);
    this.#parts = parts;
    this.#beginning = beginning;
  }

  /**
   * The value of a key. When there is none, the one that its kind begins with is stored, and returned; `has` and `peek` do
   * not do that.
   *
   * @throws TypeError when the key is of the wrong type; OBJ_READ_ONLY when a value cannot be stored.
   */
  override get(key: Key): Value {
    const there = super.get(key);
    if (there !== undefined) return there;
    const parts = this.#parts;
    this.#beginning.check(parts.path);
    const { place } = ensureEntry(parts, this, key);
    try {
      this.#beginning.write(place.segment, place.at + parts.valueAt);
    } catch (error) {
      // There was no room for it.
      this.delete(key);
      throw error;
    }
    return super.get(key)!;
  }

  /** The value of a key, or nothing. */
  peek(key: Key): Value | undefined {
    return super.get(key);
  }
}

/** The type of default maps of one kind. */
export function defaultMapType(realm: TypeContext, kind: DefaultMapKind<Kind, Kind>, tag: number): LiveType {
  const { value } = kind;
  const codec = () => realm.codec(value);
  const beginning: Beginning =
    value.kind === 'ref'
      ? { check: (path) => codec().check({}, path), write: (segment, at) => codec().set(segment, at, {}) }
      : { check: () => {}, write: (segment, at) => codec().init?.(segment, at) };
  return mapType(realm, kind, tag, (parts, ...place) => new PersistentDefaultMap(parts, beginning, ...place));
}
