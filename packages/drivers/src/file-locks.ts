import { driverErrors, ioErrors, type LockLease, type Resources, type Spec } from '@terrane/driver';
import type { Descriptor } from './descriptor.js';

/**
 * Takes a lock on a descriptor as flock(2) does, without waiting; nothing when somebody else is in the way. Node has
 * no such call: `@terrane/mmap` has, as `(fd, kind) => tryLockFile(fd, { kind, style: 'flock' })`.
 */
export type TakeLock = (fd: number, kind: LockLease['kind']) => { release(): void } | undefined;

/** The locks of one opener of a file. */
export class FileLocks {
  readonly #take: TakeLock | undefined;
  readonly #onOpen: boolean;
  readonly #held = new Set<LockLease>();

  private constructor(take: TakeLock | undefined, onOpen: boolean) {
    this.#take = take;
    this.#onOpen = onOpen;
  }

  /**
   * Reads the option `locking` and the resource `flock`. HDF5 locks a file as long as it is open: shared for readers,
   * exclusive for writers. So do we where `flock` is given, unless the option, or else the variable
   * HDF5_USE_FILE_LOCKING, says no.
   *
   * @throws DRV_BAD_OPTION, DRV_DEPENDENCY_MISSING when locks are asked for and there is nothing to take them with.
   */
  static from({ driver, options = {} }: Spec, { flock }: Resources = {}): FileLocks {
    const { locking } = options;
    if (locking !== undefined && typeof locking !== 'boolean') {
      throw driverErrors.DRV_BAD_OPTION({
        message: `${driver}: locking must be true or false`,
        found: String(locking),
      });
    }
    if (locking && flock === undefined) {
      throw driverErrors.DRV_DEPENDENCY_MISSING({
        message: `${driver} cannot lock files by itself`,
        hint: "hand in `flock` as a resource: (fd, kind) => tryLockFile(fd, { kind, style: 'flock' }) of @terrane/mmap",
      });
    }
    return new FileLocks(flock as TakeLock | undefined, locking ?? (flock !== undefined && wantedByHdf5()));
  }

  /** The file is locked as long as it is open. */
  get onOpen(): boolean {
    return this.#onOpen;
  }

  /** Locks can be asked for; not when the file is locked all along, since a descriptor has only one. */
  get onDemand(): boolean {
    return this.#take !== undefined && !this.#onOpen;
  }

  /** @throws IO_LOCKED when somebody else is in the way. */
  take(descriptor: Descriptor, kind: LockLease['kind']): LockLease {
    const taken = this.#take?.(descriptor.fd, kind);
    if (!taken) {
      throw ioErrors.IO_LOCKED({
        message: `${descriptor.name} is locked by somebody else`,
        target: descriptor.name,
        hint: 'wait, or open it with the option locking: false if you know better',
      });
    }
    const release = () => {
      if (this.#held.delete(lease)) taken.release();
    };
    const lease: LockLease = { kind, release, [Symbol.dispose]: release };
    this.#held.add(lease);
    return lease;
  }

  end(): void {
    for (const lock of [...this.#held]) lock.release();
  }
}

function wantedByHdf5(): boolean {
  const value = globalThis.process?.env?.HDF5_USE_FILE_LOCKING ?? '';
  return !/^(false|0)$/i.test(value);
}
