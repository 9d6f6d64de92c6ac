import { truncateSync } from 'node:fs';
import { type Mode, memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { DatasetFileCache } from './index.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const key = (number: number) => ({ guid, revision: 1, level: 0, number });
const value = (number: number) => new Uint8Array(3000).fill(number);
const options = { maximumFileSize: 4 << 20 };
const count = 200;
/** Quicker than comparing thousands of numbers one by one. */
const isRight = (bytes: Uint8Array | undefined, number: number) =>
  bytes !== undefined && Buffer.compare(bytes, value(number)) === 0;

function fill(cache: DatasetFileCache<'sync'>): void {
  for (let number = 0; number < count; number++) cache.put(key(number), value(number));
  cache.flush();
}

describe.each([
  ['sec2', sec2],
  ['mmap', mmap],
])('a reader of a file over %s', (_, driver) => {
  it('misses while the cache is made anew, and finds what comes into the new one', () => {
    using folder = temporaryFolder();
    const name = folder.join('a');
    using first = DatasetFileCache.createOrOpen(name, { driver, ...options });
    fill(first);
    first.close();
    using reader = DatasetFileCache.open(name, { driver, readOnly: true });
    expect(reader.get(key(3))).toEqual(value(3));
    let lease = reader.view(key(4));
    // Where it lies is remembered from then on, and whether the state still stands is asked often enough to be looked at in place.
    for (let time = 0; time < 200; time++) lease = reader.view(key(4));
    // What making a cache anew begins with.
    truncateSync(name, 0);
    for (let number = 0; number < 10; number++) {
      expect(reader.view(key(number))).toBeUndefined();
      expect(reader.get(key(number))).toBeUndefined();
    }
    expect(() => reader.refresh()).toThrow();
    if (lease) expect(() => lease.bytes).toThrow();
    using writer = DatasetFileCache.createOrOpen(name, { driver, ...options });
    writer.put(key(3), value(77));
    writer.flush();
    expect(reader.get(key(3))).toEqual(value(77));
    expect(reader.get(key(4))).toBeUndefined();
    for (let time = 0; time < 4; time++) {
      writer.put(key(5), value(time));
      writer.flush();
      reader.refresh();
      expect(reader.get(key(5))).toEqual(value(time));
    }
  });

  it('goes on when the file became shorter under what it was about to read', () => {
    using folder = temporaryFolder();
    const name = folder.join('a');
    using writer = DatasetFileCache.createOrOpen(name, { driver, ...options });
    fill(writer);
    using reader = DatasetFileCache.open(name, { driver, readOnly: true });
    for (let round = 0; round < 3; round++) {
      for (let number = 0; number < count; number++) expect(reader.has(key(number))).toBe(true);
      writer.clear();
      for (let time = 0; time < 3; time++) writer.storage.commit(true);
      for (let number = 0; number < count; number++) expect(reader.get(key(number))).toBeUndefined();
      fill(writer);
      reader.refresh();
      for (let number = 0; number < count; number++)
        expect(isRight(reader.get(key(number)), number)).toBe(true);
    }
  });
});

it('a writer that goes on under many reads at once fails none of them', async () => {
  const below = memoryDriver();
  using writer = DatasetFileCache.createOrOpen('a', { driver: below, ...options });
  fill(writer);
  const reader = await DatasetFileCache.open<Mode>('a', { driver: delayed(below), readOnly: true });
  for (let round = 0; round < 5; round++) {
    for (let number = 0; number < count; number += 2) writer.put(key(number), value(number));
    for (let time = 0; time < 3; time++) writer.storage.commit(true);
    const numbers = Array.from({ length: 30 }, (_, index) => index * 6);
    const read = await Promise.all([...numbers.map((number) => reader.get(key(number))), reader.refresh()]);
    for (const [index, number] of numbers.entries()) {
      expect(isRight(read[index] as Uint8Array | undefined, number)).toBe(true);
    }
  }
  await reader.close();
});
