import { pageBytes, roundUp } from './bytes.js';
import { errors } from './errors.js';

/** So many chunks are looked at for a place at a multiple of something. */
const mostTries = 16;

/** A stretch of the file. */
export interface Extent {
  readonly address: number;
  readonly size: number;
}

/**
 * The free chunks of a storage, with neighbours joined: in memory while there is a writer, because best fit asks by
 * size, joining asks by either end, and the tree in the file is ordered by address.
 */
export class FreeSpace {
  /** Addresses whose chunk may not be what the tree in the file says, with the size that the tree has there, if any. */
  readonly touched = new Map<number, number | undefined>();
  readonly #sizeAt = new Map<number, number>();
  readonly #startOfEnd = new Map<number, number>();
  /** The sizes there are, ascending, and for each the addresses, descending: the lowest is the quickest to take. */
  readonly #sizes: number[] = [];
  readonly #addresses = new Map<number, number[]>();
  bytes = 0;
  /** Bytes that can be had in pieces of a node's size. */
  pageable = 0;

  get count(): number {
    return this.#sizeAt.size;
  }

  /** Where the first chunk begins, if there is one. */
  first(): number | undefined {
    let first: number | undefined;
    for (const address of this.#sizeAt.keys()) if (first === undefined || address < first) first = address;
    return first;
  }

  /** The size of the chunk that begins there. */
  sizeAt(address: number): number | undefined {
    return this.#sizeAt.get(address);
  }

  /** Frees a range, joined with what is free on either side. */
  add(address: number, size: number): void {
    let start = address;
    let end = address + size;
    const before = this.#startOfEnd.get(start);
    if (before !== undefined) {
      start = before;
      this.#unlink(before);
    }
    const after = this.#sizeAt.get(end);
    if (after !== undefined) {
      this.#unlink(end);
      end += after;
    }
    this.#link(start, end - start);
  }

  /**
   * Best fit: the beginning of the smallest chunk that is large enough, of several the first in the file; a multiple of
   * `alignment` when one of the first few chunks has it.
   */
  take(size: number, alignment = 1): number | undefined {
    const aligned = alignment > 1 ? this.#takeAligned(size, alignment) : undefined;
    if (aligned !== undefined) return aligned;
    const found = this.#sizes[lowerBound(this.#sizes, size)];
    if (found === undefined) return undefined;
    const address = this.#addresses.get(found)!.at(-1)!;
    this.#cut(address, size);
    return address;
  }

  /** {@link take}, but only from chunks that lie wholly below `limit`. */
  takeBelow(size: number, limit: number): number | undefined {
    for (let index = lowerBound(this.#sizes, size); index < this.#sizes.length; index++) {
      const found = this.#sizes[index]!;
      const address = this.#addresses.get(found)!.at(-1)!;
      if (address + found > limit) continue;
      this.#cut(address, size);
      return address;
    }
    return undefined;
  }

  /** Takes out the chunk that ends there, and returns where it began. */
  takeEndingAt(end: number): number | undefined {
    const start = this.#startOfEnd.get(end);
    if (start !== undefined) this.#unlink(start);
    return start;
  }

  #takeAligned(size: number, alignment: number): number | undefined {
    let tries = mostTries;
    for (let index = lowerBound(this.#sizes, size); index < this.#sizes.length; index++) {
      const found = this.#sizes[index]!;
      const addresses = this.#addresses.get(found)!;
      for (let place = addresses.length - 1; place >= 0; place--) {
        const address = addresses[place]!;
        const start = roundUp(address, alignment);
        if (start + size <= address + found) {
          this.#cut(address, size, start);
          return start;
        }
        tries--;
        if (tries === 0) return undefined;
      }
    }
    return undefined;
  }

  /** Takes `size` bytes from `start` on out of the chunk that begins at `address`. */
  #cut(address: number, size: number, start = address): void {
    const end = address + this.#sizeAt.get(address)!;
    this.#unlink(address);
    if (start > address) this.#link(address, start - address);
    if (start + size < end) this.#link(start + size, end - start - size);
  }

  #link(address: number, size: number): void {
    if (this.#sizeAt.has(address) || this.#startOfEnd.has(address + size)) {
      const message = 'space is freed twice: several blocks or chunks lie in one place';
      throw errors.BLK_DAMAGED({ message, offset: address, length: size, structure: 'storage' });
    }
    if (!this.touched.has(address)) this.touched.set(address, undefined);
    this.#sizeAt.set(address, size);
    this.#startOfEnd.set(address + size, address);
    this.bytes += size;
    this.pageable += size - (size % pageBytes);
    const place = lowerBound(this.#sizes, size);
    if (this.#sizes[place] !== size) {
      this.#sizes.splice(place, 0, size);
      this.#addresses.set(size, [address]);
      return;
    }
    const addresses = this.#addresses.get(size)!;
    addresses.splice(placeDescending(addresses, address), 0, address);
  }

  #unlink(address: number): void {
    const size = this.#sizeAt.get(address)!;
    if (!this.touched.has(address)) this.touched.set(address, size);
    this.#sizeAt.delete(address);
    this.#startOfEnd.delete(address + size);
    this.bytes -= size;
    this.pageable -= size - (size % pageBytes);
    const addresses = this.#addresses.get(size)!;
    if (addresses.length > 1) {
      addresses.splice(placeDescending(addresses, address), 1);
      return;
    }
    this.#addresses.delete(size);
    this.#sizes.splice(lowerBound(this.#sizes, size), 1);
  }
}

function lowerBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of a value in a descending list, or where it would go. */
function placeDescending(descending: readonly number[], value: number): number {
  let low = 0;
  let high = descending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (descending[middle]! > value) low = middle + 1;
    else high = middle;
  }
  return low;
}
