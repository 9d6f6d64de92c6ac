import type { Bag } from './operand.js';

/** Rows, one after the other; the row is the same object each time, filled anew. */
export interface Frames {
  readonly row: Bag;
  /** Goes to the next row; false at the end. */
  next(): boolean;
  /** Lets go of the collections before the end. */
  close(): void;
}
