import type { Driver } from '../driver.js';
import type { AccessOptions, DriverFile, Lease, LockLease, ReadRequest } from '../driver-file.js';

/** How often a file was called. */
export class CallCount {
  /** Calls by operation: `read`, `readMany`, `size`, `write` … */
  readonly calls: Record<string, number> = {};
  /** Calls that began while no other was under way: how often somebody had to wait in a row. */
  rounds = 0;
  /** Bytes that reads asked for. */
  bytesAsked = 0;
  #underway = 0;

  /** All calls of all operations. */
  get total(): number {
    return Object.values(this.calls).reduce((sum, count) => sum + count, 0);
  }

  begin(op: string, bytes: number): void {
    this.calls[op] = (this.calls[op] ?? 0) + 1;
    this.bytesAsked += bytes;
    if (this.#underway++ === 0) this.rounds++;
  }

  end(): void {
    this.#underway--;
  }
}

/** How {@link delayed} waits, and what it counts in. */
export interface DelayedOptions {
  /** Waits for a microtask (the default), or for a whole turn of the event loop. */
  readonly by?: 'microtask' | 'turn';
  readonly count?: CallCount;
}

/**
 * Turns a synchronous driver into one that answers every call by promise, after a wait and not before: buffers
 * are read and filled only then, so a caller that uses them too early is caught. For running the tests of
 * something over a synchronous and over an asynchronous file alike.
 */
export function delayed(driver: Driver<'sync'>, options: DelayedOptions = {}): Driver<'async'> {
  return {
    ...driver,
    mode: 'async',
    open: async (spec, resources) => {
      await pause(options.by);
      return delayedFile(driver.open(spec, resources), options);
    },
  };
}

/** {@link delayed} for a file that is open. */
export function delayedFile(file: DriverFile<'sync'>, options: DelayedOptions = {}): DriverFile<'async'> {
  const { count } = options;
  const later = async <T>(op: string, bytes: number, work: () => T): Promise<T> => {
    count?.begin(op, bytes);
    try {
      await pause(options.by);
      return work();
    } finally {
      count?.end();
    }
  };
  const bytesOf = (requests: readonly ReadRequest[]) =>
    requests.reduce((sum, { target }) => sum + target.length, 0);
  const has = file.manifest.capabilities;
  return {
    mode: 'async',
    manifest: file.manifest,
    size: () => later('size', 0, () => file.size()),
    read: (position, target, access) =>
      later('read', target.length, () => file.read(position, target, access)),
    close: () => later('close', 0, () => file.close()),
    ...(has.write && {
      write: (position: number, source: Uint8Array, access?: AccessOptions) =>
        later('write', 0, () => file.write!(position, source, access)),
    }),
    ...(has.truncate && { truncate: (size: number) => later('truncate', 0, () => file.truncate!(size)) }),
    ...(has.flush && { flush: () => later('flush', 0, () => file.flush!()) }),
    ...(has.view && {
      view: (position: number, length: number): Lease | undefined => file.view!(position, length),
    }),
    ...(has.readMany && {
      readMany: (requests: readonly ReadRequest[], access?: AccessOptions) =>
        later('readMany', bytesOf(requests), () => file.readMany!(requests, access)),
    }),
    ...(has.lock && {
      lock: (kind: 'shared' | 'exclusive'): Promise<LockLease> => later('lock', 0, () => file.lock!(kind)),
    }),
  };
}

function pause(by: DelayedOptions['by']): Promise<void> {
  return by === 'turn' ? new Promise((resolve) => setTimeout(resolve, 0)) : Promise.resolve();
}
