import { CallRunner } from './call-runner.js';
import { checkBytes, checkEnd, checkOffset } from './check-arguments.js';
import { checkManifest } from './check-manifest.js';
import type { CheckedFile, CheckOptions } from './checked-file.js';
import { CheckedLease } from './checked-lease.js';
import type { AccessOptions, DriverFile, DriverInfo, Lease, LockLease, ReadRequest } from './driver-file.js';
import { ioErrors } from './errors.js';
import type { Capabilities, Manifest } from './manifest.js';
import { chain, type Mode, type Out, settled } from './mode.js';
import { checkSize, readFullyAsync, readFullySync } from './read-fully.js';
import { checkCounts, readManyAsync, readManySync } from './read-many.js';

/** Shared by all copies of this package, so that nothing is checked twice. */
const brand = Symbol.for('terrane.checked-file');

/**
 * Puts the contract's rules around a driver's file, so that its author writes only the happy path: arguments
 * are validated, calls after `close` and operations the manifest does not declare are refused, signals are
 * honoured, errors gain their context, `readMany` has a default. A file that is checked already comes back as it is.
 *
 * @throws DRV_CONTRACT_BROKEN when the file does not have what its manifest declares.
 */
export function checked<M extends Mode>(file: DriverFile<M>, options: CheckOptions = {}): CheckedFile<M> {
  if (typeof file === 'object' && file !== null && brand in file)
    return file as DriverFile<M> as CheckedFile<M>;
  checkManifest(file);
  return new Checked(file, options);
}

class Checked<M extends Mode> implements CheckedFile<M> {
  readonly mode: M;
  readonly manifest: Manifest;
  readonly #file: DriverFile<M>;
  readonly #runner: CallRunner<M>;

  constructor(file: DriverFile<M>, options: CheckOptions) {
    this.#file = file;
    this.mode = file.mode;
    this.manifest = file.manifest;
    this.#runner = new CallRunner(file, options);
    Object.defineProperty(this, brand, { value: 1 });
  }

  get closed(): boolean {
    return this.#runner.closed;
  }

