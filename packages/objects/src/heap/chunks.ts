import { errors } from '../errors.js';
import { classCount, classOf, granuleBytes, granulesOf, mostGranules } from './chunk-class.js';
import type { Heap } from './heap.js';
import { divisionBytes, divisionsTo, pageBytes, type Segment } from './segment.js';

/*
 * The heap, all little-endian, addresses in granules of 16 bytes:
 *
 *     0    4  'TOBH'
 *     4    4  version, 1
 *     8    8  top: the first byte that was never used
 *    16    4  the next serial number
 *    20    8  reference to the root object
 *    28    8  reference to the schema, a text
 *    40    8  number of chunks in use
 *    48    8  their bytes
 *    64  832  first free chunk of each of the 208 classes, or 0
 *   896    8  reference to the directory of indexes, or 0
 *   904    8  reference to the registry of interned texts, or 0
 *  1024    …  chunks, one after the other up to the top, none across a division, save for large ones that begin at one
 *
 * A chunk begins at a multiple of 16:
 *
 *     0    4  tag: what it is
 *     4    4  serial number, from 1; 0 when it is free
 *     8    4  its size in granules, these 16 bytes included
 *    12    4  bytes in use after these 16
 *    16    …  content; of a free chunk: the next free one of its class (4), or 0
 *
 * A reference is 8 bytes: address in granules (4), serial (4); all zero for none.
 */
const magic = 0x48424f54;
const version = 1;
const firstChunk = 1024;
const classesAt = 64;
/** The longest heap that the format has addresses for; a division less, so that its end has one, too. */
export const mostBytes: number = 2 ** 36 - divisionBytes;
const lastSerial = 0x7fff_ffff;

/** Where the heap's references to the root object and to the schema are. */
export const rootAt = 20;
export const schemaAt = 28;
/** Where it has its reference to the registry of interned texts. */
export const internedAt = 904;

/** Where it has its reference to the directory of indexes. */
export const indexesAt = 896;

/** Where the header has references. */
export type HeaderReference = typeof rootAt | typeof schemaAt | typeof indexesAt | typeof internedAt;

/** Bytes before the content of a chunk. */
export const chunkHeader = 16;

/** The most bytes that a new chunk can have for all of them to be ready for writing. */
export const readyBytes = 1024;

/** Tags of chunks that are not objects of the schema. Objects have tags from 16 on. */
export const tags = {
  free: 1,
  gap: 2,
  text: 3,
  bytes: 4,
  elements: 5,
  table: 6,
  data: 7,
  registry: 8,
  node: 9,
  indexes: 10,
  pieces: 11,
} as const;

/** Objects of the schema have tags from this one on. */
export const firstObjectTag = 16;

/** Whether a chunk with this tag is part of something else. */
export function isPartTag(tag: number): boolean {
  return tag >= tags.text && tag <= tags.pieces;
}

/** A chunk in memory. */
export interface Place {
  readonly segment: Segment;
  /** Where it begins in the segment. */
  readonly at: number;
}

/** Figures of the heap. */
export interface ChunkFigures {
  readonly chunks: number;
  readonly bytes: number;
  /** Bytes from the beginning of the heap to its top. */
  readonly top: number;
}

/** Malloc and free in a heap: size classes with free lists, all kept in the heap itself, so that rollback undoes both. */
export class Chunks {
  readonly heap: Heap;
  /** Serials are not given out again after a rollback, since live objects of what was rolled back may be around. */
  #serial = 1;
  /** Holds the header. */
  readonly #first: Segment;

