import { ioErrors } from '@terrane/driver';

/** A stretch of the file: bytes `start … start + bytes.length`. */
interface Segment {
  readonly start: number;
  bytes: Uint8Array;
  /** Somebody else's memory, to be read and never written. */
  readonly borrowed: boolean;
}

/** Copies of borrowed bytes are made in blocks of this size. */
const copyBlock = 64 * 1024;
/** Growth doubles the file, by steps between these. */
const leastGrowth = 64 * 1024;
const mostGrowth = 256 * 1024 * 1024;
/** Longer files are loaded in pieces: no typed array is asked to be larger. */
const longest = 2 ** 31;

/**
 * The bytes of a file in memory, as a few long segments that never move: growing copies nothing and leaves every
 * view of the old bytes alive. Borrowed segments (an image) are replaced block by block where they are written.
 */
export class Segments {
  #segments: Segment[] = [];
  #size = 0;
  readonly #growth: number;
  #mayBorrow = false;
  /** Counts the changes after which a view may have to be taken again. */
  generation = 0;

  /** @param increment - The least growth in bytes; growth is geometric anyway. */
  constructor(increment = leastGrowth) {
    this.#growth = Math.max(increment, leastGrowth);
  }

  get size(): number {
    return this.#size;
  }

  /** Makes these bytes the content, without a copy; when they are borrowed they are never written to. */
  adopt(bytes: Uint8Array, borrowed: boolean): void {
    this.#segments = bytes.length > 0 ? [{ start: 0, bytes, borrowed }] : [];
    this.#mayBorrow = borrowed;
    this.#size = bytes.length;
    this.generation++;
  }

  /** Zero bytes of this size, to be filled by {@link pieces}. */
  allocate(size: number): void {
    this.#segments = [];
    for (let start = 0; start < size; start += longest) {
      const bytes = allocate(Math.min(longest, size - start));
      this.#segments.push({ start, bytes, borrowed: false });
    }
    this.#size = size;
    this.generation++;
  }

  read(position: number, target: Uint8Array): number {
    const whole = this.view(position, target.length);
    if (whole) {
      target.set(whole);
      return whole.length;
    }
    let done = 0;
    for (const { at, bytes } of this.pieces(position, position + target.length)) {
      target.set(bytes, at - position);
      done += bytes.length;
    }
    return done;
  }

  write(position: number, source: Uint8Array): void {
    const end = position + source.length;
    if (end > this.#size) this.#grow(end);
    this.#own(position, end);
    for (const { at, bytes } of this.pieces(position, end)) {
      bytes.set(source.subarray(at - position, at - position + bytes.length));
    }
  }

  /** The bytes of a range, clamped at the end of the file, where they lie. */
  *pieces(from: number, to: number): Generator<{ readonly at: number; readonly bytes: Uint8Array }> {
    const end = Math.min(to, this.#size);
    let at = from;
    for (let index = at < end ? this.#indexOf(at) : 0; at < end; index++) {
      const { start, bytes } = this.#segments[index]!;
      const piece = bytes.subarray(at - start, Math.min(end - start, bytes.length));
      yield { at, bytes: piece };
      at += piece.length;
    }
  }

  /** The bytes of a range themselves, clamped at the end; nothing when they do not lie in one piece. */
  view(position: number, length: number): Uint8Array | undefined {
    const end = Math.min(position + length, this.#size);
    if (position >= end) return new Uint8Array(0);
    const { start, bytes } = this.#segments[this.#indexOf(position)]!;
    if (end - start > bytes.length) return undefined;
    return bytes.subarray(position - start, end - start);
  }

  /** Sets the size. What is gained is zero, also where there was something before. */
  resize(size: number): void {
    if (size > this.#size) this.#grow(size);
    if (size >= this.#size) return;
    this.#segments = this.#segments.filter(({ start }) => start < size);
    const last = this.#segments.at(-1);
    if (last?.borrowed) last.bytes = last.bytes.subarray(0, size - last.start);
    else last?.bytes.fill(0, size - last.start, this.#size - last.start);
    this.#size = size;
    this.generation++;
  }

  /** Invariant: what an owned segment holds beyond the size is zero. */
  #grow(size: number): void {
    const last = this.#segments.at(-1);
    const capacity = last ? last.start + last.bytes.length : 0;
    if (size > capacity) {
      // The new segment begins where the file ends, so what is appended at once lies in one piece.
      const step = Math.min(Math.max(this.#size, this.#growth), Math.max(mostGrowth, this.#growth));
      const wanted = Math.max(size - this.#size, step);
      const bytes = allocate(Math.min(wanted, Math.max(longest, size - this.#size)));
      if (last) last.bytes = last.bytes.subarray(0, this.#size - last.start);
      if (last?.bytes.length === 0) this.#segments.pop();
      this.#segments.push({ start: this.#size, bytes, borrowed: false });
    }
    this.#size = size;
  }

  /** Replaces the borrowed parts of a range by copies that may be written. */
  #own(from: number, to: number): void {
    if (!this.#mayBorrow) return;
    for (let index = this.#indexOf(from); index < this.#segments.length; index++) {
      const segment = this.#segments[index]!;
      if (segment.start >= to) return;
      if (!segment.borrowed) continue;
      const { start, bytes } = segment;
      const begin = Math.max(0, Math.floor((from - start) / copyBlock) * copyBlock);
      const end = Math.min(bytes.length, Math.ceil((to - start) / copyBlock) * copyBlock);
      const copy = allocate(end - begin);
      copy.set(bytes.subarray(begin, end));
      const parts: Segment[] = [
        { start, bytes: bytes.subarray(0, begin), borrowed: true },
        { start: start + begin, bytes: copy, borrowed: false },
        { start: start + end, bytes: bytes.subarray(end), borrowed: true },
      ];
      const kept = parts.filter((part) => part.bytes.length > 0);
      this.#segments.splice(index, 1, ...kept);
      index += kept.length - 1;
      this.generation++;
    }
  }

  /** The segment that holds a position below the size. */
  #indexOf(position: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#segments[middle]!.start <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function allocate(length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw ioErrors.IO_NO_SPACE({ message: `no memory for ${length} bytes`, length, cause });
  }
}
