/** The values used last, in memory, up to a number of bytes. */
export class MemoryTier {
  readonly #values = new Map<string, Uint8Array>();
  readonly #budget: number;
  #bytes = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A copy: what a caller does with it is nobody else's business. */
  get(key: string): Uint8Array | undefined {
    const value = this.#values.get(key);
    if (!value) return undefined;
    this.#values.delete(key);
    this.#values.set(key, value);
    return value.slice();
  }

  put(key: string, value: Uint8Array): void {
    if (value.length > this.#budget) return;
    this.#remove(key);
    this.#values.set(key, value.slice());
    this.#bytes += value.length;
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#budget) break;
      this.#remove(oldest);
    }
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    this.#bytes -= this.#values.get(key)?.length ?? 0;
    this.#values.delete(key);
  }
}
