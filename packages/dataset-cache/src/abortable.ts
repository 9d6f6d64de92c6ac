import { isPromise, type Mode, type Out } from '@terrane/driver';

/** Options of calls that somebody may stop waiting for. */
export interface CallOptions {
  /** Ends the waiting, not what the driver is at. A change that has not begun by then is not made. */
  readonly signal?: AbortSignal;
}

/** Work that somebody may stop waiting for. @throws the signal's reason */
export function abortable<M extends Mode, T>(
  mode: M,
  signal: AbortSignal | undefined,
  work: () => Out<M, T>,
): Out<M, T> {
  if (signal?.aborted) {
    if (mode === 'async') return Promise.reject(signal.reason) as Out<M, T>;
    throw signal.reason;
  }
  const result = work();
  if (!signal || !isPromise(result)) return result;
  return new Promise<unknown>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const done = () => signal.removeEventListener('abort', abort);
    Promise.resolve<unknown>(result).finally(done).then(resolve, reject);
  }) as Out<M, T>;
}
