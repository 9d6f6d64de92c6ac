import type { Chunks, Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { contentOf, LiveObject, plainKey, segmentKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { showObject } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import { countBytes } from '../schema/counted-kinds.js';
import { ruleOf } from '../schema/kind-rules.js';
import type { Kind, ListKind } from '../schema/kinds.js';
import { showKind } from '../schema/plain-kind.js';
import { type Codec, otherKind, wrongType } from '../values/codec.js';
import { Elements, listBytes, perPiece, stretchesOf } from './elements.js';
import { type Picked, pickKey, type Wanted } from './pick.js';

/** The elements of a list that may be damaged. */
export const leftKey = Symbol('left');

interface ListParts {
  readonly chunks: Chunks;
  readonly codec: Codec;
  readonly path: string;
  readonly lose?: (error: unknown) => void;
}

/** A live list. Reading an element reads the store. */
export class PersistentList<Value = unknown, Input = Value> extends LiveObject implements Iterable<Value> {
  readonly #parts: ListParts;
  readonly #elements: Elements;

  /** @internal */
  constructor(parts: ListParts, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#parts = parts;
    this.#elements = new Elements(this, parts.chunks, parts.codec.size);
  }

  /** How many elements there are. */
  get length(): number {
    const at = contentOf(this);
    return this[segmentKey].view.getUint32(at + 8, true);
  }

  /** The element at an index; a negative one counts from the end. Nothing where there is none. */
  at(index: number): Value | undefined {
    const { length } = this;
    const place = index < 0 ? length + index : index;
    if (!Number.isInteger(place) || place < 0 || place >= length) return undefined;
    const at = this.#needed(place);
    return this.#parts.codec.get(this.#elements.segment, at) as Value;
  }

  /** Replaces an element. @throws RangeError when there is none at the index. */
  set(index: number, value: Input): void {
    const place = this.#index(index, this.length - 1);
    const { codec, path } = this.#parts;
    codec.check(value, `${path}[${place}]`);
    const at = this.#needed(place);
    codec.set(this.#elements.segment, at, value);
  }

  /** Adds elements at the end, all or, when one of them is refused, none. @returns the new length. */
  push(...values: Input[]): number {
    if (values.length > 1)
      for (const [index, value] of values.entries()) this.#check(value, this.length + index);
    for (const value of values) {
      this.#check(value);
      this.#put(this.length, value);
    }
    return this.length;
  }

  /** Puts an element before the one at the index, or at the end. @throws RangeError */
  insert(index: number, value: Input): void {
    const place = this.#index(index, this.length);
    this.#check(value, place);
    this.#put(place, value);
  }

  #check(value: Input, index = this.length): void {
    const { codec, path } = this.#parts;
    try {
      codec.check(value, path);
    } catch {
      // To say where is slow, so that is done only where it is asked for.
      codec.check(value, `${path}[${index}]`);
    }
  }

  #put(index: number, value: Input): void {
    const { codec, chunks } = this.#parts;
    const elements = this.#elements;
    const { length } = this;
    elements.reserve(length + 1);
    if (index < length) elements.move(index, index + 1, length - index);
    const at = elements.locate(index);
    const { segment } = elements;
    chunks.heap.own(segment, at, codec.size);
    // What was there before is not to be dropped.
    if (codec.drop) segment.bytes.fill(0, at, at + codec.size);
    this.#setLength(length + 1);
    try {
      if (codec.write) codec.write(segment.view, at, value);
      else codec.set(segment, at, value);
    } catch (error) {
      // There was no room for it.
      this.delete(index);
      throw error;
    }
  }

  /** Removes elements from the index on, one unless said otherwise. @throws RangeError when they are not all there. */
  delete(index: number, count = 1): void {
    const { length } = this;
    if (count === 0) return;
    const place = this.#index(index, length - count);
    const { codec, chunks } = this.#parts;
    const elements = this.#elements;
    for (let step = 0; step < count; step++) {
      const at = elements.locate(place + step);
      chunks.heap.own(elements.segment, at, codec.size);
      codec.drop?.(elements.segment, at);
    }
    elements.move(place + count, place, length - place - count);
    elements.clear(length - count, count);
    this.#setLength(length - count);
    codec.settle?.();
  }

  /** Removes the last element and returns it. A text or bytes are copied out; an object stays, unless it is counted. */
  pop(): Value | undefined {
    const last = this.at(-1);
    if (this.length > 0) this.delete(this.length - 1);
    return last;
  }

  /** Removes all elements. */
  clear(): void {
    this.delete(0, this.length);
  }

  /** The elements from first to last, as they are when their turn comes. */
  [Symbol.iterator](): ListIterator<Value> {
    return new ListIterator(this);
  }

  /** The elements; where damage is survived, those that are left. @internal */
  *[leftKey](): Generator<Value, void> {
    const { lose, codec } = this.#parts;
    for (let index = 0; index < this.length; index++) {
      let value: Value;
      try {
        value = this.at(index)!;
      } catch (error) {
        if (!lose) throw error;
        lose(error);
        // That is what a whole piece has in common.
        const each = perPiece(codec.size);
        index += each - 1 - (index % each);
        continue;
      }
      yield value;
    }
  }

  /** @internal */
  *[pickKey](wanted: Wanted): Generator<Picked, void> {
    const { size } = this.#parts.codec;
    for (let index = 0; index < this.length; index++) {
      const at = this.#elements.locate(index);
      const { segment } = this.#elements;
      if (wanted(segment, at, size, at, size)) yield [index, () => this.at(index)];
    }
  }

  /** `<persistent list<text> object @offset 0x1040L>` */
  override toString(): string {
    return showObject(this.#parts.path, this);
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    return Array.from(this, next);
  }

  /** The position of an element whose bytes are in memory. */
  #needed(index: number): number {
    const elements = this.#elements;
    const at = elements.locate(index);
    const { segment } = elements;
    // Each is on one page.
    if (segment.stamps[at >>> 12] === 0) segment.heap.need(segment, at, 1);
    return at;
  }

  #index(index: number, most: number): number {
    if (Number.isInteger(index) && index >= 0 && index <= most) return index;
    throw new RangeError(`${this.#parts.path}: there is no index ${index} in a list of ${this.length}`);
  }

  #setLength(length: number): void {
    const segment = this[segmentKey];
    const at = contentOf(this);
    segment.heap.own(segment, at, listBytes);
    segment.view.setUint32(at + 8, length, true);
  }
}

