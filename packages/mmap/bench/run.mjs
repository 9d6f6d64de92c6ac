// Runs every benchmark in a process of its own, because closing a mapping slows V8 for good, and prints a table.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const names =
  process.argv.length > 2
    ? process.argv.slice(2)
    : ['scan', 'read', 'grow', 'faults', 'processes', 'cold', 'windows'];
let missed = 0;
for (const name of names) {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) process.exit(1);
  for (const line of stdout.trim().split('\n')) {
    const { name: what, value, unit, bound, goal, good, detail } = JSON.parse(line);
    if (!good) missed++;
    console.log(`${good ? 'ok  ' : 'MISS'} ${what}: ${value} ${unit} (${bound} ${goal}) ${detail}`);
  }
}
process.exitCode = missed > 0 ? 1 : 0;
