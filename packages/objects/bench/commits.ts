import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { tryLockFile } from '@terrane/mmap';
import { ObjectStore } from '@terrane/objects';
import { openLmdb, openSqlite } from '@terrane/peers';
import { type Candidate, type Goal, race, report } from './measure.js';
import { pointOf, schema } from './point-schema.js';

const records = 200_000;
// The others lock, too. Without locks, ours looks for other writers before every commit.
const flock = (fd: number, kind: 'shared' | 'exclusive') => tryLockFile(fd, { kind, style: 'flock' });
const record = Buffer.alloc(24);

function recordOf(index: number, y: number): Buffer {
  record.writeDoubleLE(index + 0.5);
  record.writeDoubleLE(y, 8);
  record.writeInt32LE(index, 16);
  return record;
}

/**
 * Commits that are on the disk when they return: ours over positional writes, lmdb with its sync before it returns (quicker here
 * than waiting for the one behind it), SQLite with a write-ahead log and synchronous = FULL.
 */
export async function commits(folder: string): Promise<void> {
  const options = { name: join(folder, 'store'), mode: 'w', options: { locking: false } } as const;
  using store = ObjectStore.open(openWith(sec2, options, { flock }), schema);
  const { points } = store.root;
  let committed = 0;
  const lmdb = openLmdb<Buffer>(folder, 'binary', { overlappingSync: false });
  const sqlite = openSqlite(folder);
  sqlite.pragma('synchronous = FULL');
  sqlite.exec('create table points (id integer primary key, x real, y real, n integer)');
  const insert = sqlite.prepare('insert into points values (?, ?, ?, ?)');
  const update = sqlite.prepare('update points set y = ? where id = ?');
  sqlite.exec('begin');
  lmdb.transactionSync(() => {
    for (let index = 0; index < records; index++) {
      points.push(pointOf(index));
      lmdb.put(index, recordOf(index, 0.25));
      insert.run(index, index + 0.5, 0.25, index);
    }
  });
  sqlite.exec('commit');
  store.commit();

  const changing = (
    changes: number,
    times: number,
    indexOf: (change: number) => number,
  ): Record<string, Candidate> => ({
    ours: {
      count: 1,
      times,
      run() {
        const value = ++committed;
        for (let change = 0; change < changes; change++) points.at(indexOf(change))!.y = value;
        store.commit();
      },
    },
    lmdb: {
      count: 1,
      times,
      run: () =>
        lmdb.transactionSync(() => {
          const value = ++committed;
          for (let change = 0; change < changes; change++) {
            lmdb.put(indexOf(change), recordOf(indexOf(change), value));
          }
        }),
    },
    'better-sqlite3': {
      count: 1,
      times,
      run() {
        const value = ++committed;
        sqlite.exec('begin');
        for (let change = 0; change < changes; change++) update.run(value, indexOf(change));
        sqlite.exec('commit');
      },
    },
  });
  const ahead: Goal = { of: 'ours', against: 'better-sqlite3', timesAsFast: 1 };
  // Many commits in a row, so that what ours puts off until its log is full is in the figure, and its code is warm.
  for (const [changes, times] of [
    [1, 100],
    [100, 50],
    [10_000, 3],
  ] as const) {
    const samples = await race(
      9,
      changing(changes, times, (change) => (change * 7919) % records),
    );
    report(`commit of ${changes} scattered changes`, samples, changes === 100 ? [ahead] : []);
  }
  const durable: Goal = { of: 'ours', against: 'lmdb', timesAsFast: 1.3 };
  const inOrder = await race(
    9,
    changing(1000, 30, (change) => 50_000 + change),
  );
  report('durable transaction that changes 1,000 records, one after the other', inOrder, [durable]);

  let [pushed, put, inserted] = [records, records, records];
  const added = await race(9, {
    ours: {
      count: 1,
      times: 20,
      run: () =>
        store.transaction(() => {
          for (let index = 0; index < 1000; index++) points.push(pointOf(pushed++));
        }),
    },
    lmdb: {
      count: 1,
      times: 20,
      run: () =>
        lmdb.transactionSync(() => {
          for (let index = 0; index < 1000; index++) lmdb.put(put, recordOf(put++, 0.25));
        }),
    },
    'better-sqlite3': {
      count: 1,
      times: 20,
      run() {
        sqlite.exec('begin');
        for (let index = 0; index < 1000; index++) insert.run(inserted, inserted + 0.5, 0.25, inserted++);
        sqlite.exec('commit');
      },
    },
  });
  report('durable transaction that adds 1,000 records', added, [durable]);
  sqlite.close();
  await lmdb.close();
}