/** The elements of a list; no generator, since its steps cost more than what they fetch. */
class ListIterator<Value> implements IterableIterator<Value, void> {
  readonly #list: Pick<PersistentList<Value>, 'at' | 'length'>;
  #index = 0;

  constructor(list: Pick<PersistentList<Value>, 'at' | 'length'>) {
    this.#list = list;
  }

  next(): IteratorResult<Value, void> {
    const index = this.#index++;
    if (index < this.#list.length) return { done: false, value: this.#list.at(index) as Value };
    this.#index = Number.POSITIVE_INFINITY;
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** The type of lists of one kind. */
export function listType(realm: TypeContext, kind: ListKind<Kind>, tag: number): LiveType {
  const { chunks } = realm;
  const name = showKind(kind);
  const size = listBytes + (realm.isCounted(kind) ? countBytes : 0);
  let bound: ListParts | undefined;
  const parts = () => {
    bound ??= { chunks, codec: realm.codec(kind.of), path: name, ...(realm.lose && { lose: realm.lose }) };
    return bound;
  };
  const open = (segment: Segment, at: number) => {
    return new PersistentList(parts(), segment, at, segment.view.getInt32(at + 4, true));
  };
  const each = (place: Place, visit: (segment: Segment, at: number) => void) => {
    const { size } = realm.codec(kind.of);
    const found = stretchesOf(chunks, place, size, realm.lose);
    for (const { segment, at, count } of found.stretches) {
      for (let index = 0; index < count; index++) visit(segment, at + index * size);
    }
    return [...found.stretches.map(({ chunk }) => chunk), ...(found.directory ? [found.directory] : [])];
  };
  return {
    tag,
    name,
    size,
    counted: size > listBytes,
    accepts: new Set([tag]),
    check: (value, path) => {
      if (!Array.isArray(value)) throw wrongType(path, `a ${name} or an array`, value);
      for (const [index, element] of value.entries())
        realm.codec(kind.of).check(element, `${path}[${index}]`);
    },
    create: (value) => {
      const place = chunks.allocate(tag, size);
      if (value !== undefined)
        for (const element of value as unknown[]) open(place.segment, place.at).push(element);
      return place;
    },
    open,
    free: (place) => {
      const codec = realm.codec(kind.of);
      for (const part of each(place, (segment, at) => codec.drop?.(segment, at))) chunks.free(part);
      chunks.free(place);
    },
    trace: (place, visit) => {
      const codec = realm.codec(kind.of);
      for (const part of each(place, (segment, at) => codec.trace?.(segment, at, visit))) visit(part);
    },
    fill: (to, from, take) => {
      if (!(from instanceof PersistentList)) throw otherKind(name);
      const made = to as PersistentList;
      for (const element of from[leftKey]()) {
        const index = made.length;
        // What may be null may come later, and must not change the order.
        if (ruleOf(kind.of)!.nullable) made.push(null);
        take(kind.of, element, (value) => (index < made.length ? made.set(index, value) : made.push(value)));
      }
    },
  };
}
