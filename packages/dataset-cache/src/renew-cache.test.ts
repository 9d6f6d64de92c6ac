import { type Mode, memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { describe, expect, it } from 'vitest';
import { DatasetFileCache, type RenewEvent } from './index.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const key = (number: number) => ({ guid, revision: 1, level: 0, number });
const value = (number: number) => new Uint8Array(300).fill(number);
const values = 1200;
const maximumFileSize = 4 << 20;
const isThere = (kind: string) => kind !== 'free' && kind !== 'resting' && kind !== 'control';

/** A cache with several levels of nodes, as it lies in the file, and where its nodes and values are. */
function filled() {
  const driver = memoryDriver();
  const cache = DatasetFileCache.createOrOpen('a', { driver, maximumFileSize });
  for (let number = 0; number < values; number++) cache.put(key(number * 10), value(number));
  cache.flush();
  for (let number = 0; number < values; number += 7) cache.delete(key(number * 10));
  cache.flush();
  const places = cache.storage.blocks().filter(({ kind }) => isThere(kind));
  cache.close();
  return { image: driver.files.get('a')!.bytes.slice(), places };
}

const { image, places } = filled();
const nodes = places
  .filter(({ kind, size }) => kind !== 'block' || size === 4096)
  .filter(({ kind }, index) => kind !== 'block' || index % 3 === 0);

/** Changes all over the cache, of which some need each node, and reads beside them. */
async function changeAll(cache: DatasetFileCache<Mode>): Promise<void> {
  const reads: unknown[] = [];
  for (let number = 0; number < values; number += 5) {
    reads.push(cache.get(key(number * 10 + 20)));
    await cache.put(key(number * 10 + 1), value(number));
    await cache.delete(key(number * 10));
  }
  await cache.flush();
  for (const [index, read] of (await Promise.all(reads)).entries()) {
    if (read !== undefined) expect(read).toEqual(value(index * 5 + 2));
  }
}

describe('a cache whose nodes are damaged', () => {
  it('is made anew when a change meets one, tells, and goes on; what it gives is right', async () => {
    let renewed = 0;
    for (const [index, { start }] of nodes.entries()) {
      const damaged = image.slice();
      damaged[start + 40]! ^= 1;
      const below = memoryDriver({ a: damaged });
      const driver = index % 5 === 0 ? delayed(below) : below;
      const cache = await DatasetFileCache.createOrOpen<Mode>('a', { driver, maximumFileSize });
      const heard: RenewEvent[] = [];
      cache.on('renew', (event) => heard.push(event));
      await changeAll(cache);
      for (let number = 0; number < values; number += 5) {
        const [old, added] = [await cache.get(key(number * 10)), await cache.get(key(number * 10 + 1))];
        expect(old).toBeUndefined();
        if (added) expect(added).toEqual(value(number));
        else expect(heard.length).toBe(1);
      }
      const { renewals, damaged: count } = await cache.stat();
      expect(renewals).toBe(heard.length);
      for (const { cause } of heard) expect((cause as { code: string }).code).toMatch(/^BLK_/);
      if (renewals + count > 0) renewed++;
      expect(await cache.verify()).toEqual([]);
      expect(below.files.get('a')!.size).toBeLessThanOrEqual(maximumFileSize);
      await cache.close();
    }
    expect(renewed).toBeGreaterThan(nodes.length / 4);
  });

  it('fails the change when it was not opened by createOrOpen, and is not touched', () => {
    let failed = 0;
    for (const { start } of nodes) {
      const damaged = image.slice();
      damaged[start + 40]! ^= 1;
      const driver = memoryDriver({ a: damaged });
      try {
        using cache = DatasetFileCache.open('a', { driver });
        for (let number = 0; number < values; number += 5) cache.put(key(number * 10 + 1), value(number));
        cache.flush();
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^(BLK|CACHE)_DAMAGED$/);
        failed++;
      }
      using again = DatasetFileCache.open('a', { driver, readOnly: true });
      expect(again.maximumFileSize).toBe(maximumFileSize);
    }
    expect(failed).toBeGreaterThan(3);
  });
});
