import { memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { describe, expect, it } from 'vitest';
import { type CacheEvents, type CreateOptions, DatasetFileCache, deflate } from './index.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const key = (number: number, revision = 1) => ({ guid, revision, level: 0, number });
const names = ['hit', 'miss', 'store', 'evict', 'stale', 'damage', 'commit'] as const;
const bytes = (length: number) => new Uint8Array(length).fill(length);

function make(options: Partial<CreateOptions<'sync'>> = {}) {
  const driver = memoryDriver();
  const clock = { now: 1000 };
  const cache = DatasetFileCache.createOrOpen('a', {
    driver,
    maximumFileSize: 1 << 20,
    now: () => clock.now,
    ...options,
  });
  const heard: [name: string, event: CacheEvents[keyof CacheEvents]][] = [];
  const stops = names.map((name) => cache.on(name, (event) => heard.push([name, event])));
  return { driver, clock, cache, heard, stop: () => stops.map((stop) => stop()) };
}

describe('events', () => {
  it('tell what happened, to which key, how many bytes, and how old they were', () => {
    const { cache, clock, heard } = make({ maximumAge: 1000 });
    cache.get(key(1));
    cache.put(key(1), bytes(10));
    clock.now += 300;
    for (let time = 0; time < 2; time++) cache.get(key(1));
    cache.view(key(1))!.release();
    cache.getInto(key(1), bytes(10));
    const hit = ['hit', { key: key(1), bytes: 10, age: 300 }];
    expect(heard.splice(0)).toEqual([
      ['miss', { key: key(1), bytes: 0, age: 0 }],
      ['store', { key: key(1), bytes: 10, age: 0 }],
      hit,
      hit,
      hit,
      hit,
    ]);
    cache.flush();
    cache.flush();
    expect(heard.splice(0)).toEqual([['commit', { sequence: cache.storage.sequence, bytes: 10 }]]);
    clock.now += 701;
    for (let time = 0; time < 2; time++) {
      expect(cache.get(key(1))).toBeUndefined();
      expect(heard.splice(0)).toEqual([
        ['stale', { key: key(1), bytes: 10, age: 1001 }],
        ['miss', { key: key(1), bytes: 0, age: 0 }],
      ]);
    }
    cache.put(key(1, 2), bytes(20));
    heard.length = 0;
    clock.now += 5;
    expect(cache.reclaim({ guid, revision: 2 })).toBe(1);
    expect(heard[0]).toEqual(['stale', { key: key(1), bytes: 10, age: 1006 }]);
    expect(cache.stat()).toMatchObject({ hits: 4, hitAge: 1200, misses: 3, stale: 3 });
  });

  it('tell of what was evicted, and when it had been used', () => {
    const { cache, clock, heard } = make();
    for (let number = 0; number < 60; number++) {
      clock.now += 10;
      cache.put(key(number), bytes(20_000));
    }
    const evicted = heard
      .filter(([name]) => name === 'evict')
      .map(([, event]) => event as CacheEvents['evict']);
    const { evictions, evictedBytes, evictedAge, oldestUse } = cache.stat();
    expect(evicted.length).toBeGreaterThan(10);
    expect(evicted.map((event) => event.key.number)).toEqual(evicted.map((_, index) => index));
    expect(evictions).toBeGreaterThanOrEqual(evicted.length);
    expect(evictedBytes).toBe(20_000 * evictions);
    expect(evictedAge).toBeGreaterThanOrEqual(evicted.reduce((sum, { age }) => sum + age, 0));
    // What is left was used after all that has gone.
    expect(oldestUse).toBe(1010 + 10 * evictions);
  });

  it('tell of damage once', () => {
    const { cache, driver, heard } = make({ codec: deflate });
    cache.put(key(1), bytes(1000));
    cache.put(key(2), bytes(1001));
    cache.flush();
    const block = cache.storage.blocks().find(({ kind, size }) => kind === 'block' && size === 64)!;
    driver.files.get('a')!.bytes[block.start + 3]! ^= 1;
    heard.length = 0;
    for (let time = 0; time < 3; time++)
      expect([1, 2].filter((number) => cache.get(key(number)))).toHaveLength(1);
    expect(heard.filter(([name]) => name === 'damage')).toHaveLength(1);
    expect(heard.filter(([name]) => name === 'miss')).toHaveLength(3);
    cache.flush();
    expect(cache.count()).toBe(1);
    expect(cache.verify()).toEqual([]);
  });

  it('go on whatever listeners do, and end when they are told to', () => {
    const { cache, heard, stop } = make();
    const stopFailing = cache.on('store', () => {
      throw new Error('not my day');
    });
    let count = 0;
    const listener = () => {
      count++;
    };
    const [one, two] = [cache.on('store', listener), cache.on('store', listener)];
    cache.put(key(1), bytes(1));
    expect(count).toBe(2);
    one();
    one();
    cache.put(key(2), bytes(1));
    expect(count).toBe(3);
    two();
    stopFailing();
    stop();
    heard.length = 0;
    cache.put(key(3), bytes(1));
    cache.flush();
    expect([count, heard.length]).toEqual([3, 0]);
    expect(() => cache.on('hits' as never, listener)).toThrow(/no event "hits"/);
    expect(() => cache.on('hit', 1 as never)).toThrow(TypeError);
  });
});

describe('signals', () => {
  it('end the waiting for reads and for a verification', async () => {
    const driver = delayed(memoryDriver());
    await using cache = await DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 1 << 20 });
    for (let number = 0; number < 5; number++) await cache.put(key(number), bytes(10));
    const gone = { signal: AbortSignal.abort('gone') };
    for (const call of [cache.get(key(1), gone), cache.has(key(1), gone), cache.verify(gone)]) {
      await expect(call).rejects.toBe('gone');
    }
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [cache.get(key(1), { signal }), cache.has(key(1), { signal }), cache.verify({ signal })];
    controller.abort('enough');
    for (const call of calls) await expect(call).rejects.toBe('enough');
    expect(await cache.get(key(1), { signal: new AbortController().signal })).toEqual(bytes(10));
    await expect(async () => await cache.get(key(1), { sginal: signal } as never)).rejects.toThrow(TypeError);
    const sync = make().cache;
    sync.put(key(1), bytes(10));
    expect(() => sync.get(key(1), gone)).toThrow('gone');
    expect(sync.get(key(1), { signal: new AbortController().signal })).toEqual(bytes(10));
    expect(() => sync.verify(gone)).toThrow('gone');
  });

  it('end the waiting for changes; what had not begun is not made, and no array is touched any more', async () => {
    const driver = delayed(memoryDriver());
    await using cache = await DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 1 << 20 });
    await cache.put(key(1), bytes(10));
    const gone = { signal: AbortSignal.abort('gone') };
    const target = new Uint8Array(20);
    for (const call of [
      cache.put(key(2), bytes(20), gone),
      cache.flush(gone),
      cache.getInto(key(1), target, gone),
    ])
      await expect(call).rejects.toBe('gone');

    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      cache.put(key(2), bytes(20), { signal }),
      cache.flush({ signal }),
      cache.getInto(key(1), target, { signal }),
    ];
    controller.abort('enough');
    for (const call of calls) await expect(call).rejects.toBe('enough');
    expect(await cache.has(key(2))).toBe(false);
    for (let turns = 0; turns < 40; turns++) {
      const late = new AbortController();
      const lent = bytes(20);
      const put = cache.put(key(turns), lent, { signal: late.signal }).catch(() => undefined);
      for (let turn = 0; turn < turns; turn++) await undefined;
      late.abort('enough');
      lent.fill(99);
      await put;
    }
    const kept = await Promise.all(Array.from({ length: 40 }, (_, number) => cache.get(key(number))));
    for (const value of kept.slice(2)) if (value) expect(value).toEqual(bytes(20));
    expect(kept.at(-1)).toBeDefined();
    expect(target).toEqual(new Uint8Array(20));
    expect(await cache.verify()).toEqual([]);

    const going = { signal: new AbortController().signal };
    await cache.put(key(4), bytes(15), going);
    await cache.flush(going);
    expect(await cache.getInto(key(4), target, going)).toBe(15);
    expect(target.subarray(0, 15)).toEqual(bytes(15));
    await expect(cache.getInto(key(4), new Uint8Array(3), going)).rejects.toThrow(RangeError);
    await expect(async () => await cache.flush({ sginal: signal } as never)).rejects.toThrow(TypeError);
    const sync = make().cache;
    expect(() => sync.put(key(1), bytes(10), gone)).toThrow('gone');
    sync.put(key(1), bytes(10), going);
    sync.flush(going);
    expect(sync.getInto(key(1), target, going)).toBe(10);
  });
});

