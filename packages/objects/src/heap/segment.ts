import { errors } from '../errors.js';

/** Bytes of a page: what is loaded, kept for rollback, and committed as one. */
export const pageBytes = 4096;

const mebibyte = 2 ** 20;

/** The largest segment, and so the largest chunk. */
export const largestSegment = 256 * mebibyte;

/** Which segment an address lies in: the first is 1 MiB, each next one as long as all before, up to 256 MiB. */
export function segmentIndex(address: number): number {
  const mebibytes = Math.floor(address / mebibyte);
  return mebibytes < 256 ? 32 - Math.clz32(mebibytes) : 8 + Math.floor(mebibytes / 256);
}

/** Where a segment begins in the heap. */
export function segmentStart(index: number): number {
  if (index === 0) return 0;
  return index <= 8 ? 2 ** (index - 1) * mebibyte : (index - 8) * largestSegment;
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
 * A stretch of the heap in memory. It never moves and never grows: growth adds segments. Its pages are filled when they
 * are first touched, so most of it may never have been in memory at all. What is declared is not defined before it is set: the
 * engine would remember that it was undefined, and look on each read whether it is.
 */
export class Segment {
  declare readonly heap: SegmentOwner;
  /** Its first byte's address in the heap. */
  declare readonly start: number;
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

  constructor(heap: SegmentOwner, index: number) {
    const size = segmentStart(index + 1) - segmentStart(index);
    this.heap = heap;
    this.start = segmentStart(index);
    this.bytes = reserve(size);
    this.view = new DataView(this.bytes.buffer);
    this.int64s = new BigInt64Array(this.bytes.buffer);
    this.uint64s = new BigUint64Array(this.bytes.buffer);
    this.stamps = new Int32Array(size / pageBytes);
  }
}

function reserve(size: number): Uint8Array {
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
