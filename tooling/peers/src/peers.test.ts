import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openCacache, openLmdb } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'terrane-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const bytes = new Uint8Array(100_000).fill(7);

it('lmdb keeps what it was given, with the binary that came with it', async () => {
  const first = openLmdb<Uint8Array>(folder, 'binary');
  await first.put(1, bytes);
  await first.close();
  const again = openLmdb<Uint8Array>(folder, 'binary');
  expect(Buffer.compare(again.getBinary(1)!, bytes)).toBe(0);
  await again.close();
});

it('cacache keeps what it was given, until it is removed', async () => {
  const cache = openCacache(folder);
  const integrity = await cache.put('a', bytes);
  expect(Buffer.compare(await cache.get('a'), bytes)).toBe(0);
  await cache.remove('a', integrity);
  await expect(cache.get('a')).rejects.toThrow();
});
