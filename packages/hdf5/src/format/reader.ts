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
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly place: Place,
    readonly sizes: Sizes,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

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
    return this.#view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true);
  }

  /** An unsigned integer of 1 to 8 bytes; refused above 2^53 - 1, where a number is no longer exact. */
  uint(width: number): number {
    const start = this.skip(width);
    let value = 0;
    for (let index = width - 1; index >= 0; index--) value = value * 256 + this.bytes[start + index]!;
    if (!Number.isSafeInteger(value)) throw this.bad('a number up to 2^53 - 1', String(value), start);
    return value;
  }

  /** A file address; `undefined` where the format says so by setting every bit. */
  address(): number | undefined {
    const start = this.position;
    const { offset: width } = this.sizes;
    this.skip(width);
    if (this.bytes.subarray(start, start + width).every((byte) => byte === 0xff)) return undefined;
    this.position = start;
    return this.uint(width);
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
    const start = this.position;
    const { length: width } = this.sizes;
    this.skip(width);
    if (this.bytes.subarray(start, start + width).every((byte) => byte === 0xff)) return Infinity;
    this.position = start;
    return this.uint(width);
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
    const start = this.position;
    const found = String.fromCharCode(...this.take(4));
    if (found === expected) return;
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
