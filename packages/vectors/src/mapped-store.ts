import type { ElementArray, Layout, LayoutDescription } from '@terrane/layout';
import type { Mapping } from '@terrane/mmap';
import { absentDouble } from './absent.js';
import { blockLength, type ElementKind, type ElementStore, type WritableArray } from './element-store.js';
import { errors } from './errors.js';
import { type ReadDoubles, readDoubles } from './read-doubles.js';

/** Where the elements are: element i at byte `i * stride + within` of the mapping. */
export interface Placement {
  readonly count: number;
  readonly stride: number;
  readonly within: number;
}

interface Segment<T> {
  readonly view: DataView;
  readonly get: (at: number) => T;
  readonly set: (at: number, value: T) => void;
  /** All elements of the segment and nothing else; only where the host's typed arrays read them. */
  readonly typed: ElementArray | undefined;
}

/** Elements of a layout in a mapped file, at equal distances. */
export class MappedStore<T> implements ElementStore<T> {
  readonly length: number;
  readonly kind: ElementKind;
  readonly doubles?: (start: number, count: number, scratch: Float64Array) => Float64Array;
  readonly absent?: number;
  readonly array?: (count: number) => WritableArray<T>;
  readonly #mapping: Mapping;
  readonly #layout: Layout<T>;
  readonly #stride: number;
  readonly #within: number;
  readonly #perSegment: number;
  readonly #read: ReadDoubles | undefined;
  readonly #segments: (Segment<T> | undefined)[] = [];

  constructor(mapping: Mapping, layout: Layout<T>, { count, stride, within }: Placement) {
    this.length = count;
    this.kind = kindOf(layout.description);
    this.#mapping = mapping;
    this.#layout = layout;
    this.#stride = stride;
    this.#within = within;
    const buffers = mapping.segments;
    this.#perSegment = buffers.length <= 1 ? Math.max(1, count) : buffers[0]!.byteLength / stride;
    if (!Number.isInteger(this.#perSegment)) {
      throw errors.VEC_TYPE({
        message: `elements of ${stride} bytes cannot be mapped over 2 GiB, since none may lie in two buffers`,
        hint: 'map a part of the file',
      });
    }
    this.#segments = buffers.map((buffer) => this.#bind(buffer));
    const absent = absentDouble(layout.description);
    const numbers = absent === undefined ? layout.description : innerOf(layout.description);
    if (absent !== undefined) this.absent = absent;
    const read = this.kind === 'number' ? readDoubles(numbers) : undefined;
    this.#read = read;
    if (read !== undefined) {
      this.doubles = (start, count, scratch) => this.#doubles(read, start, count, scratch);
    }
    const { elements } = layout;
    if (elements !== undefined) {
      this.array = (count) =>
        new elements(new ArrayBuffer(count * layout.size)) as unknown as WritableArray<T>;
    }
  }

  get(index: number): T {
    const number = this.#segments.length === 1 ? 0 : Math.floor(index / this.#perSegment);
    const at = (index - number * this.#perSegment) * this.#stride + this.#within;
    return this.#segments[number]!.get(at);
  }

  set(index: number, value: T): void {
    const number = this.#segments.length === 1 ? 0 : Math.floor(index / this.#perSegment);
    const at = (index - number * this.#perSegment) * this.#stride + this.#within;
    this.#segments[number]!.set(at, value);
  }

  check(value: unknown): void {
    this.#layout.check(value);
  }

  operand(value: unknown): void {
    if (this.kind === 'name' && typeof value === 'string') this.#layout.check(value);
  }

  paste(start: number, values: ArrayLike<T>): boolean {
    const typed = this.typed(start, values.length);
    if (typed === undefined || values.constructor !== typed.constructor) return false;
    (typed as Float64Array).set(values as ArrayLike<unknown> as Float64Array);
    return true;
  }

  copy(start: number, target: WritableArray<T>): void {
    for (let done = 0; done < target.length; ) {
      const number = Math.floor((start + done) / this.#perSegment);
      const first = start + done - number * this.#perSegment;
      const count = Math.min(target.length - done, this.#perSegment - first);
      const { typed, view } = this.#segments[number]!;
      const part = target as unknown as Float64Array;
      if (typed !== undefined) part.set((typed as Float64Array).subarray(first, first + count), done);
      else if (this.#read === undefined)
        for (let i = 0; i < count; i++) target[done + i] = this.get(start + done + i);
      else
        readInto(
          part.subarray(done, done + count),
          view,
          first * this.#stride + this.#within,
          this.#stride,
          this.#read,
        );
      done += count;
    }
  }

  /** The typed array over elements from `start` on, without a copy, if the file has them so and in one piece. */
  typed(start: number, count: number): ElementArray | undefined {
    const number = Math.floor(start / this.#perSegment);
    const first = start - number * this.#perSegment;
    if (first + count > this.#perSegment) return undefined;
    return this.#segments[number]?.typed?.subarray(first, first + count);
  }

  #doubles(read: ReadDoubles, start: number, count: number, scratch: Float64Array): Float64Array {
    const direct = this.typed(start, count);
    if (direct instanceof Float64Array) return direct;
    if (direct !== undefined) {
      scratch.set(direct as Float32Array);
      return scratch.subarray(0, count);
    }
    for (let done = 0; done < count; ) {
      const number = Math.floor((start + done) / this.#perSegment);
      const first = start + done - number * this.#perSegment;
      const part = Math.min(count - done, this.#perSegment - first);
      const { view } = this.#segments[number]!;
      read(view, first * this.#stride + this.#within, this.#stride, scratch.subarray(done, done + part));
      done += part;
    }
    return scratch.subarray(0, count);
  }

  #bind(buffer: ArrayBuffer): Segment<T> {
    const view = new DataView(buffer);
    const { elements, size } = this.#layout;
    const contiguous = elements !== undefined && this.#stride === size;
    const typed = contiguous ? new elements(buffer, 0, Math.floor(buffer.byteLength / size)) : undefined;
    return { view, typed, ...this.#layout.access(view) };
  }

  /** The mapping that holds the elements. */
  get mapping(): Mapping {
    return this.#mapping;
  }
}

/** Fills any typed array with numbers at equal distances, by way of doubles where it is not one of them itself. */
function readInto(target: Float64Array, view: DataView, at: number, stride: number, read: ReadDoubles): void {
  if (target instanceof Float64Array) {
    read(view, at, stride, target);
    return;
  }
  const list: Float64Array = target;
  const scratch = new Float64Array(Math.min(blockLength, list.length));
  for (let done = 0; done < list.length; done += scratch.length) {
    const part = scratch.subarray(0, Math.min(scratch.length, list.length - done));
    read(view, at + done * stride, stride, part);
    list.set(part, done);
  }
}

/** The layout that an optional one is made of. */
function innerOf(description: LayoutDescription): LayoutDescription {
  return description.type === 'optional' ? description.value : description;
}

/** What values of a layout can be compared with. */
export function kindOf(description: LayoutDescription): ElementKind {
  switch (description.type) {
    case 'int64':
    case 'uint64':
      return description.as === 'number' ? 'number' : 'bigint';
    case 'bool8':
    case 'bool32':
      return 'boolean';
    case 'text':
      return 'string';
    case 'enumeration':
      return description.unknown === undefined ? 'name' : 'mixed';
    case 'complex64':
    case 'complex128':
      return 'complex';
    case 'struct':
      return 'record';
    case 'optional':
      return kindOf(description.value);
    case 'bits':
    case 'bytes':
    case 'pad':
    case 'array':
      return 'other';
    default:
      return 'number';
  }
}
