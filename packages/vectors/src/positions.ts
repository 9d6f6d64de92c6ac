/** Positions of elements, ascending: doubles where 32 bits do not suffice. */
export type Positions = Uint32Array | Float64Array;

/** Collects positions in ascending order, without knowing how many there will be. */
export class PositionList {
  #list: Positions;
  #count = 0;

  /** `length`: how many elements there are to have positions. */
  constructor(private readonly length: number) {
    this.#list = this.#make(1024);
  }

  /** Adds the first `count` of `offsets`, each counted from `base`. */
  add(offsets: Uint32Array, count: number, base: number): void {
    this.extend(count, base, (list, at) => {
      for (let i = 0; i < count; i++) list[at + i] = base + offsets[i]!;
      return at + count;
    });
  }

  /** Lets `write` add up to `most` positions, all from `base` on; it gives the place behind the last. */
  extend(most: number, base: number, write: (list: Positions, at: number) => number): void {
    if (this.#count + most > this.#list.length) {
      // Fresh memory costs more than the search, so the list is made as long as it looks like it will be.
      const foreseen = base === 0 ? 0 : Math.ceil((this.#count / base) * this.length * 1.05);
      const longer = this.#make(Math.max(this.#count + most, Math.ceil(1.5 * this.#list.length), foreseen));
      longer.set(this.#list.subarray(0, this.#count));
      this.#list = longer;
    }
    this.#count = write(this.#list, this.#count);
  }

  /** All positions so far: in the memory they were collected in, unless much of it is left over. */
  result(): Positions {
    const enough = this.#count >= 0.8 * this.#list.length;
    return enough ? this.#list.subarray(0, this.#count) : this.#list.slice(0, this.#count);
  }

  #make(count: number): Positions {
    return this.length <= 2 ** 32 ? new Uint32Array(count) : new Float64Array(count);
  }
}
