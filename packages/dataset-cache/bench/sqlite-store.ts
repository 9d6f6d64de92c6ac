import { openSqlite } from '@terrane/peers';
import { batch, type Store, type StoreOptions } from './store.js';

/**
 * better-sqlite3 with a write-ahead log that is on the disk at each commit, and pages of 32 KiB, which suit such values better
 * than those of 4. With a bound, an index by time of use, and the oldest go in the batch that needs their place.
 */
export function sqliteStore({ folder, readOnly = false, bound }: StoreOptions): Store {
  const database = openSqlite(folder, { readOnly, pageSize: 32_768 });
  if (!readOnly) {
    database.pragma('synchronous = FULL');
    database.exec(
      'create table if not exists blocks (number integer primary key, used integer, length integer, bytes blob)',
    );
    if (bound !== undefined) database.exec('create index if not exists by_use on blocks (used)');
  }
  const insert = readOnly ? undefined : database.prepare('insert or replace into blocks values (?, ?, ?, ?)');
  const oldest = database.prepare('select number, length from blocks order by used limit ?');
  const remove = readOnly ? undefined : database.prepare('delete from blocks where number = ?');
  const select = database.prepare<number, Uint8Array>('select bytes from blocks where number = ?').pluck();
  let staged = 0;
  let time = 0;
  let total = 0;

  function evict(limit: number): void {
    if (total <= limit) return;
    for (const { number, length } of oldest.all(2 * batch) as { number: number; length: number }[]) {
      if (total <= limit) return;
      remove!.run(number);
      total -= length;
    }
  }
  function commit(): void {
    if (staged === 0) return;
    if (bound !== undefined) evict(bound);
    database.exec('commit');
    staged = 0;
  }
  return {
    name: 'better-sqlite3',
    put(number, bytes) {
      if (staged++ === 0) database.exec('begin');
      insert!.run(number, time++, bytes.length, bytes);
      total += bytes.length;
      if (staged === batch) commit();
    },
    flush: commit,
    get: (number) => select.get(number),
    into: (number, target) => target.set(select.get(number)!),
    close: () => database.close(),
  };
}
