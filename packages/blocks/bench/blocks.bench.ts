/*
 * What reading and writing cost: lookups in an index, views, copies, new blocks, commits. Medians of several rounds.
 *
 *     pnpm --filter @terrane/blocks bench [million]
 *
 * With the word `million` an index of a million values is measured, too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Driver, openWith } from '@terrane/driver';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { BlockIndex, BlockStorage, type IndexOptions, WordSlot } from '../src/index.js';

const rounds = 9;
const blockBytes = 65_536;
const blocks = 2_000;
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'terrane-bench-'));

interface Key {
  readonly guid: readonly [number, number, number, number];
  readonly revision: number;
  readonly number: number;
}
interface Entry extends Key {
  readonly block: number;
  readonly length: number;
}

/** Values of 72 bytes with a key of several parts, as a cache has them. */
const options: IndexOptions<Entry, Key> = {
  order: {
    keyOf: (entry) => entry,
    compare: ({ guid: a, revision, number }, { guid: b, revision: other, number: last }) =>
      a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3] || revision - other || number - last,
  },
  format: {
    bytes: 72,
    read: (view, at) => ({
      guid: [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)],
      revision: view.getInt32(at + 16, true),
      number: view.getFloat64(at + 24, true),
      block: view.getFloat64(at + 32, true),
      length: view.getUint32(at + 40, true),
    }),
    write(view, at, { guid, revision, number, block, length }) {
      guid.forEach((part, index) => void view.setUint32(at + 4 * index, part));
      view.setInt32(at + 16, revision, true);
      view.setFloat64(at + 24, number, true);
      view.setFloat64(at + 32, block, true);
      view.setUint32(at + 40, length, true);
    },
  },
  root: WordSlot.at(40),
  cachedNodes: 65_536,
};
const { order } = options;
/** The same, compared where they lie. */
const quick: typeof options = {
  ...options,
  order: {
    ...order,
    compareAt: ({ guid, revision, number }, view, at) =>
      guid[0] - view.getUint32(at) ||
      guid[1] - view.getUint32(at + 4) ||
      guid[2] - view.getUint32(at + 8) ||
      guid[3] - view.getUint32(at + 12) ||
      revision - view.getInt32(at + 16, true) ||
      number - view.getFloat64(at + 24, true),
  },
};
const keyOf = (number: number): Key => ({ guid: [1, 2, 3, 4], revision: 1, number });

