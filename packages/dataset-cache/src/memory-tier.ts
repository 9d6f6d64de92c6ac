import type { BlockKey } from './block-key.js';

interface Kept {
  readonly bytes: Uint8Array;
  readonly stored: number;
}

/** The values used last, decoded and in memory, up to a number of bytes. */
export class MemoryTier {
  readonly budget: number;
  readonly #values = new Map<string, Kept>();
  #bytes = 0;

  constructor(budget: number) {
    if (!(budget >= 0)) throw new RangeError('memoryBytes is a number of bytes from 0 up');
    this.budget = budget;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A copy: what a caller does with it is nobody else's business.
   *
   * @param notBefore - What was stored before is too old.
   */
  get(key: BlockKey, notBefore: number): Uint8Array | undefined {
    if (this.#values.size === 0) return undefined;
    const name = nameOf(key);
    const value = this.#values.get(name);
    if (!value) return undefined;
    this.#values.delete(name);
    if (value.stored < notBefore) {
      this.#bytes -= value.bytes.length;
      return undefined;
    }
    this.#values.set(name, value);
    return value.bytes.slice();
  }

  /** Keeps a copy, when it is within the budget. */
  put(key: BlockKey, bytes: Uint8Array, stored: number): void {
    this.remove(key);
    if (bytes.length > this.budget || this.budget === 0) return;
    this.#values.set(nameOf(key), { bytes: bytes.slice(), stored });
    this.#bytes += bytes.length;
    for (const [oldest, { bytes }] of this.#values) {
      if (this.#bytes <= this.budget) break;
      this.#values.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }

  /** The value of that key is another one now, or gone. */
  remove(key: BlockKey): void {
    if (this.#values.size === 0) return;
    const name = nameOf(key);
    this.#bytes -= this.#values.get(name)?.bytes.length ?? 0;
    this.#values.delete(name);
  }

  clear(): void {
    this.#values.clear();
    this.#bytes = 0;
  }
}

/** The key as one text: the same for a GUID in capital letters. */
export function nameOf({ guid, revision, level, number }: BlockKey): string {
  return `${guid.toLowerCase()}/${revision}/${level}/${number}`;
}
