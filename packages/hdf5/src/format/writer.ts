import { type Sizes, wideSizes } from './sizes.js';

const utf8 = new TextEncoder();

/** Builds the bytes of one structure, little-endian, growing as it goes. The counterpart of `Reader`. */
export class Writer {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(
    readonly sizes: Sizes = wideSizes,
    capacity = 64,
  ) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Makes room; `#bytes` and `#view` may be others afterwards, so it is called before they are looked at. */
  #grow(count: number): number {
    const start = this.#length;
    const end = start + count;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = end;
    return start;
  }

  u8(value: number): this {
    const start = this.#grow(1);
    this.#view.setUint8(start, value);
    return this;
  }

  u16(value: number): this {
    const start = this.#grow(2);
    this.#view.setUint16(start, value, true);
    return this;
  }

  u32(value: number): this {
    const start = this.#grow(4);
    this.#view.setUint32(start, value, true);
    return this;
  }

  /** An unsigned integer of 1 to 8 bytes. */
  uint(value: number, width: number): this {
    const start = this.#grow(width);
    let rest = value;
    for (let index = 0; index < width; index++) {
      this.#bytes[start + index] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this;
  }

  /** A file address; every bit set for `undefined`. */
  address(value: number | undefined): this {
    const { offset: width, map } = this.sizes;
    if (value === undefined) return this.fill(0xff, width);
    if (map === undefined || width !== 8) return this.uint(value, width);
    const stored = map.toAddress(value);
    return this.u32(Number(stored & 0xffffffffn)).u32(Number(stored >> 32n));
  }

  size(value: number): this {
    return this.uint(value, this.sizes.length);
  }

  /** A dimension; every bit set for `Infinity`, which means unlimited. */
  extent(value: number): this {
    return value === Infinity ? this.fill(0xff, this.sizes.length) : this.size(value);
  }

  raw(bytes: Uint8Array): this {
    const start = this.#grow(bytes.length);
    this.#bytes.set(bytes, start);
    return this;
  }

  fill(value: number, count: number): this {
    const start = this.#grow(count);
    this.#bytes.fill(value, start, start + count);
    return this;
  }

  zeros(count: number): this {
    return this.fill(0, count);
  }

  /** Zeros up to the next multiple of `unit`, counted from the structure's first byte. */
  align(unit: number): this {
    return this.zeros((unit - (this.#length % unit)) % unit);
  }

  ascii(text: string): this {
    return this.raw(utf8.encode(text));
  }

  /** UTF-8 text and a NUL. */
  terminatedText(text: string): this {
    return this.ascii(text).u8(0);
  }

  /** What was written so far. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