  size(): Out<M, number> {
    const work = () =>
      chain<M, number, number>(this.#file.size(), (size) => this.#now(checkSize(this.#file, size)));
    return this.#runner.run({ op: 'size' }, nothing, work);
  }

  read(position: number, target: Uint8Array, options?: AccessOptions): Out<M, number> {
    if (this.#runner.isQuick && options?.signal === undefined)
      return this.#readQuickly(position, target, options);
    const check = () => {
      checkOffset(position, 'position');
      checkBytes(target, 'target');
      checkEnd(this.manifest, 'read', position, target.length);
    };
    const work = () => (target.length === 0 ? this.#now(0) : this.#read(position, target, options));
    return this.#runner.run({ op: 'read', position, length: target?.length, options }, check, work);
  }

  write(position: number, source: Uint8Array, options?: AccessOptions): Out<M, void> {
    const check = () => {
      checkOffset(position, 'position');
      checkBytes(source, 'source');
      checkEnd(this.manifest, 'write', position, source.length);
      this.#mustOffer('write');
    };
    const work = () =>
      source.length === 0 ? this.#now(undefined) : this.#file.write!(position, source, options);
    return this.#runner.run({ op: 'write', position, length: source?.length, options }, check, work);
  }

  truncate(size: number): Out<M, void> {
    const check = () => {
      checkOffset(size, 'size');
      this.#mustOffer('write', 'truncate');
      this.#mustOffer('truncate');
    };
    return this.#runner.run({ op: 'truncate', position: size }, check, () => this.#file.truncate!(size));
  }

  flush(): Out<M, void> {
    const { write } = this.manifest.capabilities;
    const check = () => write && this.#mustOffer('flush');
    const work = () => (write ? this.#file.flush!() : this.#now(undefined));
    return this.#runner.run<void>({ op: 'flush' }, check, work);
  }

  view(position: number, length: number): Lease | undefined {
    if (this.#runner.isQuick) return this.#viewQuickly(position, length);
    const check = () => {
      checkOffset(position, 'position');
      checkOffset(length, 'length');
      checkEnd(this.manifest, 'view', position, length);
      this.#mustOffer('view');
    };
    const work = () => {
      const lease = this.#file.view!(position, length);
      return lease && new CheckedLease(lease, this.#file, this.#runner);
    };
    return this.#runner.runSync({ op: 'view', position, length }, check, work);
  }

  readMany(requests: readonly ReadRequest[], options?: AccessOptions): Out<M, number[]> {
    const check = () => {
      if (!Array.isArray(requests)) throw new TypeError('requests must be an array');
      for (const { position, target } of requests as readonly ReadRequest[]) {
        checkOffset(position, 'position');
        checkBytes(target, 'target');
        checkEnd(this.manifest, 'readMany', position, target.length);
      }
    };
    const work = () => this.#readMany(requests, options);
    return this.#runner.run({ op: 'readMany', options }, check, work);
  }

  lock(kind: 'shared' | 'exclusive'): Out<M, LockLease> {
    const check = () => {
      if (kind !== 'shared' && kind !== 'exclusive') {
        throw new TypeError(`the kind of a lock must be "shared" or "exclusive", not ${String(kind)}`);
      }
      this.#mustOffer('lock');
    };
    return this.#runner.run({ op: 'lock' }, check, () => this.#file.lock!(kind));
  }

  driverInfo(): Out<M, DriverInfo> {
    const check = () => this.#mustOffer('driverInfo');
    return this.#runner.run({ op: 'driverInfo' }, check, () => this.#file.driverInfo!());
  }

  close(): Out<M, void> {
    return this.#runner.close();
  }

  [Symbol.dispose](): void {
    // Over promises nobody can wait here; a failure surfaces as an unhandled rejection.
    void this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The same as `read` for the case that matters most, without the machinery: it costs a tenth of a system call. */
  #readQuickly(position: number, target: Uint8Array, options?: AccessOptions): Out<M, number> {
    checkOffset(position, 'position');
    checkBytes(target, 'target');
    const { length } = target;
    checkEnd(this.manifest, 'read', position, length);
    if (length === 0) return 0 as Out<M, number>;
    try {
      return readFullySync(this.#file as DriverFile<'sync'>, position, target, options) as Out<M, number>;
    } catch (error) {
      throw this.#runner.fail({ op: 'read', position, length, options }, error);
    }
  }

  /** The same for `view`: where bytes are shared, the machinery would cost ten times what the file does. */
  #viewQuickly(position: number, length: number): Lease | undefined {
    checkOffset(position, 'position');
    checkOffset(length, 'length');
    checkEnd(this.manifest, 'view', position, length);
    if (!this.manifest.capabilities.view) this.#mustOffer('view');
    let lease: Lease | undefined;
    try {
      lease = this.#file.view!(position, length);
    } catch (error) {
      throw this.#runner.fail({ op: 'view', position, length }, error);
    }
    return lease && new CheckedLease(lease, this.#file, this.#runner);
  }

  #now<T>(value: T): Out<M, T> {
    return settled(this.mode, value);
  }

  #read(position: number, target: Uint8Array, options?: AccessOptions): Out<M, number> {
    if (this.mode === 'sync') {
      return readFullySync(this.#file as DriverFile<'sync'>, position, target, options) as Out<M, number>;
    }
    const file = this.#file as DriverFile<'async'>;
    if (!this.#mayOutliveCaller(options))
      return readFullyAsync(file, position, target, options) as Out<M, number>;
    const own = new Uint8Array(target.length);
    return readFullyAsync(file, position, own, options).then((count) => {
      if (!options?.signal?.aborted) target.set(own.subarray(0, count));
      return count;
    }) as Out<M, number>;
  }

  #readMany(requests: readonly ReadRequest[], options?: AccessOptions): Out<M, number[]> {
    if (!this.#mayOutliveCaller(options)) return this.#readAll(requests, options);
    const own = requests.map((request) => ({ ...request, target: new Uint8Array(request.target.length) }));
    return chain(this.#readAll(own, options), (counts: number[]) => {
      if (options?.signal?.aborted) return this.#now(counts);
      own.forEach(({ target }, index) => {
        requests[index]!.target.set(target.subarray(0, counts[index]));
      });
      return this.#now(counts);
    });
  }

  #readAll(requests: readonly ReadRequest[], options?: AccessOptions): Out<M, number[]> {
    const file = this.#file;
    if (this.manifest.capabilities.readMany) {
      const check = (counts: number[]) => this.#now(checkCounts(file, counts, requests));
      return chain(file.readMany!(requests, options), check);
    }
    if (this.mode === 'sync') {
      return readManySync(file as DriverFile<'sync'>, requests, options) as Out<M, number[]>;
    }
    return readManyAsync(file as DriverFile<'async'>, requests, options) as Out<M, number[]>;
  }

  /** An aborted read that its driver does not stop must not write to a target its caller has taken back. */
  #mayOutliveCaller(options: AccessOptions | undefined): boolean {
    return this.mode === 'async' && options?.signal !== undefined && !this.manifest.capabilities.signal;
  }

  #mustOffer(name: keyof Capabilities, op: string = name): void {
    if (this.manifest.capabilities[name]) return;
    const { driver, target } = this.manifest;
    if (name === 'write') {
      const message = `${op}: ${target} cannot be written: it was opened read-only, or ${driver} cannot write`;
      throw ioErrors.IO_READ_ONLY({ message, op, driver, target });
    }
    throw ioErrors.IO_UNSUPPORTED({
      message: `${op}: ${driver} does not offer it for ${target}`,
      op,
      driver,
      target,
      feature: name,
    });
  }
}

function nothing(): void {}
