/*
 * npm test                  installs, builds and runs every test; the last line is `N passed, N failed`
 * npm test -- --project X   hands its arguments to vitest
 */
import { join } from 'node:path';
import { build, install, requireNode, root, run } from './workspace.mjs';

requireNode();
const prepared = install() || build();
if (prepared !== 0) {
  console.log('0 passed, 1 failed');
  process.exitCode = prepared;
} else {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  process.exitCode = run(process.execPath, [vitest, 'run', ...process.argv.slice(2)]);
}