it('listeners may change the cache in the middle of a change, and nothing is lost for it', () => {
  const cache = DatasetFileCache.createOrOpen('a', { driver: memoryDriver(), maximumFileSize: 1 << 20 });
  const other = '3f2504e0-4f89-11d3-9a0c-0305e82c3302';
  for (let number = 0; number < 100; number++)
    cache.put({ guid: other, revision: 1, level: 0, number }, new Uint8Array(3000));
  let [number, changed] = [0, 0];
  const meddle = () => {
    if (changed++ > 60) return;
    cache.delete({ guid: other, revision: 1, level: 0, number: ++number + 20 });
    cache.put({ guid: other, revision: 2, level: 0, number }, new Uint8Array(20_000).fill(1));
  };
  for (const name of ['evict', 'stale', 'store', 'commit'] as const) cache.on(name, meddle);
  const renewed: unknown[] = [];
  cache.on('renew', ({ cause }) => renewed.push(cause));
  cache.reclaim({ guid: other, revision: 2 });
  for (let put = 0; put < 100; put++)
    cache.put({ guid: other, revision: 3, level: 0, number: put }, new Uint8Array(30_000).fill(put));
  cache.flush();
  expect(renewed).toEqual([]);
  expect(changed).toBeGreaterThan(60);
  expect(cache.verify()).toEqual([]);
});
