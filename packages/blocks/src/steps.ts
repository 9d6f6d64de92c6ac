import type { Mode, Out } from '@terrane/driver';

/**
 * Work over a file of either mode: it yields what the file answered, a value or a promise, and is resumed with
 * the value. One source serves both modes, and may pause between two changes without having to begin again.
 */
export type Steps<T> = Generator<unknown, T, unknown>;

/** Waits for one answer of a file: `const count = yield* answer(file.read(0, target))`. */
export function* answer<T>(value: T | PromiseLike<T>): Steps<T> {
  return (yield value) as T;
}

/** Runs steps to their end, at once or by promise. */
export function run<M extends Mode, T>(mode: M, steps: Steps<T>): Out<M, T> {
  if (mode === 'async') return runAsync(steps) as Out<M, T>;
  let step = steps.next();
  while (!step.done) step = steps.next(step.value);
  return step.value as Out<M, T>;
}

async function runAsync<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next();
  while (!step.done) {
    let value: unknown;
    try {
      value = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(value);
  }
  return step.value;
}

/** Lets one piece of work after the other at a storage: what is asynchronous would otherwise overlap. */
export class Turns<M extends Mode> {
  readonly #mode: M;
  #last: Promise<unknown> = Promise.resolve();

  constructor(mode: M) {
    this.#mode = mode;
  }

  take<T>(start: () => Steps<T>): Out<M, T> {
    if (this.#mode === 'sync') return run(this.#mode, start());
    const turn = this.#last.then(() => runAsync(start()));
    this.#last = turn.catch(() => undefined);
    return turn as Out<M, T>;
  }
}
