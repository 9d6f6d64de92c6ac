import { isPromise, type Mode, type Out } from '@terrane/driver';

/** Takes one step for each item, the next only after the last has ended: a loop with or without `await`. */
export function inTurn<M extends Mode, T>(
  mode: M,
  items: Iterable<T>,
  step: (item: T) => Out<M, unknown>,
): Out<M, void> {
  if (mode === 'sync') {
    for (const item of items) step(item);
    return undefined as Out<M, void>;
  }
  return awaitInTurn(items, step) as Out<M, void>;
}

async function awaitInTurn<T>(items: Iterable<T>, step: (item: T) => unknown): Promise<void> {
  for (const item of items) await step(item);
}

/** Undoes something when an attempt fails, in either mode, and lets the failure through. */
export function onFailure<M extends Mode, T>(attempt: () => Out<M, T>, undo: () => void): Out<M, T> {
  let value: Out<M, T>;
  try {
    value = attempt();
  } catch (error) {
    undo();
    throw error;
  }
  if (!isPromise(value)) return value;
  return value.then(undefined, (error: unknown) => {
    undo();
    throw error;
  }) as Out<M, T>;
}

/** Runs an action so that its failure comes the way the mode has it: thrown, or as a promise that is rejected. */
export function inMode<M extends Mode, T>(mode: M, action: () => Out<M, T>): Out<M, T> {
  if (mode === 'sync') return action();
  try {
    return action();
  } catch (error) {
    return Promise.reject(error) as Out<M, T>;
  }
}
