/*
 * The local drivers beside the plainest thing that does the same, in one process. Run from the package: `pnpm bench`.
 * Candidates take turns; medians and ratios are printed.
 */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { type CheckedFile, openWith } from '@terrane/driver';
import { hasPyTables, python, temporaryFolder } from '@terrane/oracles';
import { core, sec2 } from '../src/index.js';

const mebibyte = 2 ** 20;
const rounds = 21;
using folder = temporaryFolder();

/** Runs the candidates in turn, `rounds` times, and prints medians in milliseconds and ratios to the last one. */
function compare(title: string, candidates: Record<string, () => unknown>): void {
  const times = new Map(Object.keys(candidates).map((name) => [name, [] as number[]]));
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(candidates)) {
      // Nobody pays for what another one has left lying about.
      globalThis.gc?.();
      const started = performance.now();
      run();
      // The first rounds are for the compiler.
      if (round >= 0) times.get(name)!.push(performance.now() - started);
    }
  }
  print(title, new Map([...times].map(([name, all]) => [name, median(all)])));
}

function median(all: number[]): number {
  return all.sort((a, b) => a - b)[Math.floor(all.length / 2)]!;
}

function print(title: string, medians: ReadonlyMap<string, number>): void {
  const base = [...medians.values()].at(-1)!;
  console.log(title);
  for (const [name, time] of medians) {
    console.log(`  ${name.padEnd(34)} ${time.toFixed(3).padStart(10)} ms   ${(time / base).toFixed(2)} ×`);
  }
}

const piece = new Uint8Array(mebibyte / 4).fill(7);
const append = () => {
  const file = openWith(core, { mode: 'w' });
  for (let at = 0; at < 256; at++) file.write(at * piece.length, piece);
  file.close();
};
compare('append 64 MiB in 256 pieces', {
  core: append,
  'one memcpy': () => new Uint8Array(64 * mebibyte).fill(7),
});
if (hasPyTables) {
  const script = `
    import time, statistics, numpy, tables
    def run(**more):
        data = numpy.full(args['piece'], 7, dtype='u1')
        started = time.perf_counter()
        f = tables.open_file('none', 'w', driver='H5FD_CORE', driver_core_backing_store=0)
        a = f.create_earray('/', 'a', tables.UInt8Atom(), (0,), expectedrows=256 * args['piece'], **more)
        for i in range(256):
            a.append(data)
        f.close()
        return (time.perf_counter() - started) * 1000
    kinds = [{}, {'chunkshape': (args['piece'],)}]
    print(json.dumps([statistics.median([run(**more) for i in range(6)]) for more in kinds]))`;
  const [asIs, tuned] = JSON.parse(python(script, { piece: piece.length })) as [number, number];
  const ours = median(
    Array.from({ length: rounds }, () => {
      const started = performance.now();
      append();
      return performance.now() - started;
    }),
  );
  const medians = new Map([
    ['core (bytes only)', ours],
    ['PyTables, chunks of one piece', tuned],
    ['PyTables, as it comes', asIs],
  ]);
  print('append 64 MiB in 256 pieces, beside PyTables (which also keeps an index)', medians);
}

const image = new Uint8Array(256 * mebibyte).fill(3);
const inMemory = openWith(core, { mode: 'r+' }, { image });
compare('file image of 256 MiB', {
  core: () => inMemory.read(0, new Uint8Array(inMemory.size())),
  'one memcpy': () => new Uint8Array(image.length).set(image),
});
compare('open from an image of 256 MiB', {
  'copy-on-write (the default)': () => openWith(core, { mode: 'r+' }, { image }).close(),
  'copy-on-write, one byte written': () => {
    const file = openWith(core, { mode: 'r+' }, { image });
    file.write(mebibyte, Uint8Array.of(1));
    file.close();
  },
  copy: () => openWith(core, { mode: 'r+', options: { imageUse: 'copy' } }, { image }).close(),
});

const name = folder.join('file');
writeFileSync(name, image.subarray(0, 64 * mebibyte));
const checked = openWith(sec2, { name });
const bare = openSync(name, 'r');
const block = new Uint8Array(4096);
const positions = Array.from({ length: 5000 }, (_, index) => ((index * 7919) % 16_384) * 4096);
const throughUs = (file: CheckedFile<'sync'>) => () => {
  for (const position of positions) file.read(position, block);
};
compare('5000 random reads of 4 KiB', {
  sec2: throughUs(checked),
  'core, in memory': throughUs(inMemory),
  'fs.readSync': () => {
    for (const position of positions) readSync(bare, block, 0, 4096, position);
  },
});
closeSync(bare);
