/*
 * The cache beside lmdb, better-sqlite3 and a folder of files (cacache): 64 KiB blocks, medians of interleaved rounds in one
 * process, and ratios of these.
 *
 *     pnpm --filter @terrane/dataset-cache bench
 *     pnpm --filter @terrane/dataset-cache bench hits inserts     only these parts
 *
 * What is measured is what ships, the builds in dist: the loader of sources names every closure when it is made, which costs.
 *
 * BENCH_FOLDER names the folder to work in; the system's for temporary files unless given. Up to 3 GiB are needed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, version } from 'node:process';
import { hits } from './hits.js';
import { inserts } from './inserts.js';
import { memory } from './memory.js';
import { opening } from './opening.js';
import { processes } from './processes.js';

const parts: Readonly<Record<string, (folder: string) => unknown>> = {
  hits,
  inserts,
  opening: (folder) => opening(folder, 1_000_000),
  processes: (folder) => processes(folder, 4),
  memory,
};
const wanted = argv.length > 2 ? argv.slice(2) : Object.keys(parts);
for (const part of wanted) {
  if (!parts[part]) throw new RangeError(`the parts are ${Object.keys(parts).join(', ')}`);
}
const folder = mkdtempSync(join(env.BENCH_FOLDER ?? tmpdir(), 'terrane-bench-'));
try {
  console.log(`Node ${version}, load ${loadavg()[0]!.toFixed(2)}`);
  for (const part of wanted) {
    const place = join(folder, part);
    mkdirSync(place);
    await parts[part]!(place);
    rmSync(place, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
