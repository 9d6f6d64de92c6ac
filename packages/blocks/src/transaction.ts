import { chain, isPromise, type Mode, type Out } from '@terrane/driver';

/** What a transaction asks of its storage. */
interface Transactional<M extends Mode> {
  beginWrite(): Out<M, void>;
  end(): Out<M, void>;
  rollback(): Out<M, void>;
}

/** Runs `work` with write access and commits; when either fails, rolls back. */
export function transaction<M extends Mode, T>(storage: Transactional<M>, work: () => Out<M, T>): Out<M, T> {
  return chain<M, void, T>(storage.beginWrite(), () => {
    let value: Out<M, T>;
    try {
      value = work();
      if (!isPromise(value)) return chain<M, void, T>(storage.end(), () => value);
    } catch (error) {
      return undo(storage, error);
    }
    return value
      .then(async (result) => {
        await storage.end();
        return result as T;
      })
      .then(undefined, (error: unknown) => undo(storage, error)) as Out<M, T>;
  });
}

/** Rolls back and throws what failed; that says more than what rolling back may then fail with. */
function undo<M extends Mode>(storage: Transactional<M>, error: unknown): Out<M, never> {
  const fail = () => {
    throw error;
  };
  let undone: Out<M, void>;
  try {
    undone = storage.rollback();
  } catch {
    return fail();
  }
  return isPromise(undone) ? (undone.then(fail, fail) as Out<M, never>) : fail();
}
