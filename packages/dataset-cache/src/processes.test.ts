import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mmap } from '@terrane/driver-mmap';
import { afterAll, expect, it } from 'vitest';
import { DatasetFileCache } from './index.js';
import { bytesOf, keyOf, maximumFileSize } from './process.fixture.js';
import { killOnce, readBeside, start } from './processes.fixture.js';

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

it('a second writer is refused while the first one lives, readers are not, and the dead hold nothing', async () => {
  const name = join(folder, 'locked.hgc');
  const first = start('hold', name);
  const ended = once(first, 'close');
  await once(first.stdout, 'data');
  const inUse = expect.objectContaining({ code: 'CACHE_IN_USE' });
  const options = { driver: mmap, maximumFileSize };
  expect(() => DatasetFileCache.open(name, { driver: mmap })).toThrow(inUse);
  expect(() => DatasetFileCache.createOrOpen(name, options)).toThrow(inUse);
  expect(() => DatasetFileCache.createOrOpen(name, { ...options, maximumFileSize: 8 << 20 })).toThrow(inUse);
  const reader = DatasetFileCache.open(name, { driver: mmap, readOnly: true });
  expect(reader.get(keyOf(1))).toEqual(bytesOf(1));
  reader.close();
  first.kill('SIGKILL');
  await ended;
  const second = DatasetFileCache.createOrOpen(name, options);
  expect(second.get(keyOf(1))).toEqual(bytesOf(1));
  expect(second.verify()).toEqual([]);
  second.close();
});
