import { openLmdb } from '@terrane/peers';
import { batch, type Store, type StoreOptions } from './store.js';

/**
 * lmdb: whole batches in one synchronous transaction that is on the disk when it returns, the fastest durable way
 * it has here. With a bound, a second table keeps the order of use, and the oldest go in the batch that needs their place.
 */
export function lmdbStore({ folder, bound }: StoreOptions): Store {
  const root = openLmdb<Uint8Array>(folder, 'binary', { overlappingSync: false, maxDbs: 2 });
  const blocks = root.openDB<Uint8Array, number>({
    name: 'blocks',
    encoding: 'binary',
    keyEncoding: 'uint32',
  });
  const used = root.openDB<[number, number], number>({ name: 'used', encoding: 'msgpack' });
  const staged: [number, Uint8Array][] = [];
  let time = 0;
  let total = 0;

  function evict(limit: number): void {
    for (const { key, value } of used.getRange({ limit: 2 * batch })) {
      if (total <= limit) return;
      blocks.removeSync(value[0]);
      used.removeSync(key);
      total -= value[1];
    }
  }
  function commit(): void {
    root.transactionSync(() => {
      for (const [number, bytes] of staged) {
        blocks.putSync(number, bytes);
        if (bound === undefined) continue;
        used.putSync(time++, [number, bytes.length]);
        total += bytes.length;
      }
      if (bound !== undefined) evict(bound);
    });
    staged.length = 0;
  }
  return {
    name: 'lmdb',
    put(number, bytes) {
      if (staged.push([number, bytes]) === batch) commit();
    },
    flush: commit,
    get: (number) => blocks.getBinary(number),
    view: (number) => blocks.getBinaryFast(number)?.[0],
    // Its own place is longer than the value.
    into: (number, target) => target.set(blocks.getBinaryFast(number)!.subarray(0, target.length)),
    close: () => root.close(),
  };
}
