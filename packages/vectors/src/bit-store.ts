import { layoutErrors } from '@terrane/layout';
import type { Mapping } from '@terrane/mmap';
import type { ElementStore } from './element-store.js';

/**
 * Booleans, eight to a byte: element i is bit i mod 8 of byte floor(i / 8), which is bit i mod 32 of 32-bit
 * little-endian word floor(i / 32), too.
 */
export class BitStore implements ElementStore<boolean> {
  readonly kind = 'boolean';
  readonly length: number;
  readonly #segments: readonly Uint8Array[];
  readonly #bytesPerSegment: number;

  constructor(mapping: Mapping, length: number) {
    this.length = length;
    this.#segments = mapping.segments.map((buffer) => new Uint8Array(buffer));
    this.#bytesPerSegment = this.#segments[0]?.length ?? 1;
  }

  get(index: number): boolean {
    const byte = Math.floor(index / 8);
    const number = Math.floor(byte / this.#bytesPerSegment);
    return ((this.#segments[number]![byte - number * this.#bytesPerSegment]! >>> (index % 8)) & 1) === 1;
  }

  set(index: number, value: boolean): void {
    const byte = Math.floor(index / 8);
    const number = Math.floor(byte / this.#bytesPerSegment);
    const segment = this.#segments[number]!;
    const at = byte - number * this.#bytesPerSegment;
    const mask = 1 << (index % 8);
    segment[at] = value ? segment[at]! | mask : segment[at]! & ~mask;
  }

  check(value: unknown): void {
    if (typeof value !== 'boolean') {
      throw layoutErrors.LAY_TYPE({ message: `a bit holds a boolean, not ${typeof value}` });
    }
  }
}
