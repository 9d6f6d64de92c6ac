import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { killOnce, readBeside } from './processes.fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'terrane-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('a writer that is killed leaves every committed value, a file that verifies, and no lock', async () => {
  let last = -1;
  for (let round = 0; round < 4; round++) {
    last = await killOnce(join(folder, 'killed.hgc'), last + 1, 20 + 90 * round);
  }
  expect(last).toBeGreaterThan(20);
});

it('readers in other processes never see a wrong byte while a writer goes on', async () => {
  const seen = await readBeside(join(folder, 'shared.hgc'), 2, 700);
  for (const { right, wrong } of seen) {
    expect(wrong).toBe(0);
    expect(right).toBeGreaterThan(0);
  }
});
