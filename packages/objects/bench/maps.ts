import { openLmdb, openSqlite } from '@terrane/peers';
import { race, report } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const count = 10_000;
const rounds = 15;
const nameOf = (index: number) => `name ${(index * 7919) % count}`;

/** A map from names to records, beside lmdb with msgpack and better-sqlite3 with a text as its primary key. */
export async function maps(folder: string): Promise<void> {
  using store = memoryStore();
  const { byName, numbers } = store.root;
  const lmdb = openLmdb<{ x: number; y: number; n: number }>(folder, 'msgpack', { noSync: true });
  const sqlite = openSqlite(folder);
  sqlite.exec('create table points (name text primary key, x real, y real, n integer) without rowid');
  const insert = sqlite.prepare('insert or replace into points values (?, ?, ?, ?)');
  const select = sqlite.prepare<string, { x: number; y: number; n: number }>(
    'select x, y, n from points where name = ?',
  );
  const plain = new Map<string, { x: number; y: number; n: number }>();
  const names = Array.from({ length: count }, (_, index) => nameOf(index));
  const fresh = names.map((name) => `new ${name}`);
  const insertAll = (keys: readonly string[]) => {
    for (let i = 0; i < count; i++) insert.run(keys[i], i + 0.5, 0.25, i);
  };
  const putAll = (keys: readonly string[]) => {
    for (let i = 0; i < count; i++) lmdb.put(keys[i]!, pointOf(i));
  };
  const setLive = (keys: readonly string[]) => {
    for (let i = 0; i < count; i++) byName.set(keys[i]!, pointOf(i));
  };
  const setPlain = (keys: readonly string[]) => {
    for (let i = 0; i < count; i++) plain.set(keys[i]!, pointOf(i));
  };
  setLive(names);
  setPlain(names);
  for (let i = 0; i < count; i++) numbers.set(names[i]!, i);
  store.commit();
  lmdb.transactionSync(() => putAll(names));
  sqlite.transaction(() => insertAll(names))();

  const getLive = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += byName.get(names[i]!)!.x;
    return sum;
  };
  const getNumber = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += numbers.get(names[i]!)!;
    return sum;
  };
  const getPlain = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += plain.get(names[i]!)!.x;
    return sum;
  };
  const getLmdb = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += lmdb.get(names[i]!)!.x;
    return sum;
  };
  const getSqlite = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += select.get(names[i]!)!.x;
    return sum;
  };
  for (const get of [getLive, getLmdb, getSqlite]) {
    if (get() !== getPlain()) throw new Error(`${get.name} gets something else`);
  }
  report(
    `map get, and a field, of ${count} names`,
    await race(rounds, {
      'live map': { count, times: 3, run: getLive },
      'live map of numbers': { count, times: 3, run: getNumber },
      Map: { count, times: 3, run: getPlain },
      'lmdb get, decoded': { count, run: getLmdb },
      'better-sqlite3': { count, run: getSqlite },
    }),
    [{ of: 'live map', against: 'lmdb get, decoded', timesAsFast: 2 }],
  );

  report(
    'map put of a new name with a new record, in a transaction that is rolled back',
    await race(rounds, {
      'live map': { count, run: () => setLive(fresh), after: () => store.rollback() },
      Map: {
        count,
        run: () => setPlain(fresh),
        after: () => fresh.forEach((name) => void plain.delete(name)),
      },
      'lmdb put': {
        count,
        run: () => lmdb.transactionSync(() => putAll(fresh)),
        after: () => lmdb.transactionSync(() => fresh.forEach((name) => void lmdb.removeSync(name))),
      },
      'better-sqlite3': {
        count,
        before: () => sqlite.exec('begin'),
        run: () => insertAll(fresh),
        after: () => sqlite.exec('rollback'),
      },
    }),
  );
  if (byName.size !== count) throw new Error('a name was left');
  sqlite.close();
  await lmdb.close();
}
