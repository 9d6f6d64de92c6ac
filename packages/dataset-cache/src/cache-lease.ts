import { ioErrors, type Lease } from '@terrane/driver';

/** A value's bytes where they lie, for one who asked: the cache keeps the file's own lease, for the next one. */
export class CacheLease implements Lease {
  #lease: Lease | undefined;

  constructor(lease: Lease) {
    this.#lease = lease;
  }

  /** @throws IO_LEASE_ENDED after `release`, and after the cache was closed. */
  get bytes(): Uint8Array {
    if (this.#lease) return this.#lease.bytes;
    throw ioErrors.IO_LEASE_ENDED({ message: 'the leased bytes are gone: they were released', op: 'view' });
  }

  release(): void {
    this.#lease = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
