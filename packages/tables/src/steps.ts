import { isPromise, type Mode, type Out } from '@terrane/driver';

/** A body for `steps`: it yields results of either mode and is given their values. */
export type Steps<T> = Generator<unknown, T, unknown>;

/**
 * Runs a generator that yields results of either mode: over a synchronous file it runs through at once, over an
 * asynchronous one it goes on whenever a promise is kept. One text serves both.
 */
export function steps<M extends Mode, T>(mode: M, body: () => Steps<T>): Out<M, T> {
  if (mode === 'sync') {
    const generator = body();
    let next = generator.next();
    while (!next.done) next = generator.next(next.value);
    return next.value as Out<M, T>;
  }
  return runAsync(body) as Out<M, T>;
}

async function runAsync<T>(body: () => Steps<T>): Promise<T> {
  const generator = body();
  let next = generator.next();
  while (!next.done) {
    try {
      next = generator.next(isPromise(next.value) ? await next.value : next.value);
    } catch (error) {
      next = generator.throw(error);
    }
  }
  return next.value;
}

/** Inside `steps`: the value of a result, `const names = yield* wait<M, string[]>(group.keys())`. */
export function* wait<M extends Mode, T>(result: Out<M, T>): Steps<T> {
  return (yield result) as T;
}
