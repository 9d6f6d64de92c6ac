import { openLmdb, openSqlite } from '@terrane/peers';
import { race, report } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const count = 10_000;
const rounds = 15;

/** Everything in a list, in its order. */
export async function iteration(folder: string): Promise<void> {
  using store = memoryStore();
  const { points, values } = store.root;
  const plain = Array.from({ length: count }, (_, index) => pointOf(index));
  const lmdb = openLmdb<{ x: number; y: number; n: number }>(folder, 'msgpack', { noSync: true });
  const sqlite = openSqlite(folder);
  sqlite.exec('create table points (id integer primary key, x real, y real, n integer)');
  const insert = sqlite.prepare('insert into points values (?, ?, ?, ?)');
  const select = sqlite.prepare<[], { x: number; y: number; n: number }>(
    'select x, y, n from points order by id',
  );
  sqlite.exec('begin');
  lmdb.transactionSync(() => {
    for (const [index, point] of plain.entries()) {
      points.push(point);
      values.push(point.x);
      lmdb.put(index, point);
      insert.run(index, point.x, point.y, point.n);
    }
  });
  sqlite.exec('commit');
  store.commit();
  const ofPoints = () => {
    let sum = 0;
    for (const point of points) sum += point.x;
    return sum;
  };
  const ofValues = () => {
    let sum = 0;
    for (const value of values) sum += value;
    return sum;
  };
  const ofPlain = () => {
    let sum = 0;
    for (const point of plain) sum += point.x;
    return sum;
  };
  const ofLmdb = () => {
    let sum = 0;
    for (const { value } of lmdb.getRange({})) sum += value.x;
    return sum;
  };
  const ofSqlite = () => {
    let sum = 0;
    for (const { x } of select.iterate()) sum += x;
    return sum;
  };
  for (const each of [ofPoints, ofValues, ofLmdb, ofSqlite]) {
    if (each() !== ofPlain()) throw new Error(`${each.name} sees something else`);
  }
  report(
    `a list of ${count} from its beginning to its end, for each`,
    await race(rounds, {
      'live list of objects': { count, times: 3, run: ofPoints },
      'live list of numbers': { count, times: 3, run: ofValues },
      'array of objects': { count, times: 30, run: ofPlain },
      'lmdb getRange, decoded': { count, run: ofLmdb },
      'better-sqlite3 iterate': { count, run: ofSqlite },
    }),
  );
  sqlite.close();
  await lmdb.close();
}
