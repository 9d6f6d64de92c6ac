import { brandError } from './brand-error.js';
import type { CheckOptions } from './checked-file.js';
import type { AccessOptions, DriverFile } from './driver-file.js';
import { ioErrors } from './errors.js';
import { isPromise, type Mode, type Out } from './mode.js';
import { broken } from './read-fully.js';

/** One call of a checked file, as its rules and its trace need it. */
export interface Call {
  readonly op: string;
  readonly position?: number | undefined;
  readonly length?: number | undefined;
  readonly options?: AccessOptions | undefined;
}

/**
 * The life cycle of a checked file: lets calls in while it is open, keeps those in flight, honours signals,
 * gives failures their context, and closes once nothing is under way.
 */
export class CallRunner<M extends Mode> {
  readonly #file: DriverFile<M>;
  readonly #trace: CheckOptions['trace'];
  readonly #grace: number;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #abandoned = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(file: DriverFile<M>, options: CheckOptions) {
    this.#file = file;
    this.#trace = options.trace;
    this.#grace = options.graceMilliseconds ?? 5000;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Nothing needs to be kept of a call but its failure: the file is open, answers at once, and nobody looks on. */
  get isQuick(): boolean {
    return !this.#closed && this.#trace === undefined && this.#file.mode === 'sync';
  }

  /** Runs `check`, whose failures are the caller's and stay as they are, and then `work`, whose failures are branded. */
  run<T>(call: Call, check: () => void, work: () => Out<M, T>): Out<M, T> {
    if (this.#file.mode !== 'sync') return this.#runAsync(call, check, work) as Out<M, T>;
    return this.runSync(call, check, work as () => T) as Out<M, T>;
  }

  /** The same for what answers at once in either mode. */
  runSync<T>(call: Call, check: () => void, work: () => T): T {
    this.#admit(call);
    check();
    const started = this.#trace ? performance.now() : 0;
    try {
      const value = work();
      if (isPromise(value)) throw broken(this.#file, call.op, 'an answer at once', 'a promise');
      if (this.#trace) this.#report(call, started, value);
      return value;
    } catch (error) {
      throw this.#fail(call, started, error);
    }
  }

  async #runAsync<T>(call: Call, check: () => void, work: () => Out<M, T>): Promise<T> {
    this.#admit(call);
    check();
    const started = this.#trace ? performance.now() : 0;
    const signal = call.options?.signal;
    const done = (async () => (await work()) as T)();
    this.#inFlight.add(done);
    const settle = () => this.#inFlight.delete(done) && this.#abandoned.delete(done);
    done.then(settle, settle);
    try {
      const value = signal ? await this.#race(done, signal) : await done;
      if (this.#trace) this.#report(call, started, value);
      return value;
    } catch (error) {
      throw this.#fail(call, started, signal?.aborted ? signal.reason : error, signal);
    }
  }

  /** The caller need not wait for a driver that does not stop; `close` will. */
  #race<T>(done: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const abort = () => {
        this.#abandoned.add(done);
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      const clear = () => signal.removeEventListener('abort', abort);
      done.then(resolve, reject).finally(clear);
    });
  }

  #admit(call: Call): void {
    if (this.#closed) {
      const { driver, target } = this.#file.manifest;
      throw ioErrors.IO_CLOSED({ message: `${call.op}: ${target} is closed`, op: call.op, driver, target });
    }
    call.options?.signal?.throwIfAborted();
  }

  close(): Out<M, void> {
    if (this.#file.mode !== 'sync') {
      this.#closing ??= this.#closeAsync();
      return this.#closing as Out<M, void>;
    }
    if (!this.#closed) {
      const nothing = () => {};
      this.runSync({ op: 'close' }, nothing, () => {
        this.#closed = true;
        try {
          return this.#file.close() as undefined;
        } catch (error) {
          this.#closed = false;
          throw error;
        }
      });
    }
    return undefined as Out<M, void>;
  }

  async #closeAsync(): Promise<void> {
    const started = this.#trace ? performance.now() : 0;
    this.#closed = true;
    try {
      await this.#settled();
      await this.#file.close();
      if (this.#trace) this.#report({ op: 'close' }, started, undefined);
    } catch (error) {
      if (this.#abandoned.size === 0) {
        // What could not be kept is not lost: it can still be read, and closing can be tried again.
        this.#closed = false;
        this.#closing = undefined;
      }
      throw this.#fail({ op: 'close' }, started, error);
    }
  }

  /** @throws IO_HUNG when work that was aborted is still going on after the time of grace. */
  async #settled(): Promise<void> {
    const alive = [...this.#inFlight].filter((work) => !this.#abandoned.has(work));
    await Promise.allSettled(alive);
    if (this.#abandoned.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expiry = new Promise((resolve) => {
      timer = setTimeout(resolve, this.#grace);
    });
    await Promise.race([Promise.allSettled([...this.#abandoned]), expiry]);
    clearTimeout(timer);
    if (this.#abandoned.size === 0) return;
    // The descriptor, the socket and the like are given back all the same, whenever that may be.
    Promise.resolve(this.#file.close()).catch(() => {});
    const { driver, target } = this.#file.manifest;
    throw ioErrors.IO_HUNG({
      message: `${driver}: ${this.#abandoned.size} aborted call(s) on ${target} did not end within ${this.#grace} ms`,
    });
  }

  #fail(call: Call, started: number, error: unknown, signal?: AbortSignal): unknown {
    if (this.#trace) this.#report(call, started, undefined, error);
    return signal?.aborted ? error : this.fail(call, error);
  }

  /** Gives a failure its context. */
  fail(call: Call, error: unknown): unknown {
    const { driver, target } = this.#file.manifest;
    return brandError(error, { op: call.op, driver, target, offset: call.position, length: call.length });
  }

  #report(call: Call, started: number, value: unknown, error?: unknown): void {
    const { driver, target } = this.#file.manifest;
    const { op, position, length, options } = call;
    const kind = options?.kind;
    try {
      this.#trace?.({
        op,
        driver,
        target,
        ...(position === undefined ? {} : { position }),
        ...(length === undefined ? {} : { length }),
        ...(kind === undefined ? {} : { kind }),
        ...(op === 'read' && typeof value === 'number' ? { count: value } : {}),
        ...(error === undefined ? {} : { error }),
        milliseconds: performance.now() - started,
      });
    } catch {
      // A hook that fails must not change what the file does.
    }
  }
}
