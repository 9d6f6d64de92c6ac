import type { ValueArray } from './dtype.js';

/** Values as a caller may give them: any array of numbers, or text. */
export type InputValues = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<string>;

/** Turns stored elements of one datatype into values and back. */
export interface ValueCodec<A extends ValueArray = ValueArray> {
  /** Bytes of one stored element. */
  readonly elementBytes: number;
  /** An array for `count` values. */
  create(count: number): A;
  /** Whether an array is of the kind that `create` makes. */
  accepts(array: unknown): array is A;
  /** Decodes all elements in `source` to `target`, from index `at` on. */
  decode(source: Uint8Array, target: A, at: number): void;
  /**
   * Where stored bytes and values are of one size: the memory of `array` itself, so that bytes can be read
   * straight into it, and what has to be done to them there (change the byte order, or nothing).
   */
  readonly inPlace?: {
    bytes(array: A, at: number, count: number): Uint8Array;
    finish(bytes: Uint8Array): void;
    /** Stored bytes are values as they stand: a typed array can be laid over them. */
    readonly native: boolean;
    /** That array, over `bytes` of a fitting alignment. */
    overlay(bytes: Uint8Array): A;
    readonly alignment: number;
  };
  /**
   * The stored form of `count` values from `at` on; not always a copy.
   *
   * @throws H5_WRONG_TYPE for a value that the type cannot hold
   */
  encode(values: InputValues, at: number, count: number): Uint8Array;
}
