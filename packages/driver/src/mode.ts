/** Whether a file answers at once (`"sync"`) or by promise (`"async"`). Everything above a driver is generic over it. */
export type Mode = 'sync' | 'async';

/** The result of an operation in mode `M`: the value itself, or a promise of it. */
export type Out<M extends Mode, T> = M extends 'sync' ? T : Promise<T>;

/** Goes on with a value of either mode: at once when it is there, later when it is a promise. */
export function chain<M extends Mode, T, U>(value: Out<M, T>, next: (value: T) => Out<M, U>): Out<M, U> {
  if (value instanceof Promise) return value.then(next) as Out<M, U>;
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
  if (value instanceof Promise) return value.finally(cleanup) as unknown as Out<M, T>;
  cleanup();
  return value;
}
