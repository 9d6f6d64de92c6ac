/** A position or a length in bytes: a whole number from 0 to 2^53 - 1. */
export type Bytes = number | bigint;

/** The constructor of a typed array: `Float64Array`, `Uint8Array` … */
export interface ViewConstructor<View> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): View;
}