/** Microseconds of one call, the median of several rounds of `count`. */
function time(count: number, call: (index: number) => unknown): number {
  const times = Array.from({ length: rounds }, () => {
    const started = performance.now();
    for (let index = 0; index < count; index++) call(index);
    return ((performance.now() - started) * 1000) / count;
  });
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

function report(what: string, microseconds: number): void {
  console.log(`${what.padEnd(64)} ${microseconds.toFixed(2).padStart(9)} µs`);
}

/** A storage of `count` values in an index, of which the first `blocks` have a block. */
function make(name: string, count: number): number[] {
  using storage = BlockStorage.create(openWith(sec2, { name, mode: 'w' }), { offset: 64 });
  const bytes = new Uint8Array(blockBytes).fill(7);
  const ids: number[] = [];
  storage.transaction(() => {
    const index = BlockIndex.create(storage, options);
    for (let number = 0; number < count; number++) {
      if (number < blocks) {
        ids.push(storage.allocate(blockBytes));
        storage.write(ids.at(-1)!, bytes);
      }
      index.upsert({ ...keyOf(number), block: ids[number] ?? 0, length: blockBytes });
    }
  });
  return ids;
}

function reading(name: string, count: number, ids: readonly number[]): void {
  const keys = Array.from({ length: 20_000 }, (_, at) => keyOf((at * 7_919) % count));
  for (const [driver, mode, alone] of [
    [mmap, 'r', true],
    [mmap, 'r', false],
    [mmap, 'r+', false],
    [sec2, 'r', true],
    [sec2, 'r', false],
    [sec2, 'r+', false],
  ] as [Driver<'sync'>, 'r' | 'r+', boolean][]) {
    const started = performance.now();
    using file = openWith(driver, { name, mode });
    using storage = BlockStorage.open(file, { offset: 64, alone, cachedNodes: 65_536 });
    if (mode === 'r+') storage.beginWrite();
    const index = BlockIndex.open(storage, options);
    index.find(keyOf(0));
    const opened = performance.now() - started;
    const how = `${count} values, ${driver.name}, ${mode === 'r+' ? 'writer' : alone ? 'reader alone' : 'reader'}`;
    const walk = performance.now();
    index.findAll();
    const walked = performance.now() - walk;
    report(`${how}: open and first find`, opened * 1000);
    report(`${how}: walk of all, cold`, walked * 1000);
    report(
      `${how}: index.find`,
      time(20_000, (at) => index.find(keys[at]!)),
    );
    const other = openWith(driver, { name });
    using beside = BlockStorage.open(other, { offset: 64, alone, cachedNodes: 65_536 });
    const quicker = BlockIndex.open(beside, quick);
    report(
      `${how}: index.find with compareAt`,
      time(20_000, (at) => quicker.find(keys[at]!)),
    );
    for (const name of ['floor', 'ceiling'] as const) {
      report(
        `${how}: index.${name} with compareAt`,
        time(20_000, (at) => quicker[name](keys[at]!)),
      );
    }
    for (const name of ['min', 'max'] as const) {
      report(
        `${how}: index.${name}`,
        time(20_000, () => quicker[name]()),
      );
    }
    report(
      `${how}: storage.sizeOf`,
      time(20_000, (at) => storage.sizeOf(ids[at % blocks]!)),
    );
    const target = new Uint8Array(blockBytes);
    report(
      `${how}: storage.readInto, 64 KiB`,
      time(2_000, (at) => storage.readInto(ids[at % blocks]!, target)),
    );
    report(
      `${how}: storage.readInto, 64 bytes`,
      time(20_000, (at) => storage.readInto(ids[at % blocks]!, target.subarray(0, 64))),
    );
    if (driver.name !== 'mmap') continue;
    report(
      `${how}: storage.view, one byte of it`,
      time(20_000, (at) => {
        const lease = storage.view(ids[at % blocks]!)!;
        const first = lease.bytes[0];
        lease.release();
        return first;
      }),
    );
    report(
      `${how}: file.view, one byte of it`,
      time(20_000, (at) => {
        const lease = storage.file.view(8192 + (at % blocks) * blockBytes, blockBytes)!;
        const first = lease.bytes[0];
        lease.release();
        return first;
      }),
    );
    report(
      `${how}: file.read, 64 KiB`,
      time(2_000, (at) => storage.file.read(8192 + (at % blocks) * blockBytes, target)),
    );
  }
}

function writing(): void {
  for (const driver of [mmap, sec2] as Driver<'sync'>[]) {
    const file = openWith(driver, { name: join(folder, 'written'), mode: 'w' });
    using storage = BlockStorage.create(file);
    const bytes = new Uint8Array(blockBytes).fill(7);
    storage.beginWrite();
    const put = () => storage.write(storage.allocate(blockBytes), bytes);
    report(`${driver.name}: allocate and write 64 KiB`, time(200, put));
    storage.commit();
    report(
      `${driver.name}: commit of one block of 64 KiB`,
      time(20, () => {
        put();
        storage.commit();
      }),
    );
    storage.end();
  }
}

try {
  const sizes = process.argv.includes('million') ? [2_000, 1_000_000] : [2_000];
  for (const size of sizes) {
    const name = join(folder, String(size));
    const started = performance.now();
    const ids = make(name, size);
    report(`${size} values: written`, ((performance.now() - started) * 1000) / size);
    reading(name, size, ids);
  }
  writing();
} finally {
  rmSync(folder, { recursive: true });
}
