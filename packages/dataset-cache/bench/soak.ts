/*
 * Kills a writer at random moments, many times, and reads beside one from many processes:
 *
 *     node --conditions=@terrane/source --import tsx packages/dataset-cache/bench/soak.ts [kills] [readers] [seed]
 *
 * The seed gives the same moments again, as far as the machine does. After a failure the files stay where it says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killOnce, readBeside } from '../src/processes.fixture.js';

const kills = Number(process.argv[2] ?? 500);
const readers = Number(process.argv[3] ?? 16);
const seed = Number(process.argv[4] ?? Date.now() % 1e6);
const longest = 400;
const readMilliseconds = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'terrane-soak-'));
console.log(`seed ${seed}, files in ${folder}`);

/** Numbers from 0 to 1 that follow from the seed. */
let state = seed;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

let last = -1;
let kill = 0;
try {
  while (kill < kills) {
    kill++;
    last = await killOnce(join(folder, 'killed.hgc'), last + 1, random() * longest);
    if (kill % 50 === 0) console.log(`${kill} kills, ${last + 1} values committed, all intact`);
  }
} catch (error) {
  console.error(`at kill ${kill} of seed ${seed}, after value ${last}; see ${folder}`);
  throw error;
}
const seen = await readBeside(join(folder, 'shared.hgc'), readers, readMilliseconds);
const sum = (what: 'right' | 'wrong' | 'damaged') => seen.reduce((total, each) => total + each[what], 0);
console.log(
  `${readers} readers beside a writer: ${sum('right')} values right, ${sum('wrong')} wrong, ${sum('damaged')} damaged`,
);
if (sum('wrong') > 0) {
  process.exitCode = 1;
  console.error(`see ${folder}`);
} else {
  rmSync(folder, { recursive: true });
}
