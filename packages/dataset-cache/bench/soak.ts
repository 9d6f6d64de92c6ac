/*
 * Kills a writer at random moments, many times, and reads beside one from many processes:
 *
 *     node --conditions=@terrane/source --import tsx packages/dataset-cache/bench/soak.ts [kills] [readers]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killOnce, readBeside } from '../src/processes.fixture.js';

const kills = Number(process.argv[2] ?? 500);
const readers = Number(process.argv[3] ?? 16);
const folder = mkdtempSync(join(tmpdir(), 'terrane-soak-'));

let last = -1;
for (let kill = 1; kill <= kills; kill++) {
  last = await killOnce(join(folder, 'killed.hgc'), last + 1, Math.random() * 400);
  if (kill % 50 === 0) console.log(`${kill} kills, ${last + 1} values committed, all intact`);
}
const seen = await readBeside(join(folder, 'shared.hgc'), readers, 10_000);
const sum = (what: 'right' | 'wrong') => seen.reduce((total, each) => total + each[what], 0);
console.log(`${readers} readers beside a writer: ${sum('right')} values right, ${sum('wrong')} wrong`);
rmSync(folder, { recursive: true });
if (sum('wrong') > 0) process.exitCode = 1;
