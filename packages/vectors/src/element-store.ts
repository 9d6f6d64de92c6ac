/** The elements that {@link Vector} works on: how many there are, and how one is read and written. */
export interface ElementStore<T> {
  readonly length: number;
  /** What its elements can be compared with, and whether they add up. */
  readonly kind: ElementKind;
  /** Reads an element; the index is known to be inside. */
  get(index: number): T;
  /** Writes an element; index and value are known to be good. Absent where elements cannot be replaced. */
  set?(index: number, value: T): void;
  /** Stores a typed array at once, if its elements are the file's own; false if not. Any order of overlap is right. */
  paste?(start: number, values: ArrayLike<T>): boolean;
  /** Throws when elements can never equal the value, where that is known of the type: names of an enumeration. */
  operand?(value: unknown): void;
  /** Throws when the value is none that could be stored. */
  check(value: unknown): void;
  /**
   * `count` elements from `start` on as doubles, exactly: a view of the file where it can be, or `scratch`. Absent
   * where elements are no numbers, or not exact as doubles.
   */
  doubles?(start: number, count: number, scratch: Float64Array): Float64Array;
  /** The double that stands for a missing value among {@link doubles}; NaN: every NaN does. Absent: none does. */
  readonly absent?: number;
  /** A typed array for the copy of `count` elements; absent where only a plain array can hold them. */
  array?(count: number): WritableArray<T>;
  /** Fills `target` with elements from `start` on, in one piece; where {@link array} is. */
  copy?(start: number, target: WritableArray<T>): void;
}

/**
 * What elements are, as far as comparing and adding goes. `name`: members of an enumeration, which equal each other or
 * not; `mixed`: whatever a conversion function makes of them.
 */
export type ElementKind =
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'string'
  | 'name'
  | 'complex'
  | 'record'
  | 'other'
  | 'mixed';

/** An array or typed array that elements are copied to. */
export interface WritableArray<T> extends Iterable<T> {
  readonly length: number;
  [index: number]: T;
}

/** Elements that are worked on at once: as doubles they fit into a core's own cache. */
export const blockLength = 16_384;
