/**
 * The place of a 64-bit word in a storage's file that holds a block id: the root of an index, usually.
 * It is either an absolute file offset before the storage, in the header of the format that embeds it, or the
 * first eight bytes of a block. 0 stands for none.
 */
export class WordSlot {
  /** True for a file offset, false for a block. */
  readonly absolute: boolean;
  /** The file offset, or the block's id. */
  readonly location: number;

  private constructor(absolute: boolean, location: number) {
    this.absolute = absolute;
    this.location = location;
  }

  /** The word at a file offset, outside of the storage. */
  static at(offset: number): WordSlot {
    return new WordSlot(true, checked(offset));
  }

  /** The word at the beginning of a block. */
  static inBlock(id: number): WordSlot {
    return new WordSlot(false, checked(id));
  }

  /** `(A:00000028)` for the file offset 40, `(B:00000007)` for block 7. */
  toString(): string {
    const digits = this.location.toString(16).toUpperCase().padStart(8, '0');
    return `(${this.absolute ? 'A' : 'B'}:${digits})`;
  }
}

function checked(location: number): number {
  if (Number.isSafeInteger(location) && location >= 0) return location;
  throw new RangeError('the place of a word is a whole number from 0 up');
}
