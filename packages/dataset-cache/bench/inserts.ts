import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blockBytes, makeBlock } from './make-block.js';
import { race, report, timed } from './measure.js';
import { stores } from './stores.js';

const perRound = 512;
const rounds = 7;
const bound = 128 << 20;

/** New blocks in durable batches of 8 MiB: first with room for all of them, then with an old one going for each new one. */
export async function inserts(folder: string): Promise<void> {
  await insertRounds(join(folder, 'roomy'), 'insert with flush', undefined, 0);
  const full = (bound / blockBytes) * 1.25;
  await insertRounds(join(folder, 'bounded'), `insert with eviction at ${bound >> 20} MiB`, bound, full);
}

async function insertRounds(folder: string, title: string, bound: number | undefined, before: number) {
  const notes = new Map<string, string>();
  const opened = Object.entries(stores).map(([name, open]) => {
    const place = join(folder, name);
    return { name, place, store: open({ folder: makeFolder(place), bound: bound ?? 512 << 20 }) };
  });
  for (const { store } of opened) {
    if (before > 0) await timed(before, (index) => store.put(index, makeBlock(index)));
    await store.flush();
  }
  const candidates = opened.map(({ name, place, store }) => {
    let next = before;
    let longest = 0;
    const run = async () => {
      const insert = await timed(perRound, () => store.put(next, makeBlock(next++)));
      const flush = await timed(1, () => store.flush());
      longest = Math.max(longest, lengthOf(place));
      notes.set(name, `${(longest / 2 ** 20).toFixed(0)} MiB on disk`);
      return insert + flush / perRound;
    };
    return [name, run] as const;
  });
  report(title, await race(rounds, Object.fromEntries(candidates)), notes);
  for (const { store } of opened) await store.close();
}

function makeFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  return path;
}

function lengthOf(folder: string): number {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
