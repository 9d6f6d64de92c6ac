import { openLmdb, openSqlite } from '@terrane/peers';
import { race, report } from './measure.js';
import { memoryStore } from './point-schema.js';

const count = 10_000;
const rounds = 15;
const rangeLength = 100;
const ranges = 100;

/** A sorted map from names to numbers, beside lmdb and a table of SQLite in the order of its primary key. */
export async function sorted(folder: string): Promise<void> {
  using store = memoryStore();
  const { sorted } = store.root;
  const lmdb = openLmdb<number>(folder, 'msgpack', { noSync: true });
  const sqlite = openSqlite(folder);
  sqlite.exec('create table numbers (name text primary key, x real) without rowid');
  const insert = sqlite.prepare('insert into numbers values (?, ?)');
  const all = sqlite.prepare<[], { x: number }>('select name, x from numbers order by name');
  const some = sqlite.prepare<[string, string], { x: number }>(
    'select name, x from numbers where name >= ? and name < ? order by name',
  );
  const one = sqlite.prepare<string, number>('select x from numbers where name = ?').pluck();
  const names = Array.from({ length: count }, (_, index) => `name ${100_000 + ((index * 7919) % count)}`);
  const ordered = [...names].sort();
  const bounds = Array.from({ length: ranges }, (_, index) => {
    const first = (index * 7919) % (count - rangeLength);
    return [ordered[first]!, ordered[first + rangeLength]!] as const;
  });
  sqlite.exec('begin');
  lmdb.transactionSync(() => {
    for (let i = 0; i < count; i++) {
      sorted.set(names[i]!, i);
      lmdb.put(names[i]!, i);
      insert.run(names[i], i);
    }
  });
  sqlite.exec('commit');
  store.commit();

  const eachLive = () => {
    let sum = 0;
    for (const [, value] of sorted) sum += value;
    return sum;
  };
  const eachLmdb = () => {
    let sum = 0;
    for (const { value } of lmdb.getRange({})) sum += value;
    return sum;
  };
  const eachSqlite = () => {
    let sum = 0;
    for (const { x } of all.iterate()) sum += x;
    return sum;
  };
  agree(eachLive, eachLmdb, eachSqlite);
  report(
    `a sorted map of ${count} from its beginning to its end, for each`,
    await race(rounds, {
      'live sorted map': { count, run: eachLive },
      'lmdb getRange, decoded': { count, run: eachLmdb },
      'better-sqlite3 iterate': { count, run: eachSqlite },
    }),
  );

  const rangesLive = () => {
    let sum = 0;
    for (const [from, before] of bounds) for (const [, value] of sorted.range({ from, before })) sum += value;
    return sum;
  };
  const rangesLmdb = () => {
    let sum = 0;
    for (const [start, end] of bounds) for (const { value } of lmdb.getRange({ start, end })) sum += value;
    return sum;
  };
  const rangesSqlite = () => {
    let sum = 0;
    for (const [from, before] of bounds) for (const { x } of some.iterate(from, before)) sum += x;
    return sum;
  };
  agree(rangesLive, rangesLmdb, rangesSqlite);
  report(
    `a range of ${rangeLength} keys`,
    await race(rounds, {
      'live sorted map': { count: ranges, run: rangesLive },
      'lmdb getRange, decoded': { count: ranges, run: rangesLmdb },
      'better-sqlite3 iterate': { count: ranges, run: rangesSqlite },
    }),
  );

  const getLive = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += sorted.get(names[i]!)!;
    return sum;
  };
  const getLmdb = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += lmdb.get(names[i]!)!;
    return sum;
  };
  const getSqlite = () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += one.get(names[i]!)!;
    return sum;
  };
  agree(getLive, getLmdb, getSqlite);
  report(
    'a key of it',
    await race(rounds, {
      'live sorted map': { count, run: getLive },
      'lmdb get, decoded': { count, run: getLmdb },
      'better-sqlite3': { count, run: getSqlite },
    }),
  );
  sqlite.close();
  await lmdb.close();
}

function agree(first: () => number, ...others: (() => number)[]): void {
  const expected = first();
  for (const other of others) {
    if (other() !== expected) throw new Error(`${other.name} finds something else than ${first.name}`);
  }
}
