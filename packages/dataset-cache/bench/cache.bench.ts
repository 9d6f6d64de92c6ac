/*
 * 64 KiB blocks: hits, misses with insert, eviction at the bound, opening, beside lmdb, better-sqlite3 and cacache in one run.
 * The peers are no dependencies of this project: install them in some folder and name it.
 *
 *     npm install --prefix /tmp/peers lmdb better-sqlite3 cacache
 *     node --conditions=@terrane/source --import tsx packages/dataset-cache/bench/cache.bench.ts /tmp/peers
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isPromise } from '@terrane/driver';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { DatasetFileCache } from '../src/index.js';

const blockBytes = 65_536;
const blocks = 2_000;
const bound = 256 << 20;
const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'terrane-bench-'));
const value = (number: number) => new Uint8Array(blockBytes).fill(number & 255).fill(number >> 8, 8, 16);
const keyOf = (number: number) => ({ guid, revision: 1, level: 0, number });

/** A store under test. Everything may answer by promise. */
interface Store {
  readonly name: string;
  put(number: number, bytes: Uint8Array): unknown;
  flush(): unknown;
  get(number: number): unknown;
  view?(number: number): unknown;
  close(): unknown;
}

function terrane(name: string, driver: typeof sec2): Store {
  const cache = DatasetFileCache.createOrOpen(join(folder, `${name}.hgc`), {
    driver,
    maximumFileSize: bound,
    batchBytes: 8 << 20,
  });
  return {
    name,
    put: (number, bytes) => cache.put(keyOf(number), bytes),
    flush: () => cache.flush(),
    get: (number) => cache.get(keyOf(number)),
    ...(driver === mmap && {
      view: (number: number) => {
        const lease = cache.view(keyOf(number));
        const first = lease?.bytes[0];
        lease?.release();
        return first;
      },
    }),
    close: () => cache.close(),
  };
}

/** The peers that are installed, as `unknown` things of their own making. */
async function peers(): Promise<Store[]> {
  const require = createRequire(join(process.argv[2] ?? '.', 'index.js'));
  const load = async (name: string): Promise<Record<string, never> | undefined> => {
    try {
      return await import(pathToFileURL(require.resolve(name)).href);
    } catch {
      console.log(`(${name} is not installed)`);
      return undefined;
    }
  };
  const found: Store[] = [];
  const lmdb = (await load('lmdb')) as { open(options: object): Lmdb } | undefined;
  if (lmdb) {
    const db = lmdb.open({ path: join(folder, 'lmdb'), encoding: 'binary', mapSize: 1 << 30 });
    let last: unknown;
    found.push({
      name: 'lmdb',
      put(number, bytes) {
        last = db.put(number, Buffer.from(bytes.buffer));
      },
      flush: async () => {
        await last;
        await db.flushed;
        if (db.getBinary(1)?.length !== blockBytes) throw new Error('lmdb did not keep it');
      },
      get: (number) => db.getBinary(number),
      view: (number) => db.getBinaryFast(number)?.[0],
      close: () => db.close(),
    });
  }
  const sqlite = (await load('better-sqlite3')) as { default: new (name: string) => Sqlite } | undefined;
  if (sqlite) {
    const db = new sqlite.default(join(folder, 'sqlite.db'));
    db.pragma('journal_mode = WAL');
    db.exec('create table blocks (number integer primary key, bytes blob)');
    const insert = db.prepare('insert or replace into blocks values (?, ?)');
    const select = db.prepare('select bytes from blocks where number = ?');
    let staged = 0;
    found.push({
      name: 'better-sqlite3',
      put(number, bytes) {
        if (staged++ === 0) db.exec('begin');
        insert.run(number, bytes);
        if (staged < 128) return;
        db.exec('commit');
        staged = 0;
      },
      flush() {
        if (staged > 0) db.exec('commit');
        staged = 0;
      },
      get: (number) => select.get(number),
      close: () => db.close(),
    });
  }
  const cacache = (await load('cacache')) as { default: Cacache } | undefined;
  if (cacache) {
    const place = join(folder, 'cacache');
    found.push({
      name: 'cacache',
      put: (number, bytes) => cacache.default.put(place, String(number), Buffer.from(bytes.buffer)),
      flush: () => undefined,
      get: (number) => cacache.default.get(place, String(number)),
      close: () => undefined,
    });
  }
  return found;
}

interface Lmdb {
  put(key: number, value: Uint8Array): Promise<boolean>;
  readonly flushed: Promise<boolean>;
  getBinary(key: number): Uint8Array | undefined;
  getBinaryFast(key: number): Uint8Array | undefined;
  close(): Promise<void>;
}
interface Sqlite {
  pragma(text: string): void;
  exec(text: string): void;
  prepare(text: string): { run(...values: unknown[]): void; get(...values: unknown[]): unknown };
  close(): void;
}
interface Cacache {
  put(place: string, key: string, bytes: Uint8Array): Promise<unknown>;
  get(place: string, key: string): Promise<unknown>;
}

/** Microseconds for each of `count` calls. */
async function time(count: number, call: (index: number) => unknown): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < count; index++) {
    const result = call(index);
    if (isPromise(result)) await result;
  }
  return ((performance.now() - start) * 1000) / count;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
const stores = [terrane('terrane-mmap', mmap), terrane('terrane-sec2', sec2), ...(await peers())];
const table: Record<string, Record<string, string>> = {};
for (const store of stores) {
  const row: Record<string, string> = {};
  const micro = (what: string, value: number) => {
    row[what] = `${value.toFixed(2)} µs`;
  };
  const insert = await time(blocks, (index) => store.put(index, value(index)));
  const flush = await time(1, () => store.flush());
  micro('insert and flush', insert + flush / blocks);
  const order = (index: number) => (index * 7919) % blocks;
  const rounds = async (call: (number: number) => unknown) => {
    const runs: number[] = [];
    for (let round = 0; round < 5; round++) runs.push(await time(blocks, (index) => call(order(index))));
    return median(runs);
  };
  micro('hit, copy', await rounds((number) => store.get(number)));
  if (store.view) micro('hit, view', await rounds((number) => store.view!(number)));
  micro(
    'miss',
    await time(blocks, (index) => Promise.resolve(store.get(1e6 + index)).catch(() => undefined)),
  );
  if (store.name.startsWith('terrane')) {
    const more = 6_000;
    const evicting = await time(more, (index) => store.put(1e7 + index, value(index)));
    micro('insert with eviction', evicting + (await time(1, () => store.flush())) / more);
  }
  await store.close();
  table[store.name] = row;
}
console.table(table);
rmSync(folder, { recursive: true });
