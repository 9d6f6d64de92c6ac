import { errors } from '../errors.js';

/** Bytes of a page: what is loaded, kept for rollback, and committed as one. */
export const pageBytes = 4096;

/** The heap is divided every so many bytes. No chunk lies across a division; a larger one begins at one, and has its segment for itself. */
export const divisionBytes: number = 2 ** 20;

/** The largest chunk. */
export const mostChunkBytes: number = 2 ** 28;

/** How many divisions there are up to an address. */
export function divisionsTo(address: number): number {
  return Math.ceil(address / divisionBytes);
}

/** How many divisions a segment has that begins with this chunk. */
export function divisionsOf(chunk: Uint8Array): number {
  const size = 16 * new DataView(chunk.buffer, chunk.byteOffset).getUint32(8, true);
  // What is larger than a chunk can be is damaged, and whoever reads it notices.
  return size <= mostChunkBytes ? Math.max(1, divisionsTo(size)) : 1;
}

/** What the segments of a heap need of it. */
export interface SegmentOwner {
  /** A page whose stamp is this is ready for writing. */
  readonly epoch: number;
  /** Makes sure that bytes are in memory. */
  need(segment: Segment, at: number, length: number): void;
  /** Makes sure that bytes can be written. @throws OBJ_READ_ONLY, OBJ_CLOSED */
  own(segment: Segment, at: number, length: number): void;
}

/**
 * A stretch of the heap in memory: what lies between two divisions, or a large chunk. It never moves and never grows: growth
 * adds segments. Its pages are filled when they are first touched, so most of it may never have been in memory at all. Memory
 * is counted by the engine when it is reserved, and every so often garbage is collected because of that: so small segments
 * come for nothing, and large ones do not.
 *
 * What is declared is not defined before it is set: the engine would remember that it was undefined, and look on each read
 * whether it is. And a segment is itself a view of its bytes, which saves who has made sure that an object is there a step on
 * the way to them.
 */
export class Segment extends DataView<ArrayBuffer> {
  declare readonly heap: SegmentOwner;
  /** Its first byte's address in the heap. */
  declare readonly start: number;
  /** The same in granules of 16 bytes. */
  declare readonly startGranule: number;
  declare readonly bytes: Uint8Array;
  /** The way to its bytes. Closing the heap replaces it by one that throws, and so revokes all live objects. */
  declare view: DataView;
  /** The same bytes as 64-bit integers, which read three times as fast here as through the view. */
  declare readonly int64s: BigInt64Array;
  declare readonly uint64s: BigUint64Array;
  /** Another one whenever objects here may have gone: freed, rolled back, or closed with the heap. */
  generation = 0;
  /** By page: 0 not loaded, 1 loaded, else the epoch in which it was last made ready for writing. */
  declare readonly stamps: Int32Array;

  constructor(heap: SegmentOwner, start: number, divisions: number) {
    const size = divisions * divisionBytes;
    const bytes = reserve(size);
    super(bytes.buffer);
    this.heap = heap;
    this.start = start;
    this.startGranule = start / 16;
    this.bytes = bytes;
    this.view = this;
    this.int64s = new BigInt64Array(bytes.buffer);
    this.uint64s = new BigUint64Array(bytes.buffer);
    this.stamps = new Int32Array(size / pageBytes);
  }
}

function reserve(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    throw errors.OBJ_TOO_LARGE({
      message: `there is no memory for a segment of ${size} bytes`,
      length: size,
      cause,
    });
  }
}
