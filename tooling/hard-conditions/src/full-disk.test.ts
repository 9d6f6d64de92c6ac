import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundleFor, mayMount, runChild, sharedFolder } from './child.fixture.js';
import { places } from './places.fixture.js';
import { subjects } from './subjects.fixture.js';

const folder = sharedFolder();
const bundle = bundleFor(folder);

/*
 * Commits rounds until the disk is full, frees space, goes on until it is full again, and so on; after each failure all of the
 * last commit must be there, for who failed and for who opens the file anew.
 */
const fillAndFree = (what: string, driver: string, pad: number) => `
  const place = t.places.${driver}(process.env.DISK + '/file');
  const pad = process.env.DISK + '/pad';
  fs.writeFileSync(pad, new Uint8Array(${pad}));
  let opened = t.subjects.${what}.make(place);
  let round = 0;
  const codes = new Set();
  for (let turn = 0; turn < 3; turn++) {
    for (let code; !code; ) {
      code = t.codeOf(() => opened.commit(round + 1));
      if (code) codes.add(code);
      else round++;
      if (round > 5000) throw new Error('the disk is never full');
    }
    // Again and again: what fails takes nothing.
    for (let time = 0; time < 5; time++) codes.add(t.codeOf(() => opened.commit(round + 1)));
    const left = opened.check();
    const reader = t.subjects.${what}.open(place, 'r');
    say({ round, left, read: reader.check() });
    reader.close();
    if (turn === 1) {
      codes.add(t.codeOf(() => opened.close()));
      opened = t.subjects.${what}.open(place, 'r+');
    }
    fs.truncateSync(pad, Math.max(0, fs.statSync(pad).size - (1 << 20)));
    opened.commit(++round);
    if (opened.check() !== round) throw new Error('not committed');
  }
  opened.close();
  const last = t.subjects.${what}.open(place, 'r');
  say({ round, left: last.check(), read: round });
  say([...codes].filter(Boolean));
`;

/** The values, and the codes that come last. */
function outcome(said: unknown[]): unknown {
  for (const each of said.slice(0, -1) as { round: number; left: number; read: number }[]) {
    expect(each.round).toBeGreaterThan(3);
    expect(each).toEqual({ round: each.round, left: each.round, read: each.round });
  }
  return said.at(-1);
}

const full = ['IO_NO_SPACE'];

