import { errors } from '../errors.js';
import { type Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { contentOf, type LiveObject, segmentKey } from '../live/live-object.js';
import { writeReference } from '../values/text-codec.js';

/*
 * A list, 16 bytes: reference to its elements (8), length (4), capacity (4). 256 KiB of elements at the most are a chunk with tag
 * 5, one after the other, without gaps. More are in pieces of 256 KiB, each a chunk with tag 5; then the reference leads to a
 * chunk with tag 11, which has the references to the pieces (8 each). So growth moves little, and who reads one element of
 * millions has little in memory.
 */
export const listBytes = 16;
const pieceBytes = 2 ** 18;
const referenceBytes = 8;
const mostElements = 2 ** 32 - 1;

/** The elements of one list: where they are, and room for more. */
export class Elements {
  /** Where the element is that was located last. */
  segment: Segment;
  readonly #list: LiveObject;
  readonly #chunks: Chunks;
  readonly #size: number;
  /** The chunk that was found last, by its position and serial number, and which elements there is room for in it. */
  #chunk = 0;
  #serial = 0;
  #first = 0;
  #count = 0;
  /** The directory of pieces that was found last. */
  #directory: Place | undefined;
  #directorySerial = 0;

  /** @param size - Bytes of an element. */
  constructor(list: LiveObject, chunks: Chunks, size: number) {
    this.segment = list[segmentKey];
    this.#list = list;
    this.#chunks = chunks;
    this.#size = size;
  }

  /** The position of an element of the list, which must still be there; its bytes need not be in memory. @throws OBJ_DAMAGED */
  locate(index: number): number {
    const place = index - this.#first;
    // A chunk leaves a list only when it is freed, or what made it is rolled back: then it has another number.
    const isSame =
      place >= 0 && place < this.#count && this.segment.view.getInt32(this.#chunk + 4, true) === this.#serial;
    return isSame ? this.#chunk + chunkHeader + place * this.#size : this.#find(index);
  }

  /** Makes room for one more when all is in use. @throws OBJ_TOO_LARGE */
  reserve(count: number): void {
    const segment = this.#list[segmentKey];
    const content = contentOf(this.#list);
    const capacity = segment.view.getUint32(content + 12, true);
    if (count <= capacity) return;
    segment.heap.own(segment, content, listBytes);
    if (capacity < perPiece(this.#size)) this.#grow(segment, content, capacity);
    else this.#addPiece(segment, content, capacity);
  }

  /** Moves elements to other places, which may be among the old ones. */
  move(from: number, to: number, count: number): void {
    const each = perPiece(this.#size);
    for (let done = 0; done < count; ) {
      // The end first when it is towards the end, and never more than is in one piece.
      const isBackwards = to > from;
      const left = count - done;
      const [fromRoom, toRoom] = [from, to].map((begin) => {
        return isBackwards ? ((begin + left - 1) % each) + 1 : each - ((begin + done) % each);
      }) as [number, number];
      const some = Math.min(left, fromRoom, toRoom);
      const skip = isBackwards ? left - some : done;
      this.#copy(from + skip, to + skip, some);
      done += some;
    }
  }

  /** Makes zeros of elements. */
  clear(from: number, count: number): void {
    const each = perPiece(this.#size);
    for (let index = from; index < from + count; ) {
      const some = Math.min(from + count - index, each - (index % each));
      const at = this.locate(index);
      const { segment } = this;
      this.#chunks.heap.own(segment, at, some * this.#size);
      segment.bytes.fill(0, at, at + some * this.#size);
      index += some;
    }
  }

  #copy(from: number, to: number, count: number): void {
    const { heap } = this.#chunks;
    const bytes = count * this.#size;
    const begin = this.locate(from);
    const source = this.segment;
    const target = this.locate(to);
    heap.need(source, begin, bytes);
    heap.own(this.segment, target, bytes);
    if (source === this.segment) source.bytes.copyWithin(target, begin, begin + bytes);
    else this.segment.bytes.set(source.bytes.subarray(begin, begin + bytes), target);
  }

  #find(index: number): number {
    const chunks = this.#chunks;
    const size = this.#size;
    const owner = this.#list[segmentKey];
    const content = contentOf(this.#list);
    let storage = this.#directory;
    if (!storage || storage.segment.view.getInt32(storage.at + 4, true) !== this.#directorySerial)
      storage = findStorage(chunks, owner, content);
    if (!storage || index >= roomOf(storage, size)) throw incomplete(chunks, owner, content);
    const each = perPiece(size);
    const isWhole = !isDirectory(storage);
    const place = isWhole ? index : index % each;
    let chunk = storage;
    if (!isWhole) {
      this.#directory = storage;
      this.#directorySerial = storage.segment.view.getInt32(storage.at + 4, true);
      const at = storage.at + chunkHeader + (referenceBytes * (index - place)) / each;
      chunks.heap.need(storage.segment, at, referenceBytes);
      chunk = pieceAt(chunks, storage.segment, at);
    }
    this.segment = chunk.segment;
    this.#chunk = chunk.at;
    this.#serial = chunk.segment.view.getInt32(chunk.at + 4, true);
    this.#first = index - place;
    this.#count = isWhole ? roomOf(chunk, size) : each;
    return chunk.at + chunkHeader + place * size;
  }

  /** A larger chunk for elements that are in one. */
  #grow(segment: Segment, content: number, capacity: number): void {
    const chunks = this.#chunks;
    const old = findStorage(chunks, segment, content);
    const wanted = Math.min(perPiece(this.#size), Math.max(4, 2 * capacity));
    const made = chunks.allocate(tags.elements, wanted * this.#size);
    const used = segment.view.getUint32(content + 8, true) * this.#size;
    if (old) replace(chunks, old, made, used);
    writeReference(segment, content, made);
    segment.view.setUint32(content + 12, roomOf(made, this.#size), true);
  }

  #addPiece(segment: Segment, content: number, capacity: number): void {
    const chunks = this.#chunks;
    const each = perPiece(this.#size);
    const pieces = capacity / each;
    if (capacity + each > mostElements)
      throw errors.OBJ_TOO_LARGE({ message: 'a list has at most 2^32 elements', length: capacity + 1 });
    let directory = findStorage(chunks, segment, content)!;
    if (!isDirectory(directory) || roomOf(directory, this.#size) === capacity) {
      const made = chunks.allocate(tags.pieces, 2 * pieces * referenceBytes);
      if (isDirectory(directory)) replace(chunks, directory, made, pieces * referenceBytes);
      else writeReference(made.segment, made.at + chunkHeader, directory);
      directory = made;
      // Whether or not there is room for the piece: this is as good as what was there before.
      writeReference(segment, content, made);
    }
    const piece = chunks.allocate(tags.elements, pieceBytes);
    const at = directory.at + chunkHeader + pieces * referenceBytes;
    chunks.heap.own(directory.segment, at, referenceBytes);
    writeReference(directory.segment, at, piece);
    segment.view.setUint32(content + 12, capacity + each, true);
  }
}

/** A stretch of elements that lie one after the other. */
export interface Stretch extends Place {
  /** The chunk they are in. */
  readonly chunk: Place;
  readonly count: number;
}

/**
 * Where the elements of a list are, and what else is there for them.
 *
 * @param lose - Given where damage is to be survived: is told of pieces that are lost, and the others are returned.
 * @throws OBJ_DAMAGED
 */
export function stretchesOf(
  chunks: Chunks,
  { segment, at }: Place,
  size: number,
  lose?: (error: unknown) => void,
): { readonly directory: Place | undefined; readonly stretches: readonly Stretch[] } {
  const content = at + chunkHeader;
  const storage = findStorage(chunks, segment, content);
  const length = segment.view.getUint32(content + 8, true);
  const capacity = segment.view.getUint32(content + 12, true);
  if (length > (storage ? roomOf(storage, size) : 0)) throw incomplete(chunks, segment, content);
  if (!storage) return { directory: undefined, stretches: [] };
  const stretchOf = (chunk: Place, count: number): Stretch => {
    chunks.heap.need(chunk.segment, chunk.at, chunkHeader + count * size);
    return { segment: chunk.segment, at: chunk.at + chunkHeader, chunk, count };
  };
  if (!isDirectory(storage)) return { directory: undefined, stretches: [stretchOf(storage, length)] };
  const each = perPiece(size);
  const pieces = capacity / each;
  if (capacity < length || capacity > roomOf(storage, size) || !Number.isInteger(pieces))
    throw incomplete(chunks, segment, content);
  chunks.heap.need(storage.segment, storage.at, chunkHeader + pieces * referenceBytes);
  const stretches: Stretch[] = [];
  for (let index = 0; index < pieces; index++) {
    try {
      const piece = pieceAt(chunks, storage.segment, storage.at + chunkHeader + index * referenceBytes);
      stretches.push(stretchOf(piece, Math.min(each, Math.max(0, length - index * each))));
    } catch (error) {
      if (!lose) throw error;
      lose(error);
    }
  }
  return { directory: storage, stretches };
}

/** How many elements there are in a piece. */
export function perPiece(size: number): number {
  return pieceBytes / size;
}

function isDirectory({ segment, at }: Place): boolean {
  return segment.view.getUint32(at, true) === tags.pieces;
}

/** For how many elements there is room in a chunk, or in the pieces that a directory has room for. */
function roomOf(storage: Place, size: number): number {
  const bytes = storage.segment.view.getUint32(storage.at + 8, true) * 16 - chunkHeader;
  const each = perPiece(size);
  return isDirectory(storage)
    ? Math.floor(bytes / referenceBytes) * each
    : Math.min(each, Math.floor(bytes / size));
}

/** Puts what a chunk holds into another one, and frees it. */
function replace(chunks: Chunks, old: Place, made: Place, used: number): void {
  const { heap } = chunks;
  const begin = old.at + chunkHeader;
  if (used > 0) {
    heap.need(old.segment, begin, used);
    heap.own(made.segment, made.at + chunkHeader, used);
    made.segment.bytes.set(old.segment.bytes.subarray(begin, begin + used), made.at + chunkHeader);
  }
  chunks.free(old);
}

/** What the reference of a list leads to, when there is anything. @throws OBJ_DAMAGED */
function findStorage(chunks: Chunks, segment: Segment, at: number): Place | undefined {
  const granule = segment.view.getUint32(at, true);
  if (granule === 0) return undefined;
  const place = chunks.find(granule, segment.view.getInt32(at + 4, true));
  const tag = place?.segment.view.getUint32(place.at, true);
  if (tag === tags.elements || tag === tags.pieces) return place;
  throw chunks.damaged('a list does not lead to its elements', segment.start + at);
}

function pieceAt(chunks: Chunks, segment: Segment, at: number): Place {
  const granule = segment.view.getUint32(at, true);
  const piece = granule === 0 ? undefined : chunks.find(granule, segment.view.getInt32(at + 4, true));
  const isPiece = piece && piece.segment.view.getUint32(piece.at, true) === tags.elements;
  if (isPiece && piece.segment.view.getUint32(piece.at + 8, true) * 16 >= chunkHeader + pieceBytes)
    return piece;
  throw chunks.damaged('a list does not lead to its elements', segment.start + at);
}

function incomplete(chunks: Chunks, segment: Segment, at: number): Error {
  return chunks.damaged('the elements of a list are not all there', segment.start + at);
}
