import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@terrane/oracles';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

function linesOf(test: string) {
  using folder = temporaryFolder();
  writeFileSync(folder.join('made-up.test.mjs'), test);
  writeFileSync(folder.join('vitest.config.mjs'), 'export default {}');
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      `${root}/node_modules/vitest/vitest.mjs`,
      ...['run', '--globals', '--root', folder.path],
      `--reporter=${root}/tooling/reporter/closing-line.js`,
    ],
    { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1', NODE_ENV: 'test' } },
  );
  return { lines: stdout.trimEnd().split('\n'), status };
}

it('names what was skipped, and ends with the counts', () => {
  const { lines, status } = linesOf(`
    it('works', () => {});
    it('fails', () => { throw new Error('on purpose'); });
    it.skipIf(true)('needs a program', () => {});`);
  expect(lines.slice(-3)).toEqual([
    'skipped: made-up.test.mjs > needs a program',
    '1 skipped',
    '1 passed, 1 failed',
  ]);
  expect(status).toBe(1);
});

it('counts a file that cannot be loaded as a failure', () => {
  const { lines, status } = linesOf(`throw new Error('on purpose');`);
  expect(lines.at(-1)).toBe('0 passed, 1 failed');
  expect(status).toBe(1);
});