describe.runIf(mayMount)('on a disk that is full', () => {
  it.each([
    ['blocks', 'sec2'],
    ['blocks', 'mmap'],
    ['objects', 'sec2'],
    ['objects', 'mmap'],
  ])(
    '%s over %s: the commit fails, the last one stays, and it goes on when there is space',
    (what, driver) => {
      const said = runChild(folder, bundle, fillAndFree(what, driver, 13 << 19), { smallDisk: true });
      expect(outcome(said)).toEqual(full);
    },
  );

  it.each(['sec2', 'mmap'])(
    'a cache over %s counts failures, serves what it has, and never fails a read',
    (driver) => {
      const said = runChild(
        folder,
        bundle,
        `
        const { driver, name } = t.places.${driver}(process.env.DISK + '/cache');
        const pad = process.env.DISK + '/pad';
        fs.writeFileSync(pad, new Uint8Array(5 << 20));
        const open = () => t.DatasetFileCache.createOrOpen(name, { ...t.settings({ driver, name }), maximumFileSize: 64 << 20, batchBytes: 1 << 17 });
        let cache = open();
        let asked = 0;
        const dataset = t.source(400, () => asked++);
        const readAll = async () => {
          asked = 0;
          const attached = cache.attach(dataset);
          for (let number = 0; number < 400; number++) {
            if (!t.same(await attached.readChunk([number]), t.bytesOf(number))) throw new Error('chunk ' + number);
          }
          return asked;
        };
        const first = await readAll();
        const again = await readAll();
        const progress = await t.warmUp(cache, dataset).then(() => 'done', ({ code }) => code);
        const codes = [t.codeOf(() => cache.put(t.keyOf(1000), new Uint8Array(1 << 20))), t.codeOf(() => cache.flush())];
        const problems = cache.verify();
        const stat = cache.stat();
        const closing = t.codeOf(() => cache.close());
        cache = t.DatasetFileCache.open(name, { driver, readOnly: true });
        const reader = [cache.verify(), cache.count(), await readAll()];
        cache.close();
        cache = open();
        const full = await readAll();
        fs.rmSync(pad);
        const freed = await readAll();
        const last = [await readAll(), cache.verify()];
        cache.close();
        say({ asked: [first, again, reader[2], full, freed, last[0]], count: reader[1] });
        say({ problems: [problems, reader[0], last[1]], damaged: stat.damaged, counted: stat.failures > 20 });
        say({ progress, codes, closing: closing ?? null });
      `,
        { smallDisk: true },
      );
      const [{ asked, count }, ...rest] = said as [{ asked: number[]; count: number }, ...unknown[]];
      const missing = 400 - count;
      expect(missing).toBeGreaterThan(100);
      expect(count).toBeGreaterThan(100);
      const [first, again, reader, full, freed, last] = asked;
      // What is there is not asked for again, and a small chunk may still find room; with space there is room for all.
      expect([first, reader, last]).toEqual([400, missing, 0]);
      expect(again).toBeGreaterThanOrEqual(missing);
      expect(again).toBeLessThan(300);
      expect(full).toBeLessThanOrEqual(missing);
      expect(freed).toBeLessThanOrEqual(full!);
      expect(rest).toEqual([
        { problems: [[], [], []], damaged: 0, counted: true },
        { progress: 'done', codes: ['IO_NO_SPACE', null], closing: null },
      ]);
    },
  );

  it.each(['blocks', 'cache'])(
    '%s over mmap: a page that is a hole in the file, and has no room on the disk, is an error and no crash',
    (what) => {
      const said = runChild(
        folder,
        bundle,
        `
        const place = t.places.mmap(process.env.DISK + '/file');
        const subject = t.subjects.${what};
        let opened = subject.make(place);
        let round = 0;
        while (round < 70) opened.commit(++round);
        opened.close();
        // A copy with holes where nothing is, as cp and backups make them.
        const bytes = fs.readFileSync(place.name);
        const storage = t.BlockStorage.open(t.openWith(place.driver, { name: place.name }), { offset: 64 });
        const free = storage.blocks().filter(({ kind }) => kind === 'free' || kind === 'resting');
        storage.close();
        fs.rmSync(place.name);
        const fd = fs.openSync(place.name, 'w');
        fs.ftruncateSync(fd, bytes.length);
        for (let at = 0; at < bytes.length; at += 4096) {
          if (free.some(({ start, size }) => start <= at && at + 4096 <= start + size)) continue;
          fs.writeSync(fd, bytes, at, Math.min(4096, bytes.length - at), at);
        }
        const holes = bytes.length - fs.fstatSync(fd).blocks * 512;
        fs.closeSync(fd);
        const pad = fs.openSync(process.env.DISK + '/pad', 'w');
        say(t.codeOf(() => {
          for (;;) fs.writeSync(pad, new Uint8Array(4096));
        }));
        fs.closeSync(pad);
        opened = subject.open(place, 'r');
        const before = opened.check();
        opened.close();
        opened = subject.open(place, 'r+');
        const code = t.codeOf(() => opened.commit(round + 1));
        say({ holes: holes > 100_000, before, code, closing: t.codeOf(() => opened.close()) });
        opened = subject.open(place, 'r');
        say(opened.check());
        opened.close();
        fs.rmSync(process.env.DISK + '/pad');
        opened = subject.open(place, 'r+');
        opened.commit(round + 1);
        say(opened.check());
        opened.close();
      `,
        { smallDisk: true },
      );
      expect(said).toEqual(['ENOSPC', { holes: true, before: 70, code: 'IO_NO_SPACE' }, 70, 71]);
    },
  );
});

/** The same limit on every file for as long as the process lives; there is nothing to free. */
const fillToLimit = (what: string, driver: string) => `
  const place = t.places.${driver}(process.env.DISK + '/${what}-${driver}');
  let opened = t.subjects.${what}.make(place);
  let round = 0;
  let code;
  while (!(code = t.codeOf(() => opened.commit(round + 1)))) round++;
  const codes = new Set([code]);
  for (let time = 0; time < 5; time++) codes.add(t.codeOf(() => opened.commit(round + 1)));
  say({ round, left: opened.check(), read: t.subjects.${what}.open(place, 'r').check() });
  opened.close();
  say([...codes].filter(Boolean));
`;

// Needs no rights, and so is tried everywhere.
describe('where files must not be longer', () => {
  it.each([
    ['blocks', 'sec2'],
    ['blocks', 'mmap'],
    ['objects', 'sec2'],
    ['objects', 'mmap'],
    ['cache', 'sec2'],
    ['cache', 'mmap'],
  ] as const)('%s over %s: the commit fails, the last one stays, and whoever may goes on', (what, driver) => {
    const said = runChild(folder, bundle, fillToLimit(what, driver), { fileLimit: 1 << 20 });
    expect(outcome(said)).toEqual(['IO_OUT_OF_RANGE']);
    const { round } = said[0] as { round: number };
    const opened = subjects[what].open(places[driver](join(folder, 'disk', `${what}-${driver}`)), 'r+');
    opened.commit(round + 1);
    expect(opened.check()).toBe(round + 1);
    opened.close();
  });
});
