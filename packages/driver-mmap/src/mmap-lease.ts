import { ioErrors, type Lease } from '@terrane/driver';

/** What a lease asks its file. */
export interface LeaseSource {
  /** Counts the changes after which bytes have to be looked for again. */
  readonly generation: number;
  /** The bytes from `start` to `end`, which are inside the file; nothing when they are too many for one array. */
  bytes(start: number, end: number): Uint8Array | undefined;
  /** @throws IO_CHANGED when the file was cut underneath, MAP_STRAY_STORE when a protected page was stored into. */
  check(): void;
  /** Whether anything before `end` was cut off since there were `seenCuts` cuts, or is not there now. */
  isCut(end: number, seenCuts: number): boolean;
}

const none = new Uint8Array(0);

/** Bytes of a mapped file where they lie. */
export class MmapLease implements Lease {
  readonly #file: LeaseSource;
  #start: number;
  #end: number;
  readonly #seenCuts: number;
  #bytes: Uint8Array;
  #generation: number;

  constructor(file: LeaseSource, start: number, end: number, bytes: Uint8Array, seenCuts: number) {
    this.#file = file;
    this.#start = start;
    this.#end = end;
    this.#bytes = bytes;
    this.#seenCuts = seenCuts;
    this.#generation = file.generation;
  }

  /** @throws IO_LEASE_ENDED when the bytes were cut off, IO_CHANGED when somebody else cut the file. */
  get bytes(): Uint8Array {
    this.#file.check();
    if (this.#generation === this.#file.generation) return this.#bytes;
    const now = this.#file.isCut(this.#end, this.#seenCuts)
      ? undefined
      : this.#file.bytes(this.#start, this.#end);
    if (now === undefined) {
      throw ioErrors.IO_LEASE_ENDED({
        message: 'the leased bytes were cut off; take a new view',
        offset: this.#start,
        length: this.#end - this.#start,
      });
    }
    this.#bytes = now;
    this.#generation = this.#file.generation;
    return now;
  }

  release(): void {
    this.#start = 0;
    this.#end = 0;
    this.#bytes = none;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
