import { checkOptions } from '@terrane/errors';
import type { Backing, WaitResult } from './backing.js';
import type { Pin } from './pin.js';
import { milliseconds, mutexBytes, SharedMutex } from './shared-mutex.js';
import type { Bytes } from './view-types.js';

/** What the words need of their mapping: a checked place in it, and to keep it open. */
export interface WordHost {
  place(op: string, offset: Bytes, size: number, alignment: number): number;
  pin(): Pin;
}

/**
 * The 32-bit words of a read-write mapping, for threads and processes that map the same file. Change them with
 * `Atomics` on `mapping.view(Int32Array)`; `Atomics.wait` refuses such memory, so sleeping and waking is here.
 */
export class SharedWords {
  readonly #backing: Backing;
  readonly #host: WordHost;

  /** Made by a `Mapping`. */
  constructor(backing: Backing, host: WordHost) {
    this.#backing = backing;
    this.#host = host;
  }

  /**
   * Sleeps while the word at byte `offset` is `expected`, until {@link notify}, by any thread or process. Blocks the
   * thread. Store with `Atomics` before notifying.
   *
   * @param timeout in milliseconds, for ever unless given.
   * @throws MAP_READ_ONLY, MAP_RANGE, MAP_UNALIGNED, and MAP_UNSUPPORTED on a copy.
   */
  wait(offset: Bytes, expected: number, timeout?: number): WaitResult {
    const at = this.#host.place('wait', offset, 4, 4);
    return this.#backing.wait(at, wordOf(expected), milliseconds(timeout));
  }

  /** As {@link wait}, while other code runs. The mapping is pinned meanwhile. Rejects with `signal.reason`. */
  async waitAsync(
    offset: Bytes,
    expected: number,
    options?: { readonly timeout?: number; readonly signal?: AbortSignal },
  ): Promise<WaitResult> {
    checkOptions(options, ['timeout', 'signal'], 'waitAsync');
    const { timeout, signal } = options ?? {};
    signal?.throwIfAborted();
    const at = this.#host.place('wait', offset, 4, 4);
    const word = wordOf(expected);
    const limit = milliseconds(timeout);
    const pin = this.#host.pin();
    const result = await new Promise<WaitResult>((resolve) => {
      const abandon = this.#backing.waitAsync(at, word, limit, (ended) => {
        signal?.removeEventListener('abort', abandon);
        resolve(ended);
      });
      signal?.addEventListener('abort', abandon, { once: true });
    }).finally(pin.release);
    signal?.throwIfAborted();
    return result;
  }

  /** Wakes up to `count` who wait on the word at byte `offset`: all unless given. Returns how many. */
  notify(offset: Bytes, count = 2 ** 31 - 1): number {
    if (!Number.isInteger(count) || count < 0)
      throw new RangeError(`count must be a whole number, not ${count}`);
    return this.#backing.wake(this.#host.place('notify', offset, 4, 4), Math.min(count, 2 ** 31 - 1));
  }

  /** The mutex in the {@link mutexBytes} bytes at `offset`, a multiple of 8. They begin as zeros. */
  mutex(offset: Bytes): SharedMutex {
    const at = this.#host.place('mutex', offset, mutexBytes, 8);
    return new SharedMutex(this.#backing, at, () => this.#host.pin());
  }
}

/** The 32 bits of a number, signed or unsigned. */
function wordOf(expected: number): number {
  if (Number.isInteger(expected) && expected >= -(2 ** 31) && expected < 2 ** 32) return expected >>> 0;
  throw new RangeError(`expected must be a whole number of 32 bits, not ${String(expected)}`);
}
