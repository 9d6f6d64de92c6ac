import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { differential } from './differential.js';
import { formatReport } from './report.js';

/*
 * pnpm differential FOLDER          prints what differs, then the sums
 * pnpm differential FOLDER --json   prints all of it as JSON
 * pnpm differential FOLDER --async  reads over a driver that answers by promise
 *
 * The exit code is 1 when a value is wrong, or a file broke the reader.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, async: { type: 'boolean', default: false } },
});
const [folder, ...others] = positionals.filter((argument) => argument !== '--');
if (folder === undefined || others.length > 0) {
  console.error('usage: pnpm differential FOLDER [--json] [--async]');
  process.exit(2);
}
const report = await differential(folder, { promises: values.async });
writeSync(1, `${values.json ? JSON.stringify(report, null, 1) : formatReport(report)}\n`);
process.exitCode = report.totals.wrong + report.totals.broken > 0 ? 1 : 0;
