import { errors } from '../errors.js';
import type { Sizes } from './sizes.js';

/** Where a structure lies, for error messages: its name in the specification and its address. */
export interface Place {
  readonly structure: string;
  /** File address of the first byte, relative to the base address. */
  readonly address: number;
}

const utf8 = new TextDecoder('utf-8');

/**
 * Walks through the bytes of one structure. All integers of HDF5 metadata are little-endian. Reading past
 * the end is an error of the file, never of the caller: a structure that is too short for its own fields.
 *
 * @throws H5_TRUNCATED, H5_BAD_VALUE, H5_BAD_SIGNATURE
 */
export class Reader {
  position = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly place: Place,
    readonly sizes: Sizes,
  ) {}

  get remaining(): number {
    return this.bytes.length - this.position;
  }

  /** Moves on by `count` bytes and returns where they began. */
  skip(count: number): number {
    const start = this.position;
    if (count < 0 || start + count > this.bytes.length) {
      throw errors.H5_TRUNCATED({
        message: `${this.place.structure} at ${this.place.address} ends in the middle of a field`,
        structure: this.place.structure,
        offset: this.place.address + start,
        expected: `${count} more bytes`,
        found: `${this.remaining}`,
      });
    }
    this.position = start + count;
    return start;
  }

  u8(): number {
    const start = this.skip(1);
    return this.bytes[start]!;
  }

  u16(): number {
    const start = this.skip(2);
    return this.bytes[start]! | (this.bytes[start + 1]! << 8);
  }

  u32(): number {
    return this.#word(this.skip(4));
  }

  /** Four bytes as a number. Made of bytes, since a DataView for every small structure costs more than it saves. */
  #word(at: number): number {
    const { bytes } = this;
    return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
  }

  /** An unsigned integer of 8 bytes, whatever it is. */
  u64(): bigint {
    const start = this.skip(8);
    return BigInt(this.#word(start)) | (BigInt(this.#word(start + 4)) << 32n);
  }

  /** An unsigned integer of 1 to 8 bytes; refused above 2^53 - 1, where a number is no longer exact. */
  uint(width: number): number {
    const start = this.skip(width);
    let value = 0;
    if (width === 8) value = this.#word(start) + this.#word(start + 4) * 2 ** 32;
    else for (let index = width - 1; index >= 0; index--) value = value * 256 + this.bytes[start + index]!;
    if (!Number.isSafeInteger(value)) throw this.bad('a number up to 2^53 - 1', String(value), start);
    return value;
  }

  /** Whether the next `width` bytes are all ones, which is how the format says that there is nothing. */
  #allOnes(width: number): boolean {
    const end = this.position + width;
    if (end > this.bytes.length) return false;
    for (let at = this.position; at < end; at++) if (this.bytes[at] !== 0xff) return false;
    return true;
  }

  /** A file address; `undefined` where the format says so by setting every bit. In sets of members it becomes a position. */
  address(): number | undefined {
    const { offset: width, map } = this.sizes;
    if (this.#allOnes(width)) {
      this.position += width;
      return undefined;
    }
    if (map === undefined || width !== 8) return this.uint(width);
    return map.toPosition(this.u64());
  }

  /** A file address that has to be there. */
  definedAddress(field: string): number {
    const start = this.position;
    const address = this.address();
    if (address === undefined) throw this.bad(`an address for ${field}`, 'the undefined address', start);
    return address;
  }

  length(): number {
    return this.uint(this.sizes.length);
  }

  /** A dimension or length that may be "unlimited", all bits set: `Infinity` then. */
  extent(): number {
    const { length: width } = this.sizes;
    if (!this.#allOnes(width)) return this.uint(width);
    this.position += width;
    return Infinity;
  }

  /** The next `count` bytes themselves, not a copy. */
  take(count: number): Uint8Array {
    const start = this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  /** Text up to the first NUL, or all of `count` bytes. */
  text(count: number): string {
    const bytes = this.take(count);
    const end = bytes.indexOf(0);
    return utf8.decode(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /** Text up to a NUL that must come, and the NUL itself. */
  terminatedText(): string {
    const end = this.bytes.indexOf(0, this.position);
    if (end < 0) throw this.bad('text that ends in NUL', 'text that does not end', this.position);
    const text = this.text(end - this.position);
    this.skip(1);
    return text;
  }

  /** Checks the four letters a structure begins with. */
  signature(expected: string): void {
    const start = this.skip(4);
    let same = true;
    for (let index = 0; index < 4; index++) same &&= this.bytes[start + index] === expected.charCodeAt(index);
    if (same) return;
    const found = String.fromCharCode(...this.bytes.subarray(start, start + 4));
    throw errors.H5_BAD_SIGNATURE({
      message: `no ${this.place.structure} at ${this.place.address}: its signature is missing`,
      structure: this.place.structure,
      offset: this.place.address + start,
      expected: JSON.stringify(expected),
      found: JSON.stringify(found),
    });
  }

  /** The version byte, if it is one that is known. */
  version(...known: readonly number[]): number {
    const start = this.position;
    const version = this.u8();
    if (known.includes(version)) return version;
    throw this.bad(`version ${known.join(', ')}`, `version ${version}`, start);
  }

  /** An error that says what this structure holds in place of something valid. */
  bad(expected: string, found: string, at = this.position): Error {
    return errors.H5_BAD_VALUE({
      message: `${this.place.structure} at ${this.place.address}: expected ${expected}, found ${found}`,
      structure: this.place.structure,
      offset: this.place.address + at,
      expected,
      found,
    });
  }
}
