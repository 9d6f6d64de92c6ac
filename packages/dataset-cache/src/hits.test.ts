import { ioErrors, memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { mmap } from '@terrane/driver-mmap';
import { sec2 } from '@terrane/drivers';
import { temporaryFolder } from '@terrane/oracles';
import { describe, expect, it } from 'vitest';
import { type CreateOptions, DatasetFileCache } from './index.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const key = (number: number, revision = 1, level = 0) => ({ guid, revision, level, number });
const filled = (length: number, seed: number) => new Uint8Array(length).fill(seed);
const maximumFileSize = 1 << 20;
const make = (more: Partial<CreateOptions<'sync'>> = {}) => {
  const driver = memoryDriver();
  const cache = DatasetFileCache.createOrOpen('a', { driver, maximumFileSize, ...more });
  return { driver, cache, reader: () => DatasetFileCache.open('a', { driver, readOnly: true }) };
};

describe('hits', () => {
  it.each(['mmap', 'sec2'] as const)('are right the first time and later, over %s', (name) => {
    using folder = temporaryFolder();
    const options = { driver: { mmap, sec2 }[name], maximumFileSize: 8 << 20 };
    using cache = DatasetFileCache.createOrOpen(folder.join('a'), options);
    for (let number = 0; number < 20; number++) cache.put(key(number), filled(65_536, number));
    const target = new Uint8Array(65_536);
    for (let time = 0; time < 3; time++) {
      for (let number = 0; number < 20; number++) {
        const check = (bytes: Uint8Array) => expect(Buffer.compare(bytes, filled(65_536, number))).toBe(0);
        check(cache.get(key(number))!);
        expect(cache.getInto(key(number), target)).toBe(65_536);
        check(target);
        if (name === 'sec2') expect(cache.view(key(number))).toBeUndefined();
        else check(cache.view(key(number))!.bytes);
      }
      if (time === 1) cache.flush();
    }
    expect(cache.stat()).toMatchObject({ hits: name === 'sec2' ? 120 : 180, misses: 0 });
  });

  it('tell keys apart that differ in one thing', () => {
    const { cache } = make();
    const keys = [key(1), key(2), key(1, 2), key(1, 1, 1), { ...key(1), guid: guid.replace('3f', '4f') }];
    // These have the same place among the values read last.
    keys.push(key(1 + 32_768), key(1 + 2 ** 32));
    for (const [seed, each] of keys.entries()) cache.put(each, filled(10, seed));
    for (let time = 0; time < 3; time++) {
      for (const [seed, each] of keys.entries()) expect(cache.get(each)).toEqual(filled(10, seed));
    }
    expect(cache.get({ ...key(1), guid: guid.toUpperCase() })).toEqual(filled(10, 0));
    expect(() => cache.get(key(1.5))).toThrow(RangeError);
    expect(() => cache.get({ ...key(1), guid: 'x' })).toThrow(TypeError);
  });

  it('give copies that are the caller’s own', () => {
    const { cache } = make();
    cache.put(key(1), filled(10, 1));
    cache.get(key(1))!.fill(9);
    expect(cache.get(key(1))).toEqual(filled(10, 1));
    expect(cache.get(key(1))!.buffer.byteLength).toBe(10);
  });

  it('fill the beginning of an array, and refuse one that is too short', () => {
    const { cache } = make();
    cache.put(key(1), filled(10, 1));
    for (let time = 0; time < 3; time++) {
      const target = new Uint8Array(12);
      expect(cache.getInto(key(1), target)).toBe(10);
      expect([...target]).toEqual([...filled(10, 1), 0, 0]);
      expect(() => cache.getInto(key(1), new Uint8Array(9))).toThrow(RangeError);
      expect(cache.getInto(key(2), target)).toBeUndefined();
    }
    expect(() => cache.getInto(key(1), new Float64Array(2) as never)).toThrow(TypeError);
    expect(cache.stat()).toMatchObject({ hits: 3, misses: 3, hitBytes: 30 });
  });

  it('are of the value that was stored last', () => {
    const { cache } = make();
    for (let time = 0; time < 5; time++) {
      cache.put(key(1), filled(10, time));
      for (const each of [cache.get(key(1)), cache.view(key(1))!.bytes, cache.get(key(1))]) {
        expect(each).toEqual(filled(10, time));
      }
      if (time % 2) cache.flush();
    }
    cache.delete(key(1));
    expect([cache.get(key(1)), cache.view(key(1))]).toEqual([undefined, undefined]);
  });

  it('are not of values that a failed change took back', () => {
    const { cache } = make();
    cache.put(key(1), filled(10, 1));
    cache.flush();
    cache.put(key(1), filled(10, 2));
    expect(cache.get(key(1))).toEqual(filled(10, 2));
    const { file } = cache.storage;
    const write = file.write.bind(file);
    file.write = () => {
      throw new Error('the disk is full');
    };
    const change = () => {
      cache.put(key(2), filled(10, 3));
      cache.flush();
    };
    expect(change).toThrow('full');
    cache.delete(key(1));
    expect(() => cache.flush()).toThrow('full');
    cache.delete(key(1));
    // Figures do not depend on it.
    expect(cache.stat()).toMatchObject({ failures: 1, storage: { sequence: cache.storage.sequence } });
    file.write = write;
    expect([cache.get(key(1)), cache.get(key(2))]).toEqual([filled(10, 1), undefined]);
    expect(cache.verify()).toEqual([]);
  });

  it('have times that a full disk may lose without a word but in the figures', () => {
    let time = 1000;
    const { cache } = make({ now: () => time });
    cache.put(key(1), filled(10, 1));
    cache.flush();
    const { file } = cache.storage;
    file.write = () => {
      throw ioErrors.IO_NO_SPACE({ message: 'the disk is full' });
    };
    for (let round = 1; round <= 2; round++) {
      time += 10_000_000;
      expect(cache.get(key(1))).toEqual(filled(10, 1));
      cache.flush();
      expect(cache.stat().failures).toBe(round);
    }
    cache.put(key(2), filled(10, 2));
    expect(() => cache.flush()).toThrow(expect.objectContaining({ code: 'IO_NO_SPACE' }));
    time += 10_000_000;
    expect(cache.get(key(1))).toEqual(filled(10, 1));
    cache.close();
  });

  it('do not suffer from batches that are too large for the file', () => {
    const { cache } = make({ batchBytes: 1 << 30 });
    for (let number = 0; number < 20; number++) cache.put(key(number), filled(20_000, number));
    cache.flush();
    expect(cache.count()).toBe(20);
    for (const batchBytes of [0, Number.NaN]) expect(() => make({ batchBytes })).toThrow(RangeError);
  });

  it('of a reader are never of other blocks, however far the writer went', () => {
    const { cache, reader: open } = make();
    for (let number = 0; number < 8; number++) cache.put(key(number), filled(4096, number));
    cache.flush();
    const reader = open();
    const target = new Uint8Array(4096);
    const read = (number: number) => {
      const length = reader.getInto(key(number), target);
      return [reader.get(key(number)), reader.view(key(number))?.bytes.slice(), length && target.slice()];
    };
    for (let number = 0; number < 8; number++) {
      expect(read(number)).toEqual(new Array(3).fill(filled(4096, number)));
    }
    for (let round = 0; round < 12; round++) {
      for (let number = 0; number < 8; number++) {
        cache.put(key(number + 100 * (round + 1)), filled(4096, 100 + round));
        cache.delete(key(number + 100 * round));
      }
      cache.flush();
      // In turns each of the three is the first that meets the new state.
      for (let number = round % 8; number < 8; number += 3) {
        for (const each of read(number)) expect([undefined, 0, filled(4096, number)]).toContainEqual(each);
      }
    }
    expect(reader.get(key(0))).toBeUndefined();
    reader.refresh();
    expect(read(1200)).toEqual(new Array(3).fill(filled(4096, 111)));
    expect(reader.stat().damaged).toBe(0);
  });

  it('of a reader follow a cache that is made anew', () => {
    const { driver, cache, reader: open } = make();
    for (let number = 0; number < 8; number++) cache.put(key(number), filled(4096, number));
    cache.flush();
    const reader = open();
    const look = () => [0, 1, 2, 3].map((number) => reader.view(key(number))?.bytes[0]);
    expect([look(), look()]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
    cache.close();
    const anew = DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 2 * maximumFileSize });
    expect(look()).toEqual(new Array(4).fill(undefined));
    for (let number = 0; number < 4; number++) anew.put(key(number), filled(4096, 50 + number));
    anew.flush();
    reader.refresh();
    expect(look()).toEqual([50, 51, 52, 53]);
    anew.close();
  });

  it('end with the cache, and views with them', () => {
    const { cache } = make();
    cache.put(key(1), filled(10, 1));
    const [released, open] = [cache.view(key(1))!, cache.view(key(1))!];
    released.release();
    released.release();
    const ended = expect.objectContaining({ code: 'IO_LEASE_ENDED' });
    expect(() => released.bytes).toThrow(ended);
    expect(open.bytes).toEqual(filled(10, 1));
    cache.close();
    expect(() => open.bytes).toThrow(ended);
    const closed = expect.objectContaining({ code: 'CACHE_CLOSED' });
    expect(() => cache.view(key(1))).toThrow(closed);
    expect(() => cache.getInto(key(1), new Uint8Array(10))).toThrow(closed);
  });

  it('note when values were used, as often as asked and not more often', () => {
    let now = 0;
    const { cache } = make({ now: () => now, lastUsedGranularity: 10 });
    cache.put(key(1), filled(10, 1));
    cache.put(key(2), filled(10, 2));
    cache.flush();
    now = 9;
    cache.get(key(1));
    expect(cache.stat().oldestUse).toBe(0);
    for (now = 10; now < 18; now++) for (const number of [1, 2]) cache.get(key(number));
    now = 25;
    cache.get(key(1));
    cache.get(key(1));
    expect(cache.stat().oldestUse).toBe(10);
    cache.get(key(2));
    expect(cache.stat().oldestUse).toBe(25);
    expect(cache.verify()).toEqual([]);
  });

  it('by promise are the same', async () => {
    const driver = delayed(memoryDriver());
    await using cache = await DatasetFileCache.createOrOpen('a', { driver, maximumFileSize });
    await cache.put(key(1), filled(10, 1));
    const target = new Uint8Array(10);
    expect(await cache.get(key(1))).toEqual(filled(10, 1));
    expect(await cache.getInto(key(1), target)).toBe(10);
    expect(target).toEqual(filled(10, 1));
    await expect(cache.getInto(key(1), new Uint8Array(9))).rejects.toThrow(RangeError);
    // Calls that are not waited for keep their order, encoding or not.
    const [a, b] = [cache.put(key(2), filled(50_000, 1)), cache.put(key(2), filled(10, 2))];
    await Promise.all([a, b]);
    expect(await cache.get(key(2))).toEqual(filled(10, 2));
  });
});
