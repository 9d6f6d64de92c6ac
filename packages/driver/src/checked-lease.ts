import { brandError } from './brand-error.js';
import type { DriverFile, Lease } from './driver-file.js';
import { ioErrors } from './errors.js';

/** A lease whose bytes cannot be reached after `release`, or after its file was closed. */
export class CheckedLease implements Lease {
  #lease: Lease | undefined;
  readonly #file: DriverFile;
  readonly #life: { readonly closed: boolean };

  constructor(lease: Lease, file: DriverFile, life: { readonly closed: boolean }) {
    this.#lease = lease;
    this.#file = file;
    this.#life = life;
  }

  get bytes(): Uint8Array {
    const lease = this.#lease;
    if (lease !== undefined && !this.#life.closed) {
      try {
        return lease.bytes;
      } catch (error) {
        const { driver, target } = this.#file.manifest;
        throw brandError(error, { op: 'view', driver, target });
      }
    }
    const { driver, target } = this.#file.manifest;
    const why = lease ? 'the file is closed' : 'they were released';
    throw ioErrors.IO_LEASE_ENDED({
      message: `the leased bytes of ${target} are gone: ${why}`,
      op: 'view',
      driver,
      target,
    });
  }

  release(): void {
    this.#lease?.release();
    this.#lease = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
