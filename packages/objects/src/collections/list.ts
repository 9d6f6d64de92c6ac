import { type Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
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
import { writeReference } from '../values/text-codec.js';
import { type Picked, pickKey, type Wanted } from './pick.js';

/*
 * A list, 16 bytes: reference to its elements (8), length (4), capacity (4). The elements are a chunk with tag 5, one
 * after the other, without gaps.
 */
const contentBytes = 16;

interface ListParts {
  readonly chunks: Chunks;
  readonly codec: Codec;
  readonly path: string;
}

/** A live list. Reading an element reads the store. */
export class PersistentList<Value = unknown, Input = Value> extends LiveObject implements Iterable<Value> {
  readonly #parts: ListParts;
  /** The elements' chunk as it was found last: the one, as long as the reference to it stays the same. */
  #storage: Place | undefined;
  #granule = 0;
  #serial = 0;
  /** How many elements the chunk has room for. */
  #room = 0;

  /** @internal */
  constructor(parts: ListParts, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#parts = parts;
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
    const { codec, chunks } = this.#parts;
    const { segment, at } = this.#element(place);
    chunks.heap.need(segment, at, codec.size);
    return codec.get(segment, at) as Value;
  }

  /** Replaces an element. @throws RangeError when there is none at the index. */
  set(index: number, value: Input): void {
    const place = this.#index(index, this.length - 1);
    const { codec, path, chunks } = this.#parts;
    codec.check(value, `${path}[${place}]`);
    const { segment, at } = this.#element(place);
    chunks.heap.need(segment, at, codec.size);
    codec.set(segment, at, value);
  }

  /** Adds elements at the end, all or, when one of them is refused, none. @returns the new length. */
  push(...values: Input[]): number {
    const { codec, path } = this.#parts;
    if (values.length > 1)
      for (const [index, value] of values.entries()) codec.check(value, `${path}[${this.length + index}]`);
    for (const value of values) this.#append(value);
    return this.length;
  }

  #append(value: Input): void {
    const { codec, path, chunks } = this.#parts;
    const { length } = this;
    try {
      codec.check(value, path);
    } catch {
      // To say where is slow, so that is done only where it is asked for.
      codec.check(value, `${path}[${length}]`);
    }
    this.#reserve(length + 1);
    const { segment, at } = this.#element(length);
    chunks.heap.own(segment, at, codec.size);
    // What was there before is not to be dropped.
    if (codec.drop) segment.bytes.fill(0, at, at + codec.size);
    this.#setLength(length + 1);
    try {
      if (codec.write) codec.write(segment.view, at, value);
      else codec.set(segment, at, value);
    } catch (error) {
      // There was no room for it.
      this.delete(length);
      throw error;
    }
  }

  /** Puts an element before the one at the index, or at the end. @throws RangeError */
  insert(index: number, value: Input): void {
    const { length } = this;
    const place = this.#index(index, length);
    const { codec, path, chunks } = this.#parts;
    codec.check(value, `${path}[${place}]`);
    this.#reserve(length + 1);
    const { segment, at } = this.#element(place);
    this.#move(segment, at, at + codec.size, (length - place) * codec.size);
    chunks.heap.own(segment, at, codec.size);
    segment.bytes.fill(0, at, at + codec.size);
    this.#setLength(length + 1);
    try {
      codec.set(segment, at, value);
    } catch (error) {
      // There was no room for it.
      this.delete(place);
      throw error;
    }
  }

  /** Removes elements from the index on, one unless said otherwise. @throws RangeError when they are not all there. */
  delete(index: number, count = 1): void {
    const { length } = this;
    if (count === 0) return;
    const place = this.#index(index, length - count);
    const { codec, chunks } = this.#parts;
    const { segment, at } = this.#element(place);
    chunks.heap.own(segment, at, (length - place) * codec.size);
    for (let step = 0; step < count; step++) codec.drop?.(segment, at + step * codec.size);
    this.#move(segment, at + count * codec.size, at, (length - place - count) * codec.size);
    segment.bytes.fill(0, at + (length - place - count) * codec.size, at + (length - place) * codec.size);
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

  /** @internal */
  *[pickKey](wanted: Wanted): Generator<Picked, void> {
    const { size } = this.#parts.codec;
    for (let index = 0; index < this.length; index++) {
      const { segment, at } = this.#element(index);
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

  #element(index: number): Place {
    const { view } = this[segmentKey];
    const content = contentOf(this);
    const granule = view.getUint32(content, true);
    const serial = view.getInt32(content + 4, true);
    if (granule !== this.#granule || serial !== this.#serial) this.#find(content, granule, serial);
    const { chunks, codec } = this.#parts;
    if (index >= this.#room) {
      throw chunks.damaged('the elements of a list are not all there', this[segmentKey].start + content);
    }
    const { segment, at } = this.#storage!;
    return { segment, at: at + chunkHeader + index * codec.size };
  }

  #find(content: number, granule: number, serial: number): void {
    const { chunks, codec } = this.#parts;
    const storage = findStorage(chunks, this[segmentKey], content);
    this.#room = storage ? Math.floor((sizeOf(storage) - chunkHeader) / codec.size) : 0;
    this.#storage = storage;
    this.#granule = granule;
    this.#serial = serial;
  }

  #index(index: number, most: number): number {
    if (Number.isInteger(index) && index >= 0 && index <= most) return index;
    throw new RangeError(`${this.#parts.path}: there is no index ${index} in a list of ${this.length}`);
  }

  #setLength(length: number): void {
    const segment = this[segmentKey];
    const at = contentOf(this);
    segment.heap.own(segment, at, contentBytes);
    segment.view.setUint32(at + 8, length, true);
  }

  #move(segment: Segment, from: number, to: number, length: number): void {
    if (length === 0) return;
    segment.heap.need(segment, from, length);
    segment.heap.own(segment, to, length);
    segment.bytes.copyWithin(to, from, from + length);
  }

  #reserve(count: number): void {
    const { chunks, codec } = this.#parts;
    const segment = this[segmentKey];
    const at = contentOf(this);
    const capacity = segment.view.getUint32(at + 12, true);
    if (count <= capacity) return;
    const old = findStorage(chunks, segment, at);
    const made = chunks.allocate(
      tags.elements,
      Math.max(4, count, Math.min(2 * capacity, capacity + 2 ** 20)) * codec.size,
    );
    const used = this.length * codec.size;
    if (old && used > 0) {
      chunks.heap.need(old.segment, old.at + chunkHeader, used);
      chunks.heap.own(made.segment, made.at + chunkHeader, used);
      const content = old.segment.bytes.subarray(old.at + chunkHeader, old.at + chunkHeader + used);
      made.segment.bytes.set(content, made.at + chunkHeader);
    }
    if (old) chunks.free(old);
    segment.heap.own(segment, at, contentBytes);
    writeReference(segment, at, made);
    segment.view.setUint32(at + 12, Math.floor((sizeOf(made) - chunkHeader) / codec.size), true);
  }
}