  constructor(heap: Heap) {
    this.heap = heap;
    this.#first = heap.segmentAt(0);
    heap.need(this.#first, 0, firstChunk);
    if (heap.home.pages > 0) this.#check();
  }

  /** Makes the heap of a new store. */
  format(): void {
    const { heap } = this;
    const segment = heap.segmentAt(0);
    heap.own(segment, 0, firstChunk);
    segment.view.setUint32(0, magic, true);
    segment.view.setUint32(4, version, true);
    setLong(segment.view, 8, firstChunk);
    segment.view.setUint32(16, 1, true);
  }

  get top(): number {
    return getLong(this.#first.view, 8);
  }

  /** How many pages the heap has. */
  get pages(): number {
    return Math.ceil(this.top / pageBytes);
  }

  get figures(): ChunkFigures {
    const { view } = this.#first;
    return { chunks: getLong(view, 40), bytes: getLong(view, 48), top: this.top };
  }

  /** A reference in the header; its granule is 0 when there is none. */
  readRoot(at: HeaderReference): { granule: number; serial: number } {
    const { view } = this.#first;
    return { granule: view.getUint32(at, true), serial: view.getUint32(at + 4, true) };
  }

  writeRoot(at: HeaderReference, place: Place): void {
    const header = this.#header();
    header.setUint32(at, (place.segment.start + place.at) / granuleBytes, true);
    header.setInt32(at + 4, place.segment.view.getInt32(place.at + 4, true), true);
  }

  /** Before a commit: what is only known here goes into the header. */
  settle(): void {
    if (this.#first.view.getUint32(16, true) !== this.#serial)
      this.#header().setUint32(16, this.#serial, true);
  }

  /** Makes sure that the heap could grow by so many bytes, before something begins that must not end halfway. @throws OBJ_TOO_LARGE */
  reserve(bytes: number): void {
    const { top } = this;
    // What does not fit before a division begins after it.
    const gaps = divisionsTo(top) === divisionsTo(top + bytes) ? 0 : bytes;
    this.#checkEnd(top + bytes + gaps);
  }

  /** A new chunk for `length` bytes, all zero. Of a small one, {@link readyBytes}, all is ready for writing. @throws OBJ_TOO_LARGE */
  allocate(tag: number, length: number): Place {
    const wanted = Math.max(2, Math.ceil((length + chunkHeader) / granuleBytes));
    if (!(wanted <= mostGranules)) {
      throw errors.OBJ_TOO_LARGE({ message: `an object of ${length} bytes; the most are 256 MiB`, length });
    }
    const index = classOf(wanted);
    const granules = granulesOf(index);
    const size = granules * granuleBytes;
    const place = this.#takeFree(index, granules) ?? this.#takeTop(size);
    const { segment, at } = place;
    const { view } = segment;
    this.heap.own(segment, at, length <= readyBytes ? chunkHeader + length : chunkHeader);
    const serial = this.#serial;
    this.#serial = serial === lastSerial ? 1 : serial + 1;
    view.setUint32(at, tag, true);
    view.setInt32(at + 4, serial, true);
    view.setUint32(at + 8, granules, true);
    view.setUint32(at + 12, length, true);
    const header = this.#header();
    addLong(header, 40, 1);
    addLong(header, 48, size);
    return place;
  }

  /** Gives a chunk back. Live objects of it end. */
  free({ segment, at }: Place): void {
    const { heap } = this;
    const { view } = segment;
    heap.own(segment, at, chunkHeader + 4);
    const granules = view.getUint32(at + 8, true);
    const head = classesAt + 4 * classOf(granules);
    if (view.getUint32(at, true) >= firstObjectTag) segment.generation++;
    view.setUint32(at, tags.free, true);
    view.setInt32(at + 4, 0, true);
    view.setUint32(at + 12, 0, true);
    const header = this.#header();
    view.setUint32(at + chunkHeader, header.getUint32(head, true), true);
    header.setUint32(head, (segment.start + at) / granuleBytes, true);
    addLong(header, 40, -1);
    addLong(header, 48, -granules * granuleBytes);
  }

  /**
   * The chunk that a reference leads to, with `length` bytes at the least after its header in memory. Nothing when it was
   * freed, or its place belongs to another one by now.
   *
   * @throws OBJ_DAMAGED when the reference leads out of the heap, or to what is no chunk.
   */
  find(granule: number, serial: number, length = 0): Place | undefined {
    const { heap } = this;
    // In granules all numbers are small, which the engine counts with faster than with addresses.
    const top = this.#topGranule();
    if (granule < firstChunk / granuleBytes || granule >= top || serial <= 0) {
      const address = granule * granuleBytes;
      throw this.damaged(`a reference leads out of the heap, to ${address}`, address);
    }
    const segment = heap.segmentOf(granule);
    const at = (granule - segment.startGranule) * granuleBytes;
    heap.need(segment, at, chunkHeader);
    const { view } = segment;
    if (view.getInt32(at + 4, true) !== serial) return undefined;
    const granules = view.getUint32(at + 8, true);
    const used = view.getUint32(at + 12, true) + chunkHeader;
    if (
      granule + granules > top ||
      at + granules * granuleBytes > segment.byteLength ||
      used > granules * granuleBytes
    )
      throw this.damaged('a chunk is larger than what holds it', granule * granuleBytes);
    if (used < chunkHeader + length)
      throw this.damaged('a chunk is too small for what it should hold', granule * granuleBytes);
    if (length > 0) heap.need(segment, at, chunkHeader + length);
    return { segment, at };
  }

  /** The top in granules. */
  #topGranule(): number {
    const { view } = this.#first;
    return ((view.getUint32(8, true) >>> 4) | (view.getUint32(12, true) << 28)) >>> 0;
  }

  damaged(message: string, offset: number, structure = 'heap'): Error {
    return errors.OBJ_DAMAGED({ message, structure, offset });
  }

  /** All chunks from the first to the top. @throws OBJ_DAMAGED when they do not follow each other without gaps. */
  *walk(): Generator<Place & { readonly tag: number; readonly granules: number }> {
    for (let address = firstChunk; address < this.top; ) {
      const segment = this.heap.segmentAt(address);
      const at = address - segment.start;
      this.heap.need(segment, at, chunkHeader);
      const tag = segment.view.getUint32(at, true);
      const granules = segment.view.getUint32(at + 8, true);
      const size = granules * granuleBytes;
      if (size === 0 || at + size > segment.bytes.length)
        throw this.damaged('a chunk of an impossible size', address);
      yield { segment, at, tag, granules };
      address += size;
    }
  }

  /** The addresses in the free lists. Their user must notice when one leads in a circle. @throws OBJ_DAMAGED */
  *freeChunks(): Generator<number> {
    for (let index = 0; index < classCount; index++) {
      for (let granule = this.#first.view.getUint32(classesAt + 4 * index, true); granule !== 0; ) {
        const address = granule * granuleBytes;
        yield address;
        const segment = this.heap.segmentAt(address);
        const at = address - segment.start;
        this.heap.need(segment, at, chunkHeader + 4);
        if (segment.view.getUint32(at + 8, true) !== granulesOf(index)) {
          throw this.damaged('a chunk is in the free list of another size', address);
        }
        granule = segment.view.getUint32(at + chunkHeader, true);
      }
    }
  }

  #takeFree(index: number, granules: number): Place | undefined {
    const head = classesAt + 4 * index;
    const granule = this.#first.view.getUint32(head, true);
    if (granule === 0) return undefined;
    const address = granule * granuleBytes;
    if (address < firstChunk || address >= this.top)
      throw this.damaged('a free list leads out of the heap', address);
    const segment = this.heap.segmentAt(address);
    const at = address - segment.start;
    this.heap.need(segment, at, chunkHeader + 4);
    // A list that runs in a circle ends here, too: what was taken once is not free any more.
    const isFree = segment.view.getUint32(at, true) === tags.free;
    if (
      !isFree ||
      segment.view.getUint32(at + 8, true) !== granules ||
      at + granules * 16 > segment.bytes.length
    ) {
      throw this.damaged('a free list leads to what is not free', address);
    }
    this.#header().setUint32(head, segment.view.getUint32(at + chunkHeader, true), true);
    this.heap.own(segment, at, granules * granuleBytes);
    segment.bytes.fill(0, at + chunkHeader, at + granules * granuleBytes);
    return { segment, at };
  }

  #takeTop(size: number): Place {
    const { heap, top } = this;
    const division = divisionsTo(top) * divisionBytes;
    const address = top + size <= division ? top : division;
    const divisions = divisionsTo(size);
    // A large one has all its divisions for itself.
    const end = divisions > 1 ? address + divisions * divisionBytes : address + size;
    this.#checkEnd(end);
    const segment = divisions > 1 ? heap.segmentFor(address, divisions) : heap.segmentAt(address);
    this.#leaveGap(top, address);
    this.#leaveGap(address + size, end);
    setLong(this.#header(), 8, end);
    return { segment, at: address - segment.start };
  }

  #checkEnd(end: number): void {
    const limit = Math.min(this.heap.limit, mostBytes);
    if (end <= limit) return;
    throw errors.OBJ_TOO_LARGE({ message: `the heap would be longer than ${limit} bytes`, length: end });
  }

