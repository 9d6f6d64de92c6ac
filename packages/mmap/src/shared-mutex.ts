import { checkOptions } from '@terrane/errors';
import { type Backing, mutexResult } from './backing.js';
import { errors } from './errors.js';
import type { Pin } from './pin.js';

/** How long to wait. */
export interface MutexOptions {
  /** Milliseconds: for ever unless given. */
  readonly timeout?: number;
}

/** How long to wait, and what gives it up. */
export interface MutexAsyncOptions extends MutexOptions {
  readonly signal?: AbortSignal;
}

/** A mutex that is held, by this thread. */
export interface MutexHold extends Disposable {
  /** True when the one who held it died with it: what it guards may be half changed. */
  readonly recovered: boolean;
  /** Frees the mutex. Releasing twice is harmless. */
  release(): void;
}

/** Bytes a mutex takes; they begin as zeros. The layout is in `src/native/mutex.h`. */
export const mutexBytes = 16;

const forever = -1;

/**
 * A mutex in a read-write mapping, for threads and processes of one machine that map the same file. A holder that
 * dies, by any signal, loses it. It belongs to the thread that locked it and is not recursive.
 */
export class SharedMutex {
  readonly #backing: Backing;
  readonly #offset: number;
  readonly #pin: () => Pin;

  /** Made by `Mapping.mutex`. */
  constructor(backing: Backing, offset: number, pin: () => Pin) {
    this.#backing = backing;
    this.#offset = offset;
    this.#pin = pin;
  }

  /** Takes the mutex if it is free, or if its holder is dead. */
  tryLock(): MutexHold | undefined {
    return this.#attempt(() => this.#backing.mutexTry(this.#offset));
  }

  /**
   * Takes the mutex; the thread sleeps until then.
   *
   * @throws MAP_LOCKED when the timeout is over, MAP_DEADLOCK when this thread holds it already.
   */
  lock(options: MutexOptions = {}): MutexHold {
    checkOptions(options, ['timeout'], 'lock');
    const timeout = milliseconds(options.timeout);
    return this.#attempt(() => this.#backing.mutexLock(this.#offset, timeout)) ?? this.#tooLate(timeout);
  }

  /** Takes the mutex while other code of this thread runs. As {@link lock}; rejects with `signal.reason` when aborted. */
  async lockAsync(options: MutexAsyncOptions = {}): Promise<MutexHold> {
    checkOptions(options, ['timeout', 'signal'], 'lockAsync');
    const { signal } = options;
    const timeout = milliseconds(options.timeout);
    const end = timeout === forever ? Number.POSITIVE_INFINITY : performance.now() + timeout;
    for (;;) {
      signal?.throwIfAborted();
      const hold = this.tryLock();
      if (hold !== undefined) return hold;
      const left = end - performance.now();
      if (left <= 0) return this.#tooLate(timeout);
      // Not for longer than this: a holder that died wakes nobody.
      await this.#changed(Math.min(left, 20), signal);
    }
  }

  #changed(wait: number, signal: AbortSignal | undefined): Promise<void> {
    const pin = this.#pin();
    return new Promise((resolve) => {
      const word = this.#backing.mutexPrepare(this.#offset);
      const abandon = this.#backing.waitAsync(this.#offset, word, wait, () => {
        signal?.removeEventListener('abort', abandon);
        pin.release();
        resolve();
      });
      signal?.addEventListener('abort', abandon, { once: true });
    });
  }

  #attempt(run: () => number): MutexHold | undefined {
    const pin = this.#pin();
    try {
      return this.#settle(run(), pin);
    } catch (error) {
      pin.release();
      throw error;
    }
  }

  #settle(result: number, pin: Pin): MutexHold | undefined {
    if (result === mutexResult.locked || result === mutexResult.recovered) {
      return this.#hold(result === mutexResult.recovered, pin);
    }
    if (result === mutexResult.busy) {
      pin.release();
      return undefined;
    }
    if (result === mutexResult.own) {
      throw errors.MAP_DEADLOCK({ message: 'this thread holds the mutex already', op: 'lock' });
    }
    throw errors.MAP_UNSUPPORTED({
      message: 'the mutex is used by processes of another namespace: nobody can tell who of them is alive',
      op: 'lock',
    });
  }

  #hold(recovered: boolean, pin: Pin): MutexHold {
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      const mine = this.#backing.mutexUnlock(this.#offset);
      pin.release();
      if (mine) return;
      throw errors.MAP_DEADLOCK({ message: 'this thread does not hold the mutex it frees', op: 'release' });
    };
    return { recovered, release, [Symbol.dispose]: release };
  }

  #tooLate(timeout: number): never {
    throw errors.MAP_LOCKED({ message: `the mutex was not free within ${timeout} ms`, op: 'lock' });
  }
}

/** Milliseconds for the addon: -1 is for ever. */
export function milliseconds(timeout: number | undefined): number {
  if (timeout === undefined || timeout === Number.POSITIVE_INFINITY) return forever;
  if (typeof timeout !== 'number' || !(timeout >= 0)) {
    throw new RangeError(`timeout must be 0 or more milliseconds, not ${String(timeout)}`);
  }
  return timeout;
}