function sizeOf({ segment, at }: Place): number {
  return segment.view.getUint32(at + 8, true) * 16;
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

/** The elements' chunk of a list whose content is at a position, or nothing when it has none. @throws OBJ_DAMAGED */
function findStorage(chunks: Chunks, segment: Segment, at: number): Place | undefined {
  const granule = segment.view.getUint32(at, true);
  if (granule === 0) return undefined;
  const place = chunks.find(granule, segment.view.getInt32(at + 4, true));
  if (place && place.segment.view.getUint32(place.at, true) === tags.elements) return place;
  throw chunks.damaged('a list does not lead to its elements', segment.start + at);
}

/** The type of lists of one kind. */
export function listType(realm: TypeContext, kind: ListKind<Kind>, tag: number): LiveType {
  const { chunks } = realm;
  const name = showKind(kind);
  const size = contentBytes + (realm.isCounted(kind) ? countBytes : 0);
  let bound: ListParts | undefined;
  const parts = () => {
    bound ??= { chunks, codec: realm.codec(kind.of), path: name };
    return bound;
  };
  const open = (segment: Segment, at: number) => {
    return new PersistentList(parts(), segment, at, segment.view.getInt32(at + 4, true));
  };
  const each = ({ segment, at }: Place, visit: (segment: Segment, at: number) => void): Place | undefined => {
    const storage = findStorage(chunks, segment, at + chunkHeader);
    const { size } = realm.codec(kind.of);
    const length = segment.view.getUint32(at + chunkHeader + 8, true);
    if (!storage) {
      if (length === 0) return undefined;
      throw chunks.damaged('a list does not lead to its elements', segment.start + at);
    }
    if (length * size + chunkHeader > sizeOf(storage)) {
      throw chunks.damaged('the elements of a list are not all there', segment.start + at);
    }
    chunks.heap.need(storage.segment, storage.at, chunkHeader + length * size);
    for (let index = 0; index < length; index++)
      visit(storage.segment, storage.at + chunkHeader + index * size);
    return storage;
  };
  return {
    tag,
    name,
    size,
    counted: size > contentBytes,
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
      const storage = each(place, (segment, at) => codec.drop?.(segment, at));
      if (storage) chunks.free(storage);
      chunks.free(place);
    },
    trace: (place, visit) => {
      const codec = realm.codec(kind.of);
      const storage = each(place, (segment, at) => codec.trace?.(segment, at, visit));
      if (storage) visit(storage);
    },
    fill: (to, from, take) => {
      if (!(from instanceof PersistentList)) throw otherKind(name);
      const made = to as PersistentList;
      for (const element of from) {
        const index = made.length;
        // What may be null may come later, and must not change the order.
        if (ruleOf(kind.of)!.nullable) made.push(null);
        take(kind.of, element, (value) => (index < made.length ? made.set(index, value) : made.push(value)));
      }
    },
  };
}
