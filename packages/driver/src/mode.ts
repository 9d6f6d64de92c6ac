/** Whether a file answers at once (`"sync"`) or by promise (`"async"`). Everything above a driver is generic over it. */
export type Mode = 'sync' | 'async';

/** The result of an operation in mode `M`: the value itself, or a promise of it. */
export type Out<M extends Mode, T> = M extends 'sync' ? T : Promise<T>;

/** Goes on with a value of either mode: at once when it is there, later when it is a promise. */
export function chain<M extends Mode, T, U>(value: Out<M, T>, next: (value: T) => Out<M, U>): Out<M, U> {
  if (isPromise(value)) return (value as PromiseLike<T>).then(next) as Out<M, U>;
  return next(value as T);
}

/** Like `try … finally` over either mode: `cleanup` runs once, whether `attempt` succeeds or fails. */
export function always<M extends Mode, T>(attempt: () => Out<M, T>, cleanup: () => void): Out<M, T> {
  let value: Out<M, T>;
  try {
    value = attempt();
  } catch (error) {
    cleanup();
    throw error;
  }
  if (isPromise(value)) return Promise.resolve(value).finally(cleanup) as Out<M, T>;
  cleanup();
  return value;
}

/** Whether a value must be awaited. Tells by shape, so promises of other realms and libraries count. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/** A plain value as the result of an operation in the given mode. */
export function settled<M extends Mode, T>(mode: M, value: T): Out<M, T> {
  return (mode === 'sync' ? value : Promise.resolve(value)) as Out<M, T>;
}
