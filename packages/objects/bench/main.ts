/*
 * Objects that persist beside plain ones, lmdb, better-sqlite3, structurae and buffer-backed-object: medians of interleaved
 * rounds in one process (the least in brackets), ratios of these, and goals, each met or missed.
 *
 *     pnpm --filter @terrane/objects bench
 *     pnpm --filter @terrane/objects bench fields maps     only these parts
 *
 * What is measured is what ships, the builds in dist: the loader of sources names every closure when it is made, which costs.
 * Reading is measured a second time in a process without that loader.
 *
 * BENCH_FOLDER names the folder to work in; the system's for temporary files unless given. Up to 2 GiB are needed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env, execPath, version } from 'node:process';
import { commits } from './commits.js';
import { creation } from './creation.js';
import { fields } from './fields.js';
import { graph } from './graph.js';
import { growth } from './growth.js';
import { integers } from './integers.js';
import { iteration } from './iteration.js';
import { maps } from './maps.js';
import { opening } from './opening.js';
import { sorted } from './sorted.js';
import { written } from './written.js';

// The loader of sources detaches some; see undetached.ts.
const where = 'where array buffers were detached';

function undetached(part: string): void {
  execFileSync(execPath, ['--expose-gc', 'build/bench/undetached.js', part], { stdio: 'inherit' });
}

const parts: Readonly<Record<string, (folder: string) => unknown>> = {
  fields: async (folder) => {
    await fields(folder, where);
    undetached('fields');
  },
  integers: async () => {
    await integers(where);
    undetached('integers');
  },
  maps,
  iteration,
  sorted,
  graph,
  creation,
  commits,
  written,
  growth,
  opening,
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
