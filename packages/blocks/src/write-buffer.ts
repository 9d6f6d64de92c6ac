import type { CheckedFile, MemoryKind, Mode } from '@terrane/driver';
import { unitBytes } from './block-entry.js';
import { roundUp } from './bytes.js';
import { answer, type Steps } from './steps.js';

const firstBytes = 1 << 16;
const mostBytes = 1 << 20;
/** What is larger than this gains nothing from being copied. */
const largeBytes = 1 << 15;

/**
 * Writes that follow each other in the file, as one: a hundred pages side by side are one call instead of a hundred.
 * What is here is not in the file: who reads asks {@link touches}, and sends it out before.
 */
export class WriteBuffer {
  readonly #file: CheckedFile<Mode>;
  readonly #before: (() => Steps<void>) | undefined;
  /** The end of what was written since it was cleared. */
  reach = 0;
  #bytes = new Uint8Array(0);
  #address = 0;
  #length = 0;
  #kind: MemoryKind = 'raw';

  /** @param before - Runs before every write, which is not made when it throws. */
  constructor(file: CheckedFile<Mode>, before?: () => Steps<void>) {
    this.#file = file;
    this.#before = before;
  }

  /** Writes, now or later. Up to the next unit, what lies between this and the write before becomes zeros. */
  *write(address: number, source: Uint8Array, kind: MemoryKind): Steps<void> {
    if (source.length > largeBytes) {
      yield* this.send();
      if (this.#before) yield* this.#before();
      yield* answer(this.#file.write(address, source, { kind, flushSoon: true }));
      this.#reached(address + source.length);
      return;
    }
    const end = this.#address + this.#length;
    const follows = address >= end && address <= roundUp(end, unitBytes) && kind === this.#kind;
    const whole = address + source.length - this.#address;
    if (this.#length === 0 || !follows || whole > mostBytes) {
      yield* this.send();
      this.#address = address;
      this.#kind = kind;
    }
    const at = address - this.#address;
    this.#reserve(at + source.length);
    this.#bytes.fill(0, this.#length, at);
    this.#bytes.set(source, at);
    this.#length = at + source.length;
  }

  /** Whether a stretch of the file has bytes that are still here. */
  touches(address: number, length: number): boolean {
    if (this.#length === 0) return false;
    return address < this.#address + this.#length && address + length > this.#address;
  }

  /** Writes to the file what is here. */
  *send(): Steps<void> {
    if (this.#length === 0) return;
    if (this.#before) yield* this.#before();
    const bytes = this.#bytes.subarray(0, this.#length);
    yield* answer(this.#file.write(this.#address, bytes, { kind: this.#kind, flushSoon: true }));
    this.#reached(this.#address + this.#length);
    this.#length = 0;
  }

  /** Forgets what is here, and what was written. */
  clear(): void {
    this.#length = 0;
    this.reach = 0;
  }

  #reached(end: number): void {
    if (end > this.reach) this.reach = end;
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.min(mostBytes, Math.max(firstBytes, 2 * length)));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
