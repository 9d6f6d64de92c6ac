/*
 * Damages the committed files, and those of the official corpus where it lies beside the project, again and again:
 *
 *     pnpm --filter @terrane/hdf5 fuzz [seconds] [first seed]
 *
 * Anything but a typed error is printed with the file and the seed that bring it back, and ends the run as failed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { corpus } from '@terrane/oracles';
import { fixture, fixtureNames } from '../src/api/fixtures.fixture.js';
import { damaged, exercise } from '../src/hostile.fixture.js';

const [seconds = '60', firstSeed = '1000'] = process.argv.slice(2);
const slowMilliseconds = 2000;
const mostBytes = 2 ** 20;

const folder = corpus();
const files = [
  ...fixtureNames.map((name) => ({ name, bytes: fixture(name) })),
  ...(folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.h5'))).map((name) => ({
    name,
    bytes: new Uint8Array(readFileSync(join(folder!, name))),
  })),
].filter(({ bytes }) => bytes.length <= mostBytes && bytes.length > 16);

const end = Date.now() + Number(seconds) * 1000;
let cases = 0;
let failures = 0;
let slowest = { milliseconds: 0, name: '', seed: 0 };
let most = 0;
for (let seed = Number(firstSeed); Date.now() < end; seed++) {
  for (const { name, bytes } of files) {
    if (Date.now() >= end) break;
    const begin = performance.now();
    try {
      exercise(damaged(bytes, seed));
    } catch (error) {
      failures++;
      console.error(`${name}, seed ${seed}:`, error);
    }
    cases++;
    const milliseconds = performance.now() - begin;
    if (milliseconds > slowest.milliseconds) slowest = { milliseconds, name, seed };
    most = Math.max(most, process.memoryUsage().rss);
  }
}
console.log(
  `${cases} damaged files, ${failures} failures; slowest ${Math.round(slowest.milliseconds)} ms (${slowest.name}, seed ${slowest.seed}); ${Math.round(most / 2 ** 20)} MiB at most`,
);
if (failures > 0 || slowest.milliseconds > slowMilliseconds) process.exitCode = 1;
