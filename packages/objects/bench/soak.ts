/*
 * Kills a writer at random moments, many times, and compares what it left with a store that was not killed:
 *
 *     node --conditions=@terrane/source --import tsx packages/objects/bench/soak.ts [kills] [seed]
 *
 * The seed gives the same moments again, as far as the machine does. After a failure the file stays where it says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import { ObjectStore } from '../src/index.js';
import { killWriter, makeShadow } from '../src/store/soak.fixture.js';
import { schema } from '../src/store/soak-step.fixture.js';

const kills = Number(process.argv[2] ?? 500);
const seed = Number(process.argv[3] ?? Date.now() % 1e6);
const longest = 400;
const folder = mkdtempSync(join(tmpdir(), 'objects-soak-'));
const path = join(folder, 'store');
console.log(`seed ${seed}, file ${path}`);

/** Numbers from 0 to 1 that follow from the seed. */
let state = seed;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

ObjectStore.open(openWith(sec2, { name: path, mode: 'w' }), schema).close();
using shadow = makeShadow();
for (let kill = 1; kill <= kills; kill++) {
  try {
    const step = await killWriter(path, shadow, random() * longest);
    if (kill % 25 === 0) console.log(`${kill} kills, ${step} steps committed, all there`);
  } catch (error) {
    console.error(`at kill ${kill} of seed ${seed}; see ${path}`);
    throw error;
  }
}
rmSync(folder, { recursive: true });