  #leaveGap(address: number, end: number): void {
    if (address === end) return;
    const segment = this.heap.segmentAt(address);
    const at = address - segment.start;
    this.heap.own(segment, at, chunkHeader);
    segment.view.setUint32(at, tags.gap, true);
    segment.view.setUint32(at + 8, (end - address) / granuleBytes, true);
  }

  #check(): void {
    const segment = this.heap.segmentAt(0);
    this.heap.need(segment, 0, firstChunk);
    const { view } = segment;
    if (view.getUint32(0, true) !== magic) throw this.damaged('the heap does not begin as one does', 0);
    if (view.getUint32(4, true) !== version) {
      throw errors.OBJ_TOO_NEW({
        message: `heap version ${view.getUint32(4, true)}`,
        structure: 'heap',
        offset: 4,
      });
    }
    const { top } = this;
    if (
      !(
        top >= firstChunk &&
        top <= mostBytes &&
        top % granuleBytes === 0 &&
        Math.ceil(top / pageBytes) <= this.heap.home.pages
      )
    ) {
      throw this.damaged(`the heap cannot end at ${top}`, 8);
    }
    this.#serial = view.getUint32(16, true);
    if (this.#serial === 0 || this.#serial > lastSerial) throw this.damaged('the next serial is none', 16);
  }

  /** The header, ready for writing. */
  #header(): DataView {
    const first = this.#first;
    if (first.stamps[0] !== this.heap.epoch) this.heap.own(first, 0, firstChunk);
    return first.view;
  }
}

function getLong(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

function setLong(view: DataView, at: number, value: number): void {
  // What a number has above its lower 32 bits is left out.
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}

function addLong(view: DataView, at: number, count: number): void {
  setLong(view, at, getLong(view, at) + count);
}
