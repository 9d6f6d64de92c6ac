import type { Mode } from '@terrane/driver';

/** Makes values smaller, or otherwise other, on their way into the file, and again what they were on their way out. */
export interface Codec {
  /** Kept with every value it made: 1 is `deflate`, 2 to 255 are for later, own ones have 256 to 2^32 - 1. */
  readonly id: number;
  readonly name: string;
  /** `'async'` when it answers by promise: such a one is for caches over asynchronous drivers only. */
  readonly mode: Mode;
  /** The bytes to store. When they are not fewer, the value is stored as it is. */
  encode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * What was given to `encode`.
   *
   * @param length - How long that was. Whatever throws, or comes out otherwise, is damage; make no more than this.
   */
  decode(bytes: Uint8Array, length: number): Uint8Array | Promise<Uint8Array>;
}
