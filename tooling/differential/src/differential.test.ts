import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { corpus, temporaryFolder } from '@terrane/oracles';
import { expect, it } from 'vitest';
import { compareFile } from './compare-file.js';
import { damage } from './damage.js';
import { differential } from './differential.js';
import { ReaderProcess } from './reader-process.js';
import { formatReport } from './report.js';

const fixtures = fileURLToPath(new URL('../../../packages/hdf5/fixtures/', import.meta.url));

/** Enough for what must hold: a failure shows the whole report. */
function sound(report: Awaited<ReturnType<typeof differential>>): string {
  const { wrong, broken } = report.totals;
  return wrong + broken === 0 ? 'sound' : formatReport(report);
}

it('counts sound files, and files that nobody opens', async () => {
  using folder = temporaryFolder();
  for (const name of ['compact.h5', 'userblock.h5']) copyFileSync(`${fixtures}${name}`, folder.join(name));
  writeFileSync(folder.join('cut.h5'), readFileSync(`${fixtures}earliest.h5`).subarray(0, 600));
  writeFileSync(folder.join('zeros.h5'), new Uint8Array(1000));
  const report = await differential(folder.path, { jobs: 1 });
  expect(sound(report)).toBe('sound');
  expect(report.totals).toMatchObject({ files: 4, refusedByBoth: 2, refused: 0 });
  expect(report.totals.equal).toBeGreaterThan(6);
});

it('finds a value that differs, in a file that is otherwise the same', async () => {
  using folder = temporaryFolder();
  const path = `${fixtures}compact.h5`;
  const changed = readFileSync(path);
  changed[changed.indexOf(Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0))] = 7;
  writeFileSync(folder.join('changed.h5'), changed);
  const limits = { milliseconds: 20_000, bytes: 2 ** 32 };
  using library = new ReaderProcess('h5wasm', limits);
  using engine = new ReaderProcess('ours', limits);
  const theirs = await library.ask({ path, maxBytes: 1e6 });
  const wanted = 'items' in theirs ? theirs.items : [];
  const ours = await engine.ask({ path: folder.join('changed.h5'), wanted, maxBytes: 1e6 });
  const { wrong, equal } = compareFile('changed.h5', theirs, ours, (disputed) =>
    disputed.map(() => undefined),
  );
  expect(wrong).toEqual([
    {
      path: '/integers',
      kind: 'dataset',
      ours: 'integer [2,3] 0, 1, 7, 3, 4, 5',
      theirs: 'integer [2,3] 0, 1, 2, 3, 4, 5',
    },
  ]);
  expect(equal).toBe(wanted.length - 1);
});

it('gives up on a reader that takes too long, or too much memory, and starts it again', async () => {
  const request = { path: `${fixtures}earliest.h5`, maxBytes: 1e6 };
  using slow = new ReaderProcess('ours', { milliseconds: 0, bytes: 2 ** 32 });
  expect(await slow.ask(request)).toMatchObject({ died: 'hang' });
  using small = new ReaderProcess('h5wasm', { milliseconds: 20_000, bytes: 1 });
  expect(await small.ask({ ...request, path: `${fixtures}many-links.h5` })).toMatchObject({ died: 'memory' });
  using fine = new ReaderProcess('ours', { milliseconds: 20_000, bytes: 2 ** 32 });
  expect(await fine.ask(request)).toHaveProperty('items');
  fine[Symbol.dispose]();
  expect(await fine.ask(request)).toHaveProperty('items');
});

it.each([false, true])('reads our fixtures as the HDF5 library does, by promise: %s', async (promises) => {
  const report = await differential(fixtures, { promises });
  expect(sound(report)).toBe('sound');
  expect(report.totals.equal).toBeGreaterThan(300);
});

it.skipIf(!corpus())('reads the corpus of the HDF5 library right, or refuses by name', async () => {
  const report = await differential(corpus()!);
  expect(sound(report)).toBe('sound');
  expect(report.totals.files).toBeGreaterThan(200);
  expect(report.totals.equal).toBeGreaterThan(900);
});

it('reads damaged copies of our fixtures without a crash, a hang or an error without a code', async () => {
  const { copies, broken } = await damage(fixtures, { rounds: 30 });
  expect(broken).toEqual([]);
  expect(copies).toBeGreaterThan(300);
});
