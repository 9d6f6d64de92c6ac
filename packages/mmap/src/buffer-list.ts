import type { Backing } from './backing.js';
import { errors } from './errors.js';

interface Span {
  readonly start: number;
  readonly end: number;
  readonly buffer: ArrayBuffer;
}

/**
 * The ArrayBuffers a mapping has handed out. The big ones, its segments, are kept and shared by all views, because
 * a new one costs the garbage collector's attention; the ones asked for at odd places live as long as their views.
 */
export class BufferList {
  #segments: Span[] = [];
  #loose: WeakRef<ArrayBuffer>[] = [];
  #sweepAt = 64;

  constructor(
    private readonly backing: Backing,
    /** Bytes in a segment, when there are several. */
    private readonly segmentSize: number,
    /** Up to here the whole mapping is one segment. */
    private readonly wholeSize: number,
  ) {}

  /** How many segments `length` bytes make. */
  count(length: number): number {
    return length <= this.wholeSize ? 1 : Math.ceil(length / this.segmentSize);
  }

  /** The segment of that number. */
  segment(index: number, length: number): ArrayBuffer {
    const whole = length <= this.wholeSize;
    const start = whole ? 0 : index * this.segmentSize;
    return this.#keep(start, whole ? length : Math.min(length, start + this.segmentSize)).buffer;
  }

  /**
   * A buffer that holds the range, and where in it the range begins, at a multiple of `alignment`.
   *
   * @throws MAP_SEGMENTED when only a buffer over 2 GiB, or a copy, could hold it.
   */
  find(offset: number, size: number, alignment: number, length: number): [ArrayBuffer, number] {
    const end = offset + size;
    for (const span of this.#segments) {
      if (offset >= span.start && end <= span.end && (offset - span.start) % alignment === 0) {
        return [span.buffer, offset - span.start];
      }
    }
    const first = this.#segmentOf(offset, Math.max(length, this.backing.reach()));
    if (end <= first.end && (offset - first.start) % alignment === 0) {
      return [this.#keep(first.start, first.end).buffer, offset - first.start];
    }
    return [this.exact(offset, size), 0];
  }

  /** How many bytes from a place on lie in the same segment, up to `size`. */
  run(offset: number, size: number, length: number): number {
    return Math.min(size, this.#segmentOf(offset, length).end - offset);
  }

  /** Bytes that lie in one segment. */
  bytes(offset: number, size: number, length: number): Uint8Array<ArrayBuffer> {
    const [buffer, within] = this.find(offset, size, 1, length);
    return new Uint8Array(buffer, within, size);
  }

  /** A buffer of exactly that range, of its own. */
  exact(offset: number, size: number): ArrayBuffer {
    if (this.backing.kind === 'copied' || size >= 2 ** 31) {
      throw errors.MAP_SEGMENTED({
        message: `no single ArrayBuffer holds ${size} bytes at ${offset}`,
        op: 'view',
        offset,
        length: size,
        hint: 'take it from `segments`, piece by piece, or copy it with `read`',
      });
    }
    const buffer = this.backing.window(offset, size);
    this.#loose.push(new WeakRef(buffer));
    if (this.#loose.length > this.#sweepAt) {
      this.#loose = this.#loose.filter((held) => held.deref() !== undefined);
      this.#sweepAt = Math.max(64, this.#loose.length * 2);
    }
    return buffer;
  }

  /** Empties every view of every buffer that was handed out. */
  detachAll(): void {
    for (const { buffer } of this.#segments) this.backing.detach(buffer);
    for (const held of this.#loose) {
      const buffer = held.deref();
      if (buffer !== undefined) this.backing.detach(buffer);
    }
    this.#segments = [];
    this.#loose = [];
  }

  /** The segment that holds a place, in a mapping of that length. */
  #segmentOf(offset: number, length: number): { start: number; end: number } {
    const size = length <= this.wholeSize ? this.wholeSize : this.segmentSize;
    const start = Math.floor(offset / size) * size;
    return { start, end: Math.min(length, start + size) };
  }

  #keep(start: number, end: number): Span {
    const kept = this.#segments.find((span) => span.start === start && span.end === end);
    if (kept !== undefined) return kept;
    const span = { start, end, buffer: this.backing.window(start, end - start) };
    // A shorter one of before a growth goes on for those who have it.
    for (const old of this.#segments.filter((other) => other.start === start && other.end < end)) {
      this.#loose.push(new WeakRef(old.buffer));
      this.#segments.splice(this.#segments.indexOf(old), 1);
    }
    this.#segments.push(span);
    return span;
  }
}
