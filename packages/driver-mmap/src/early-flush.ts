/** The system begins with pieces of this size: smaller ones would cost it more requests than one flush for all. */
const pieceBytes = 1 << 20;
const pageBytes = 4096;

/**
 * Has the system begin to write what will be flushed soon, while the program goes on. Writes that follow each other in the
 * file are gathered; what does not become a piece is left to the flush.
 */
export class EarlyFlush {
  readonly #begin: (start: number, length: number) => void;
  #start = 0;
  #end = 0;

  /** @param begin - Has the system begin with a stretch of the file, and does not wait. */
  constructor(begin: (start: number, length: number) => void) {
    this.#begin = begin;
  }

  /** Something was written that will be flushed soon. */
  wrote(position: number, length: number): void {
    if (position !== this.#end) this.#start = position;
    this.#end = position + length;
    if (this.#end - this.#start < pieceBytes) return;
    // The page that is written next is not written twice.
    const end = this.#end - (this.#end % pageBytes);
    const start = this.#start;
    this.#start = end;
    this.#begin(start, end - start);
  }

  /** Nothing is left to begin with. */
  forget(): void {
    this.#start = 0;
    this.#end = 0;
  }
}
