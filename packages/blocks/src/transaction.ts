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
      return chain<M, void, T>(storage.rollback(), () => {
        throw error;
      });
    }
    return value
      .then(async (result) => {
        await storage.end();
        return result as T;
      })
      .then(undefined, async (error: unknown) => {
        await storage.rollback();
        throw error;
      }) as Out<M, T>;
  });
}
