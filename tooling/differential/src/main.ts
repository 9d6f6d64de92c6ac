import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { damage } from './damage.js';
import { differential } from './differential.js';
import { formatReport } from './report.js';

/*
 * pnpm differential FOLDER          prints what differs, then the sums
 * pnpm differential FOLDER --json   prints all of it as JSON
 * pnpm differential FOLDER --async  reads over a driver that answers by promise
 * pnpm differential FOLDER --damage 10   reads ten damaged copies of each file, for crashes and hangs
 *
 * The exit code is 1 when a value is wrong, or a file broke the reader.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    async: { type: 'boolean', default: false },
    damage: { type: 'string' },
  },
});
const [folder, ...others] = positionals.filter((argument) => argument !== '--');
if (folder === undefined || others.length > 0) {
  console.error('usage: pnpm differential FOLDER [--json] [--async] [--damage N]');
  process.exit(2);
}
process.exitCode =
  values.damage === undefined ? await compare(folder) : await readDamaged(folder, Number(values.damage));

async function compare(folder: string): Promise<number> {
  const report = await differential(folder, { promises: values.async });
  print(report, formatReport(report));
  return report.totals.wrong + report.totals.broken > 0 ? 1 : 0;
}

async function readDamaged(folder: string, rounds: number): Promise<number> {
  const report = await damage(folder, { rounds });
  const answers = Object.entries(report.answers).map(([name, count]) => `${count} ${name}`);
  const sums = `${report.copies} damaged copies: ${answers.join(', ')}; ${report.broken.length} broken`;
  print(report, [...report.broken.map((line) => `broken: ${line}`), sums].join('\n'));
  return report.broken.length > 0 ? 1 : 0;
}

function print(report: object, text: string): void {
  writeSync(1, `${values.json ? JSON.stringify(report, null, 1) : text}\n`);
}
