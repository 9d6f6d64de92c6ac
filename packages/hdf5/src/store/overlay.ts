/**
 * Bytes that were changed and not yet written to the file: sorted ranges that do not overlap. A range is as
 * exact as the write that made it, so nothing has to be read in order to write, and a flush writes only
 * what changed.
 */
export class Overlay {
  readonly #starts: number[] = [];
  readonly #ranges: Uint8Array[] = [];
  readonly #orders: number[] = [];

  get empty(): boolean {
    return this.#starts.length === 0;
  }

  /** The ranges by ascending address, each with the order it was given. */
  *[Symbol.iterator](): IterableIterator<readonly [address: number, bytes: Uint8Array, order: number]> {
    for (const [index, start] of this.#starts.entries()) {
      yield [start, this.#ranges[index]!, this.#orders[index]!];
    }
  }

  clear(): void {
    this.#starts.length = 0;
    this.#ranges.length = 0;
    this.#orders.length = 0;
  }

  /** Index of the first range that ends behind `address`. */
  #search(address: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! + this.#ranges[middle]!.length <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The bytes themselves when one range holds all of them. */
  covered(address: number, length: number): Uint8Array | undefined {
    const index = this.#search(address);
    const start = this.#starts[index];
    if (start === undefined || start > address) return undefined;
    const range = this.#ranges[index]!;
    if (address + length > start + range.length) return undefined;
    return range.subarray(address - start, address - start + length);
  }

  /** Whether any changed byte lies in the range. */
  touches(address: number, length: number): boolean {
    const start = this.#starts[this.#search(address)];
    return start !== undefined && start < address + length;
  }

  /** Puts every changed byte of the range that begins at `address` into `target`. */
  patch(address: number, target: Uint8Array): void {
    const end = address + target.length;
    for (let index = this.#search(address); index < this.#starts.length; index++) {
      const start = this.#starts[index]!;
      if (start >= end) return;
      const range = this.#ranges[index]!;
      const from = Math.max(start, address);
      const to = Math.min(start + range.length, end);
      target.set(range.subarray(from - start, to - start), from - address);
    }
  }

  /**
   * Takes over `bytes`, which belong to the overlay from now on, over whatever stood there. A range made of several
   * has the highest order of them.
   */
  write(address: number, bytes: Uint8Array, order = 0): void {
    if (bytes.length === 0) return;
    const first = this.#search(address);
    const range = this.#ranges[first];
    if (range !== undefined && this.#starts[first]! <= address) {
      const at = address - this.#starts[first]!;
      if (at + bytes.length <= range.length) {
        if (bytes.length === range.length) this.#ranges[first] = bytes;
        else range.set(bytes, at);
        this.#orders[first] = Math.max(this.#orders[first]!, order);
        return;
      }
    }
    let last = first;
    while (last < this.#starts.length && this.#starts[last]! < address + bytes.length) last++;
    // Ranges that merely touch stay apart: joining them would copy a growing file again and again.
    if (first === last) {
      this.#starts.splice(first, 0, address);
      this.#ranges.splice(first, 0, bytes);
      this.#orders.splice(first, 0, order);
      return;
    }
    const start = Math.min(address, this.#starts[first]!);
    const tail = this.#starts[last - 1]! + this.#ranges[last - 1]!.length;
    const joined = new Uint8Array(Math.max(address + bytes.length, tail) - start);
    for (let index = first; index < last; index++)
      joined.set(this.#ranges[index]!, this.#starts[index]! - start);
    joined.set(bytes, address - start);
    this.#starts.splice(first, last - first, start);
    this.#ranges.splice(first, last - first, joined);
    this.#orders.splice(first, last - first, Math.max(order, ...this.#orders.slice(first, last)));
  }
}
