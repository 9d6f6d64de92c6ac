import { brandError } from './brand-error.js';
import type { DriverFile, Lease } from './driver-file.js';
import { ioErrors } from './errors.js';

/** A lease whose bytes cannot be reached after `release`, or after its file was closed. */
export class CheckedLease implements Lease {
  #lease: Lease | undefined;
  readonly #file: DriverFile;
  readonly #isClosed: () => boolean;

  constructor(lease: Lease, file: DriverFile, isClosed: () => boolean) {
    this.#lease = lease;
    this.#file = file;
    this.#isClosed = isClosed;
  }

  get bytes(): Uint8Array {
    const { driver, target } = this.#file.manifest;
    if (this.#lease && !this.#isClosed()) {
      try {
        return this.#lease.bytes;
      } catch (error) {
        throw brandError(error, { op: 'view', driver, target });
      }
    }
    const why = this.#lease ? 'the file is closed' : 'they were released';
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
