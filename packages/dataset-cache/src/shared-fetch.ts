/** Work that is under way, by key: who asks for the same while it is, waits for the same. */
export class SharedFetches<T> {
  readonly #running = new Map<string, Running<T>>();
  readonly #copy: (result: T) => T;

  /** @param copy - What those get who did not start the work: the starter may change its own result as soon as it has it. */
  constructor(copy: (result: T) => T) {
    this.#copy = copy;
  }

  /**
   * Starts the work, or joins it. It is aborted when everybody who waited for it has gone.
   *
   * @throws the signal's reason, for the one whose signal it is.
   */
  async fetch(
    key: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    let running = this.#running.get(key);
    // Copied in the turn in which the work ends, before anybody else can have the result.
    const copied = running?.result.then(this.#copy);
    copied?.catch(() => undefined);
    if (!running) {
      const controller = new AbortController();
      const forget = () => {
        if (this.#running.get(key) === started) this.#running.delete(key);
      };
      const result = work(controller.signal).finally(forget);
      const started: Running<T> = { controller, result, waiting: 0 };
      // Those who wait hear of a failure; when nobody does any more, it is nobody's.
      result.catch(() => undefined);
      running = started;
      this.#running.set(key, running);
    }
    const joined = running;
    joined.waiting++;
    const leave = () => {
      if (--joined.waiting > 0) return;
      if (this.#running.get(key) === joined) this.#running.delete(key);
      joined.controller.abort(signal?.reason);
    };
    const result = copied ?? joined.result;
    if (!signal) return await result;
    return await new Promise<T>((resolve, reject) => {
      const abort = () => {
        leave();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      const done = () => signal.removeEventListener('abort', abort);
      result.finally(done).then(resolve, reject);
    });
  }
}

interface Running<T> {
  readonly controller: AbortController;
  readonly result: Promise<T>;
  waiting: number;
}
