import type { MemoryKind } from '@terrane/driver';
import { errors } from '../errors.js';
import { Reader } from '../format/reader.js';
import { type Sizes, wideSizes } from '../format/sizes.js';
import type { AddressSpace } from './address-space.js';
import { Memo } from './memo.js';
import { Overlay } from './overlay.js';
import type { PageCache } from './page-cache.js';
import { publishOrder } from './publish-order.js';

/** Thrown when bytes are missing, and caught only by the runner: one light object, made once. */
export const MISS: unique symbol = Symbol('bytes are missing');

/** The largest single structure that is believed; whatever claims more is damaged. */
const maxStructureBytes = 256 * 1024 * 1024;

/**
 * The metadata of one file as addresses and bytes, for code that is plain, synchronous and restartable: `span`
 * gives bytes or ends the attempt, `want` only notes. Changes made in an attempt become visible to it at once
 * and permanent when it ends well; otherwise they vanish, with what it allocated.
 */
export class MetadataStore {
  sizes: Sizes;
  /** File position of address 0. */
  base: number;
  /** Which addresses, relative to the base, are in use. */
  readonly space: AddressSpace;
  /** Length of the file on the medium, in bytes from its first. */
  physicalSize: number;
  /** Counts changes, so that what was decoded earlier can tell whether it still holds. */
  revision = 0;
  /** Changes since the last flush. */
  readonly staged = new Overlay();
  readonly #attempt = new Overlay();
  /** Object headers that were decoded. */
  readonly headers: Memo;
  #before: readonly number[] = [];

  constructor(
    readonly cache: PageCache,
    options: { space: AddressSpace; physicalSize: number },
  ) {
    this.headers = new Memo(cache.budget / 4);
    this.space = options.space;
    this.sizes = wideSizes;
    this.base = 0;
    this.physicalSize = options.physicalSize;
  }

  /** Notes that the bytes will be needed. Answers whether they are here. Ranges past the end are not noted. */
  want(address: number, length: number): boolean {
    if (this.#attempt.covered(address, length) ?? this.staged.covered(address, length)) return true;
    const position = this.base + address;
    if (position >= this.physicalSize) return true;
    return this.cache.want(position, Math.min(length, this.physicalSize - position, maxStructureBytes));
  }

  /**
   * The bytes of a structure. They are not to be written to: `write` is for that.
   *
   * @throws H5_TRUNCATED when the file ends before they do
   */
  span(address: number, length: number, structure: string): Uint8Array {
    const inAttempt = this.#attempt.touches(address, length);
    const whole = (inAttempt ? this.#attempt : this.staged).covered(address, length);
    if (whole !== undefined) return whole;
    const position = this.base + address;
    if (length > maxStructureBytes) throw tooLong(structure, position, length);
    if (!inAttempt && !this.staged.touches(address, length)) {
      if (position + length > this.physicalSize)
        throw truncated(structure, position, length, this.physicalSize);
      const bytes = this.#onMedium(position, length);
      if (bytes.length < length) throw truncated(structure, position, length, position + bytes.length);
      return bytes;
    }
    const patched = new Uint8Array(length);
    const staged = this.staged.covered(address, length);
    if (staged !== undefined) patched.set(staged);
    else {
      const onMedium = Math.min(length, this.physicalSize - position);
      if (onMedium > 0) patched.set(this.#onMedium(position, onMedium));
      this.staged.patch(address, patched);
    }
    this.#attempt.patch(address, patched);
    return patched;
  }

  #onMedium(position: number, length: number): Uint8Array {
    if (!this.cache.want(position, length)) throw MISS;
    return this.cache.bytes(position, length);
  }

  /** A reader over a structure's bytes. */
  reader(address: number, length: number, structure: string): Reader {
    return new Reader(this.span(address, length, structure), { structure, address }, this.sizes);
  }

  /** How many bytes can be read from `address` on, up to `length`. */
  available(address: number, length: number): number {
    return Math.max(0, Math.min(length, Math.max(this.physicalSize - this.base, this.space.limit) - address));
  }

  /** Room for `bytes` bytes of a kind of memory, at a multiple of 8. */
  allocate(bytes: number, kind: MemoryKind): number {
    return this.space.allocate(bytes, kind);
  }

  /** Stages bytes, which nobody may change afterwards. `order` is one of `publishOrder`; it matters for what is in the file already. */
  write(address: number, bytes: Uint8Array, order: number = publishOrder.independent): void {
    this.#attempt.write(address, bytes, order);
  }

  beginAttempt(): void {
    this.cache.forgetMissing();
    this.cache.clock++;
    this.#before = this.space.mark();
  }

  /** Makes the attempt's changes part of what the next flush writes. */
  commitAttempt(): void {
    this.headers.commit();
    if (this.#attempt.empty) return;
    for (const [address, bytes, order] of this.#attempt) this.staged.write(address, bytes, order);
    this.#attempt.clear();
    this.revision++;
  }

  /** Undoes the attempt: its changes and its allocations never were. */
  rollbackAttempt(): void {
    this.#attempt.clear();
    this.headers.rollback();
    this.space.reset(this.#before);
  }
}

function truncated(structure: string, position: number, length: number, size: number): Error {
  return errors.H5_TRUNCATED({
    message: `the file ends before its ${structure}`,
    structure,
    offset: position,
    length,
    expected: `at least ${position + length} bytes`,
    found: `${size} bytes`,
    hint: 'the file was cut, or its writer did not close it',
  });
}

function tooLong(structure: string, position: number, length: number): Error {
  return errors.H5_BAD_VALUE({
    message: `a ${structure} of ${length} bytes is not credible`,
    structure,
    offset: position,
    expected: `up to ${maxStructureBytes} bytes`,
    found: `${length}`,
  });
}
