/*
 * npm test                  installs, builds and runs every test; the last line is `N passed, N failed`
 * npm test -- --project X   hands its arguments to vitest
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, requireNode, root, run } from './workspace.mjs';

requireNode();
const unprepared = install() || build();
if (unprepared) console.log('0 passed, 1 failed');
process.exitCode = unprepared || test(process.argv.slice(2));

// The reporter prints the last line. A run that did not come so far has failed.
function test(args) {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-test-'));
  const closingLine = join(folder, 'closing-line.txt');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const status = run(process.execPath, [vitest, 'run', ...args], {
    env: { TERRANE_CLOSING_LINE: closingLine },
  });
  const closed = existsSync(closingLine);
  rmSync(folder, { recursive: true });
  if (closed) return status;
  console.log('0 passed, 1 failed');
  return status || 1;
}
