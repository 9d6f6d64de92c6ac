import { memoryDriver } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import { type CreateOptions, DatasetFileCache } from './index.js';
import { walkCache } from './stranger.fixture.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const other = 'a0000000-0000-0000-0000-00000000000f';
const key = (number: number, revision = 1, level = 0, whose = guid) => ({
  guid: whose,
  revision,
  level,
  number,
});
const MiB = 1 << 20;

function make(options: Partial<CreateOptions<'sync'>> = {}) {
  const driver = memoryDriver();
  const open = (more: Partial<CreateOptions<'sync'>> = {}) =>
    DatasetFileCache.createOrOpen('cache.hgc', { driver, maximumFileSize: MiB, ...options, ...more });
  return { driver, open, bytes: () => driver.files.get('cache.hgc')!.bytes };
}

function code(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name;
  }
  return undefined;
}

const same = (a: Uint8Array | undefined, b: Uint8Array | undefined) =>
  a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
const filled = (length: number, seed: number) =>
  new Uint8Array(length).map((_, index) => (index * seed + seed) & 255);

describe('DatasetFileCache', () => {
  it('has the published header, byte for byte', () => {
    const { open, bytes } = make();
    const hex = (from: number, to: number) => Buffer.from(bytes().subarray(from, to)).toString('hex');
    open().close();
    expect(hex(0, 64)).toBe(
      '894847430d0a1a0a' + // magic
        '0100' + // version 1
        '0000100000000000' + // maximum file size: 1 MiB
        '00'.repeat(22) +
        '0000000000000000' + // no primary index yet
        '00'.repeat(8) +
        '0000000000000000', // no LastUsed yet
    );
    expect(hex(64, 96)).toBe(`894253540d0a1a0a0100${'00'.repeat(22)}`);
    const cache = open();
    cache.put(key(0), filled(100, 1));
    cache.close();
    // Blocks 1, 2 and 3 are the value and the roots, in the order in which they were made.
    expect(hex(0, 64)).toBe(
      `894847430d0a1a0a01000000100000000000${'00'.repeat(22)}0200000000000000${'00'.repeat(8)}0300000000000000`,
    );
  });

  it('keeps blocks over closing and opening, and reads them with one revision only', () => {
    const { open, driver } = make();
    const cache = open();
    for (let number = 0; number < 20; number++) cache.put(key(number), filled(1000 + number, number));
    cache.put(key(3, 2), filled(5, 5));
    cache.put(key(3, 1, 1), filled(6, 6));
    cache.put(key(3, 1, 0, other), filled(7, 7));
    expect(cache.get(key(3))).toEqual(filled(1003, 3));
    cache.close();
    const again = DatasetFileCache.open('cache.hgc', { driver, readOnly: true });
    for (let number = 0; number < 20; number++)
      expect(again.get(key(number))).toEqual(filled(1000 + number, number));
    expect(again.get(key(3, 2))).toEqual(filled(5, 5));
    expect(again.get(key(3, 1, 1))).toEqual(filled(6, 6));
    expect(again.get(key(3, 1, 0, other))).toEqual(filled(7, 7));
    expect(again.get(key(20))).toBeUndefined();
    expect(again.count()).toBe(23);
    expect(again.stat()).toMatchObject({ hits: 23, misses: 1, maximumFileSize: MiB });
    expect(again.verify()).toEqual([]);
  });

  it('shows bytes without a copy', () => {
    const { open, driver, bytes } = make();
    const cache = open();
    cache.put(key(1), filled(1000, 1));
    cache.put(key(2), filled(1000, 2));
    const lease = cache.view(key(1))!;
    expect(same(lease.bytes, filled(1000, 1))).toBe(true);
    expect(lease.bytes.buffer).toBe(bytes().buffer);
    lease.release();
    expect(cache.view(key(3))).toBeUndefined();
    expect(cache.stat()).toMatchObject({ hits: 1, misses: 1 });
    const block = cache.storage.blocks().find(({ kind, size }) => kind === 'block' && size === 1024)!;
    cache.close();
    bytes()[block.start]! ^= 1;
    const again = DatasetFileCache.open('cache.hgc', { driver, readOnly: true });
    const views = [again.view(key(1)), again.view(key(2))];
    expect(views.filter(Boolean)).toHaveLength(1);
    expect(again.stat()).toMatchObject({ damaged: 1, hits: 1, misses: 1 });
  });

  it('opens, recreates, or leaves alone', () => {
    const { open, driver, bytes } = make();
    const cache = open();
    cache.put(key(1), filled(10, 1));
    cache.close();
    const same = open();
    expect(same.has(key(1))).toBe(true);
    same.close();
    const different = open({ maximumFileSize: 2 * MiB });
    expect(different.has(key(1))).toBe(false);
    different.put(key(2), filled(10, 1));
    different.close();
    // Damaged: a cache all the same, and made anew.
    bytes().fill(255, 96, 9000);
    expect(code(() => DatasetFileCache.open('cache.hgc', { driver }))).toBe('CACHE_DAMAGED');
    const anew = open({ maximumFileSize: 2 * MiB });
    expect(anew.count()).toBe(0);
    anew.close();
    const refused = (name: string, content: Uint8Array) => {
      const strangers = memoryDriver({ [name]: content });
      const result = code(() =>
        DatasetFileCache.createOrOpen(name, { driver: strangers, maximumFileSize: MiB }),
      );
      if (result) expect(strangers.files.get(name)!.bytes).toEqual(content);
      return result;
    };
    expect(refused('letter.txt', new TextEncoder().encode('Dear Sir'))).toBe('CACHE_NOT_A_CACHE');
    const header = bytes().slice(0, 64);
    expect(refused('newer', header.slice().fill(2, 8, 9))).toBe('CACHE_TOO_NEW');
    expect(refused('torn', header.slice(0, 7))).toBe('CACHE_NOT_A_CACHE');
    expect(refused('interrupted', header)).toBeUndefined();
    expect(refused('empty', new Uint8Array(0))).toBeUndefined();
    // Killed after the file got its length.
    for (const length of [1, 7, 64]) expect(refused('blank', new Uint8Array(length))).toBeUndefined();
    expect(refused('zeros', new Uint8Array(65))).toBe('CACHE_NOT_A_CACHE');
    for (const at of [18, 39, 48, 55]) {
      const strangers = memoryDriver({ a: header.slice().fill(1, at, at + 1) });
      expect(code(() => DatasetFileCache.open('a', { driver: strangers }))).toBe('CACHE_DAMAGED');
    }
    expect(code(() => DatasetFileCache.open('absent', { driver }))).toBe('IO_NOT_FOUND');
    expect(code(() => open({ maximumFileSize: 100 }))).toBe('RangeError');
    expect(code(() => open({ indexBytes: 1 }))).toBe('RangeError');
    expect(code(() => open({ maximumSize: 100 } as never))).toBe('TypeError');
  });

  it('evicts what was used longest ago, and a hit costs no write', () => {
    let now = 1000;
    const { open, bytes } = make({ now: () => now, batchBytes: 32768, lastUsedGranularity: 10 });
    const cache = open();
    for (let number = 0; number < 8; number++) {
      now += 100;
      cache.put(key(number), filled(30_000, number));
    }
    cache.flush();
    now += 100;
    const before = bytes().slice();
    for (let number = 0; number < 4; number++) expect(cache.get(key(number))).toEqual(filled(30_000, number));
    expect(same(bytes(), before)).toBe(true);
    cache.flush();
    for (let number = 100; number < 140 && cache.stat().evictions < 4; number++) {
      now += 100;
      cache.put(key(number), filled(30_000, number));
      cache.flush();
    }
    expect(cache.stat().evictions).toBeGreaterThanOrEqual(4);
    for (let number = 0; number < 4; number++) expect(cache.has(key(number))).toBe(true);
    for (let number = 4; number < 8; number++) expect(cache.has(key(number))).toBe(false);
    expect(cache.verify()).toEqual([]);
  });

  it('stays the same over a clock that goes back', () => {
    let now = 1_000_000;
    const { open } = make({ now: () => now });
    const cache = open();
    cache.put(key(1), filled(10, 1));
    now = 5;
    cache.put(key(2), filled(10, 2));
    expect(cache.verify()).toEqual([]);
    cache.close();
    const again = open();
    again.put(key(3), filled(10, 3));
    expect([1, 2, 3].map((number) => again.has(key(number)))).toEqual([true, true, true]);
    expect(again.verify()).toEqual([]);
  });

  it('takes what is too old for a miss', () => {
    let now = 0;
    const { open } = make({ now: () => now, maximumAge: 1000 });
    const cache = open();
    cache.put(key(1), filled(10, 1));
    now = 1000;
    expect(cache.get(key(1))).toEqual(filled(10, 1));
    now = 1001;
    expect(cache.get(key(1))).toBeUndefined();
    cache.put(key(1), filled(10, 2));
    expect(cache.get(key(1))).toEqual(filled(10, 2));
    expect(cache.count()).toBe(1);
  });

  it('refuses by code what it cannot do', () => {
    const { open, driver } = make();
    const cache = open();
    expect(code(() => cache.put(key(1), new Uint8Array(MiB)))).toBe('CACHE_TOO_LARGE');
    expect(code(() => open())).toBe('CACHE_IN_USE');
    expect(code(() => open({ maximumFileSize: 2 * MiB }))).toBe('CACHE_IN_USE');
    expect(code(() => cache.get(key(-1)))).toBe('RangeError');
    expect(code(() => cache.get({ ...key(1), guid: 'no' }))).toBe('TypeError');
    cache.put(key(1), filled(10, 1));
    cache.flush();
    const reader = DatasetFileCache.open('cache.hgc', { driver, readOnly: true });
    expect(reader.get(key(1))).toEqual(filled(10, 1));
    expect(code(() => reader.put(key(1), filled(10, 1)))).toBe('CACHE_READ_ONLY');
    expect(code(() => reader.delete(key(1)))).toBe('CACHE_READ_ONLY');
    expect(code(() => reader.reclaim({ guid, revision: 2 }))).toBe('CACHE_READ_ONLY');
    expect(code(() => reader.clear())).toBe('CACHE_READ_ONLY');
    reader.flush();
    // The writer goes on, and the reader follows.
    for (let number = 2; number < 12; number++) {
      cache.put(key(number), filled(20_000, number));
      cache.flush();
    }
    reader.refresh();
    expect(reader.get(key(11))).toEqual(filled(20_000, 11));
    cache.clear();
    for (let time = 0; time < 5; time++) {
      cache.put(key(50), filled(40_000, time));
      cache.flush();
    }
    expect([undefined, filled(20_000, 11)]).toContainEqual(reader.get(key(11)));
    expect(cache.count()).toBe(1);
    cache.close();
    cache.close();
    expect(code(() => cache.get(key(1)))).toBe('CACHE_CLOSED');
  });

  it('takes damaged values for misses, at every page of the file, and never gives wrong bytes', () => {
    const { open, bytes } = make();
    const cache = open();
    for (let number = 0; number < 60; number++) cache.put(key(number), filled(2000, number));
    cache.close();
    const image = bytes().slice();
    for (let page = 64; page < image.length; page += 1024) {
      const damaged = image.slice();
      damaged[page + (page % 1000)]! ^= 4;
      const driver = memoryDriver({ 'cache.hgc': damaged });
      let opened: DatasetFileCache<'sync'>;
      try {
        opened = DatasetFileCache.open('cache.hgc', { driver });
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^(CACHE|BLK)_DAMAGED$/);
        continue;
      }
      for (let number = 0; number < 60; number++) {
        const found = opened.get(key(number));
        if (found) expect(Buffer.compare(found, filled(2000, number))).toBe(0);
      }
    }
  });

  it('makes a damaged cache anew, wherever the damage is that keeps it from being written', () => {
    const { open, bytes } = make({ batchBytes: 8192 });
    const cache = open();
    for (let number = 0; number < 60; number++) cache.put(key(number), filled(2000, number));
    for (let number = 0; number < 60; number += 3) cache.delete(key(number));
    cache.flush();
    const places = cache.storage.blocks().filter(({ kind }) => kind !== 'free' && kind !== 'resting');
    cache.close();
    const image = bytes().slice();
    const again = (damaged: Uint8Array) => {
      const driver = memoryDriver({ 'cache.hgc': damaged.slice() });
      const readOnly = code(() => DatasetFileCache.open('cache.hgc', { driver, readOnly: true }).close());
      const writing = code(() => DatasetFileCache.open('cache.hgc', { driver }).close());
      expect([undefined, 'CACHE_DAMAGED']).toContain(readOnly);
      expect([undefined, 'CACHE_DAMAGED']).toContain(writing);
      const opened = DatasetFileCache.createOrOpen('cache.hgc', { driver, maximumFileSize: MiB });
      const count = opened.count();
      if (writing) expect(count).toBe(0);
      opened.put(key(1000), filled(5, 5));
      opened.close();
      const last = DatasetFileCache.createOrOpen('cache.hgc', { driver, maximumFileSize: MiB });
      expect(last.get(key(1000))).toEqual(filled(5, 5));
      last.close();
      return count === 0;
    };
    const anew = places.filter(({ start, size }) => {
      const damaged = image.slice();
      // The node's or page's own number, or a value's first bytes.
      damaged[start + Math.min(8, size - 1)]! ^= 1;
      return again(damaged);
    });
    expect(anew.length).toBeGreaterThan(3);
    expect(anew.length).toBeLessThan(places.length / 2);
    for (let length = 64; length < image.length; length += 4096) again(image.subarray(0, length));
  });

  it('can be walked by a reader that knows nothing but the two format pages', () => {
    const { open, bytes } = make({ batchBytes: 8192, maximumFileSize: 4 * MiB });
    const cache = open();
    for (let number = 0; number < 500; number++)
      cache.put(key(number, 3, number % 4), filled(number * 7, number));
    for (let number = 0; number < 500; number += 3) cache.delete(key(number, 3, number % 4));
    cache.close();
    const { maximumFileSize, values, lastUsed } = walkCache(bytes());
    expect(maximumFileSize).toBe(4 * MiB);
    const wanted = Array.from({ length: 500 }, (_, number) => number).filter((number) => number % 3 !== 0);
    expect(values.map(({ number }) => number).sort((a, b) => a - b)).toEqual(wanted);
    for (const value of values) {
      expect(value).toMatchObject({ guid, revision: 3, level: value.number % 4 });
      expect(Buffer.compare(value.bytes, filled(value.number * 7, value.number))).toBe(0);
    }
    expect(lastUsed.map(({ number }) => number).sort((a, b) => a - b)).toEqual(wanted);
    expect(lastUsed.map(({ time }) => time)).toEqual(lastUsed.map(({ time }) => time).sort((a, b) => a - b));
  });
});
