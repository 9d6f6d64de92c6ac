import { errors } from '../errors.js';
import { type Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { contentOf, LiveObject, plainKey, segmentKey } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { showObject } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import { countBytes } from '../schema/counted-kinds.js';
import type { BufferKind } from '../schema/kinds.js';
import { writeReference } from '../values/text-codec.js';
import { formats, type NumberArray } from './buffer-format.js';
import {
  contiguous,
  copied,
  type Items,
  itemsOf,
  type MemoryView,
  makeView,
  packed,
  type Viewable,
  type ViewOptions,
  viewKey,
} from './memory-view.js';

/*
 * A buffer, 24 bytes and 16 for each dimension: reference to its data (8), bytes of an item (4), number of dimensions (4),
 * format in ASCII, padded with zeros (8), sizes (8 each), strides in bytes (8 each). The data are a chunk with tag 7, in the
 * order of C.
 */
const contentBytes = 24;
const mostDimensions = 32;

/** An n-dimensional buffer of numbers in the store. */
export class PersistentBuffer extends LiveObject implements Viewable {
  readonly #realm: TypeContext;

  /** @internal */
  constructor(realm: TypeContext, segment: Segment, at: number, serial: number) {
    super(segment, at, serial);
    this.#realm = realm;
  }

  /**
   * The items, without a copy. What is written to them belongs to the transaction, and is committed and rolled back with
   * it. They are not revoked by closing: after that, they are plain memory.
   */
  [viewKey]({ copy, unsafe }: ViewOptions): MemoryView {
    const { views, chunks } = this.#realm;
    const { heap } = chunks;
    const readOnly = !heap.home.writable;
    const { place, ...items } = readItems(chunks, this[segmentKey], contentOf(this));
    if (copy) return makeView(copied(items), { readOnly });
    if (items.data.byteLength > 0) heap.expose(place.segment, place.at + chunkHeader, items.data.byteLength);
    const released = () => views.delete(view);
    const view = makeView(items, { readOnly, released, ...(readOnly && !unsafe && { refuse }) });
    views.set(view, this.toString());
    return view;
  }

  /** The items in a typed array of its own, in the order of C. */
  copy(): NumberArray {
    const { data } = readItems(this.#realm.chunks, this[segmentKey], contentOf(this));
    return data.slice() as NumberArray;
  }

  /** `<persistent Buffer object @offset 0x1040L>` */
  override toString(): string {
    return showObject('Buffer', this);
  }

  /** The items, as an array of numbers. */
  override toJSON(): unknown {
    return Array.from(this.copy() as Float64Array);
  }

  /** @internal */
  override [plainKey](): unknown {
    return this.copy();
  }
}

function refuse(): never {
  throw errors.OBJ_READ_ONLY({
    message: 'the memory of a store or snapshot that is read-only could be written through a typed array',
    op: 'memoryView',
    hint: 'ask for { copy: true }, or for { unsafe: true } and write nothing; at() and toBytes() read it as it is',
  });
}

/** Reads and checks all of a buffer; its data are in memory after that. @throws OBJ_DAMAGED */
function readItems(chunks: Chunks, segment: Segment, at: number): Items & { readonly place: Place } {
  const { view } = segment;
  const damaged = () => chunks.damaged('a buffer makes no sense', segment.start + at, 'buffer');
  const count = view.getUint32(at + 12, true);
  const length = view.getUint32(at - 4, true);
  if (count > mostDimensions || length < contentBytes + 16 * count) throw damaged();
  chunks.heap.need(segment, at, length);
  const letters = segment.bytes.subarray(at + 16, at + 24);
  const format = String.fromCharCode(...letters.filter((byte) => byte !== 0));
  const known = Object.hasOwn(formats, format) ? formats[format]! : undefined;
  const place = chunks.find(view.getUint32(at, true), view.getInt32(at + 4, true));
  if (!known || known.itemSize !== view.getUint32(at + 8, true) || !place) throw damaged();
  const number = (position: number) => Number(view.getBigInt64(at + contentBytes + 8 * position, true));
  const shape = Array.from({ length: count }, (_, axis) => number(axis));
  const strides = Array.from({ length: count }, (_, axis) => number(count + axis));
  const items = shape.reduce((product, size) => product * size, 1);
  const bytes = place.segment.view.getUint32(place.at + 12, true);
  const steps = contiguous(shape);
  const ordered = strides.every((stride, axis) => stride === steps[axis]! * known.itemSize);
  const isData = place.segment.view.getUint32(place.at, true) === tags.data;
  if (!isData || !ordered || shape.some((size) => size < 0) || items * known.itemSize !== bytes)
    throw damaged();
  if (bytes > 0) chunks.heap.need(place.segment, place.at + chunkHeader, bytes);
  const data = known.over(place.segment.bytes.buffer, place.at + chunkHeader, items);
  return { format, itemSize: known.itemSize, shape, strides, data, place };
}

/** The type of buffers. */
export function bufferType(realm: TypeContext, kind: BufferKind, tag: number): LiveType {
  const { chunks } = realm;
  const more = realm.isCounted(kind) ? countBytes : 0;
  const dataOf = ({ segment, at }: Place) => {
    const granule = segment.view.getUint32(at + chunkHeader, true);
    return granule === 0
      ? undefined
      : chunks.find(granule, segment.view.getInt32(at + chunkHeader + 4, true));
  };
  return {
    tag,
    name: 'Buffer',
    size: contentBytes + more,
    counted: more > 0,
    accepts: new Set([tag]),
    check: (value) => void itemsOf(value),
    create: (value) => {
      const items = itemsOf(value);
      const bytes = packed(items);
      const { shape, format, itemSize } = items;
      const data = chunks.allocate(tags.data, bytes.length);
      if (bytes.length > 0) chunks.heap.own(data.segment, data.at + chunkHeader, bytes.length);
      data.segment.bytes.set(bytes, data.at + chunkHeader);
      const place = chunks.allocate(tag, contentBytes + 16 * shape.length + more);
      const { segment } = place;
      const at = place.at + chunkHeader;
      chunks.heap.own(segment, at, contentBytes + 16 * shape.length);
      writeReference(segment, at, data);
      segment.view.setUint32(at + 8, itemSize, true);
      segment.view.setUint32(at + 12, shape.length, true);
      segment.view.setUint8(at + 16, format.charCodeAt(0));
      const strides = contiguous(shape).map((step) => step * itemSize);
      for (const [index, number] of [...shape, ...strides].entries()) {
        segment.view.setBigInt64(at + contentBytes + 8 * index, BigInt(number), true);
      }
      return place;
    },
    open: (segment, at) => new PersistentBuffer(realm, segment, at, segment.view.getInt32(at + 4, true)),
    free: (place) => {
      const data = dataOf(place);
      if (data) chunks.free(data);
      chunks.free(place);
    },
    trace: (place, visit) => {
      const data = dataOf(place);
      if (data) visit(data);
    },
  };
}
