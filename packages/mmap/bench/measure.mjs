import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The package, from its sources: no build has to come first. */
export async function loadPackage() {
  return import(packageFile());
}

/** The sources as one file of JavaScript. */
function packageFile() {
  const outfile = join(root, `build/bench/index-${process.pid}.mjs`);
  mkdirSync(dirname(outfile), { recursive: true });
  buildSync({
    entryPoints: [join(root, 'src/index.ts')],
    bundle: true,
    outfile,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@terrane/source'],
    external: ['node-gyp-build'],
  });
  process.once('exit', () => rmSync(outfile, { force: true }));
  return outfile;
}

/** A folder that is gone when the process ends. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A file of doubles 0, 1, 2 … in a scratch folder. */
export function fileOfDoubles(bytes, folder = scratch()) {
  const path = join(folder, 'doubles');
  const file = openSync(path, 'w');
  const piece = new Float64Array(1 << 20);
  for (let at = 0; at < bytes; at += piece.byteLength) {
    for (let index = 0; index < piece.length; index++) piece[index] = at / 8 + index;
    writeSync(file, piece, 0, Math.min(piece.byteLength, bytes - at));
  }
  closeSync(file);
  return path;
}

export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Runs each in turn, round after round, and gives the median of each in milliseconds. */
export async function interleave(rounds, runs) {
  const times = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      const start = performance.now();
      await run();
      // The first round warms up.
      if (round > 0) times[name].push(performance.now() - start);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** The sum of an array of doubles, four at a time. */
export function sum(array) {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let index = 0; index + 3 < array.length; index += 4) {
    a += array[index];
    b += array[index + 1];
    c += array[index + 2];
    d += array[index + 3];
  }
  return a + b + c + d;
}

/** One line of the report. `value` must be at most, or at least, `goal`. */
export function report(name, value, unit, bound, goal, detail = '') {
  const good = bound === 'at most' ? value <= goal : value >= goal;
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(3)), unit, bound, goal, good, detail }));
}
