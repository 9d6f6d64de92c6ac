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
    if (this.#count + count > this.#list.length) {
      const longer = this.#make(Math.max(this.#count + count, 2 * this.#list.length));
      longer.set(this.#list.subarray(0, this.#count));
      this.#list = longer;
    }
    const list = this.#list;
    for (let i = 0, at = this.#count; i < count; i++, at++) list[at] = base + offsets[i]!;
    this.#count += count;
  }

  /** All positions so far. */
  result(): Positions {
    return this.#list.slice(0, this.#count);
  }

  #make(count: number): Positions {
    return this.length <= 2 ** 32 ? new Uint32Array(count) : new Float64Array(count);
  }
}
