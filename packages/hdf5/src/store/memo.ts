interface Entry {
  readonly value: object;
  readonly bytes: number;
}

/**
 * Structures that were decoded, by address, so that a restart or the next operation need not decode them again.
 * As with bytes, what an attempt puts in becomes permanent when it ends well. Whoever writes over a structure
 * puts in the new one; nobody else writes there.
 */
export class Memo {
  readonly #entries = new Map<number, Entry>();
  readonly #attempt = new Map<number, Entry>();
  #bytes = 0;

  /** @param budget - Bytes of encoded structures that are remembered; beyond that everything is forgotten. */
  constructor(readonly budget: number) {}

  get(address: number): object | undefined {
    return (this.#attempt.get(address) ?? this.#entries.get(address))?.value;
  }

  /** @param bytes - How long the structure is in the file. */
  set(address: number, value: object, bytes: number): void {
    this.#attempt.set(address, { value, bytes });
  }

  commit(): void {
    if (this.#attempt.size === 0) return;
    for (const [address, entry] of this.#attempt) {
      this.#bytes += entry.bytes - (this.#entries.get(address)?.bytes ?? 0);
      this.#entries.set(address, entry);
    }
    this.#attempt.clear();
    if (this.#bytes <= this.budget) return;
    this.#entries.clear();
    this.#bytes = 0;
  }

  rollback(): void {
    this.#attempt.clear();
  }
}
