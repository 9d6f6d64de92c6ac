#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { type KitReport, runKit } from './kit.js';
import { targetsOf } from './targets-of.js';

const usage = `terrane-driver-kit MODULE [--json FILE] [--quiet]

MODULE exports kit targets, under any names: { name, driver, prepare, … }.
Prints every case, writes the reports as JSON, and fails when a "must" fails.`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, quiet: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [path, ...more] = positionals;
  if (values.help || !path || more.length > 0) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const targets = targetsOf(await import(pathToFileURL(resolve(path)).href));
  if (targets.length === 0) {
    console.error(`${path} exports no kit target (an object with "driver" and "prepare")`);
    return 2;
  }
  const reports: KitReport[] = [];
  for (const target of targets) {
    const report = await runKit(target);
    reports.push(report);
    if (!values.quiet) print(report);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify(reports, null, 2)}\n`);
  const failed = reports.some(({ results }) =>
    results.some(({ outcome, level }) => outcome === 'fail' && level === 'must'),
  );
  return failed ? 1 : 0;
}

function print({ target, mode, results, pass, skip, fail }: KitReport): void {
  console.log(`${target} (${mode})`);
  for (const { id, outcome, clauses, reason } of results) {
    console.log(`  ${outcome.padEnd(4)} ${id} (${clauses.join(' ')})${reason ? `: ${reason}` : ''}`);
  }
  console.log(`  ${pass} passed, ${fail} failed, ${skip} skipped`);
}

process.exitCode = await main();
