import { type Driver, type Mode, memoryDriver } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkGrid, chunksOf, countChunks, type Dataset, DatasetFileCache, warmUp } from './index.js';

const id = { guid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301', revision: 1 };

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** A dataset that notes what is asked of it, and answers when it is let. */
function source(held = false) {
  const calls: string[] = [];
  const waiting: (() => void)[] = [];
  let running = 0;
  const most = { running: 0 };
  const dataset: Dataset = {
    id,
    shape: [100, 100],
    chunkShape: [30, 50],
    levels: 3,
    sampleType: 'uint8',
    async readChunk(coordinates, { level = 0, signal } = {}) {
      calls.push(`${level}:${coordinates}`);
      most.running = Math.max(most.running, ++running);
      try {
        if (held) {
          await new Promise<void>((resolve, reject) => {
            waiting.push(resolve);
            signal?.addEventListener('abort', () => reject(signal.reason));
          });
        } else await turn();
      } finally {
        running--;
      }
      if (coordinates[0] === 3 && level === 0) throw new Error('that row is missing');
      return new Uint8Array(100).fill(16 * coordinates[0]! + coordinates[1]! + level);
    },
  };
  const release = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { dataset, calls, most, release };
}

const newCache = (more = {}) =>
  DatasetFileCache.createOrOpen('a', { driver: memoryDriver(), maximumFileSize: 1 << 20, ...more });

describe('prefetch', () => {
  it('returns at once, and who reads a chunk meanwhile joins in', async () => {
    const { dataset, calls, release } = source(true);
    const attached = newCache().attach(dataset);
    const done = attached.prefetch({
      chunks: [
        [2, 1],
        [1, 0],
      ],
    });
    const read = attached.readChunk([2, 1]);
    await turn();
    expect(calls).toEqual(['0:2,1', '0:1,0']);
    release();
    expect((await read)[0]).toBe(33);
    expect(await done).toEqual({ fetched: 2, skipped: 0, failed: 0 });
    expect((await attached.readChunk([1, 0]))[0]).toBe(16);
    expect(calls).toHaveLength(2);
  });

  it('goes over a region with some at a time, skips what is there, and counts what fails', async () => {
    const { dataset, calls, most } = source();
    const cache = newCache();
    const attached = cache.attach(dataset);
    await attached.readChunk([2, 0]);
    const result = await attached.prefetch({ region: { start: [60, 0], end: [100, 51] }, concurrency: 2 });
    expect(result).toEqual({ fetched: 1, skipped: 1, failed: 2 });
    expect(calls).toEqual(['0:2,0', '0:2,1', '0:3,0', '0:3,1']);
    expect(most.running).toBe(2);
    expect(await attached.prefetch({ level: 2 })).toEqual({ fetched: 1, skipped: 0, failed: 0 });
    expect(cache.stat().failures).toBe(0);
    expect(cache.verify()).toEqual([]);
  });

  it('stops when it is aborted, but not for those who wait for a chunk, too', async () => {
    const { dataset, calls, release } = source(true);
    const attached = newCache().attach(dataset);
    const controller = new AbortController();
    const done = attached.prefetch({ signal: controller.signal, concurrency: 2 });
    await turn();
    const read = attached.readChunk([0, 1]);
    await turn();
    controller.abort('elsewhere');
    await expect(done).rejects.toBe('elsewhere');
    await turn();
    release();
    expect((await read)[0]).toBe(1);
    expect(calls).toEqual(['0:0,0', '0:0,1']);
    await expect(attached.prefetch({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
    // Nobody has to look at how it ends.
    attached.prefetch({ signal: AbortSignal.abort('unheard') });
    attached.prefetch({ chunks: [[9, 9]] });
    await turn();
    await expect(attached.prefetch({ chunks: [[9, 9]] })).rejects.toThrow(RangeError);
    await expect(attached.prefetch({ concurrency: 0 })).rejects.toThrow(RangeError);
    expect(() => attached.prefetch({ concurency: 1 } as never)).toThrow(TypeError);
  });

  it('fills the memory of a cache that is read-only, and where there is none does nothing', async () => {
    const driver = memoryDriver();
    newCache({ driver }).close();
    for (const memoryBytes of [0, 1000]) {
      const { dataset, calls } = source();
      const cache = DatasetFileCache.open('a', { driver, readOnly: true, memoryBytes });
      const attached = cache.attach(dataset);
      await attached.prefetch({
        chunks: [
          [1, 1],
          [1, 0],
        ],
      });
      expect(calls).toHaveLength(memoryBytes ? 2 : 0);
      await attached.readChunk([1, 1]);
      expect(calls).toHaveLength(memoryBytes ? 2 : 1);
      expect(cache.stat()).toMatchObject({
        memoryHits: memoryBytes ? 1 : 0,
        memoryBytes: memoryBytes ? 200 : 0,
      });
      cache.close();
    }
  });
});

describe('values in memory', () => {
  it('are within the budget, however they come and go', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), fc.nat(1), fc.nat(5))), async (steps) => {
        const cache = newCache({ memoryBytes: 250 });
        const attached = cache.attach(source().dataset);
        for (const [row, column, what] of steps) {
          const key = { ...id, level: 0, number: 2 * row + column };
          if (what === 0) cache.delete(key);
          else if (what === 1) cache.clear();
          else if (what === 2) cache.put(key, new Uint8Array(300).fill(16 * row + column));
          else expect((await attached.readChunk([row, column]))[0]).toBe(16 * row + column);
          expect(cache.stat().memoryBytes).toBeLessThanOrEqual(250);
        }
        cache.clear();
        expect(cache.stat().memoryBytes).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('are not older than they may be, and not others than those of the file', async () => {
    const clock = { now: 1000 };
    const { dataset, calls } = source();
    const cache = newCache({ memoryBytes: 1000, maximumAge: 100, now: () => clock.now });
    const attached = cache.attach(dataset);
    const key = { ...id, level: 0, number: 3 };
    await attached.readChunk([1, 1]);
    clock.now += 60;
    await attached.readChunk([1, 1]);
    clock.now += 60;
    await attached.readChunk([1, 1]);
    expect(calls).toHaveLength(2);
    cache.put(key, new Uint8Array(1).fill(7));
    expect(await attached.readChunk([1, 1])).toEqual(Uint8Array.of(7));
    cache.delete(key);
    expect((await attached.readChunk([1, 1]))[0]).toBe(17);
    expect(calls).toHaveLength(3);
    expect(() => newCache({ memoryBytes: -1 })).toThrow(RangeError);
  });
});

describe('warmUp', () => {
  it('takes the chunks of every level that a region touches, and no other', async () => {
    const spans = fc.tuple(fc.integer({ min: -10, max: 120 }), fc.integer({ min: -10, max: 120 }));
    await fc.assert(
      fc.property(spans, spans, fc.nat(2), ([a, b], [c, d], level) => {
        const { dataset } = source();
        const region = { start: [a, c], end: [b, d] };
        const grid = chunkGrid(dataset, level);
        const wanted: number[][] = [];
        for (let row = 0; row < grid[0]!; row++) {
          for (let column = 0; column < grid[1]!; column++) {
            // Which samples of level 0 the chunk stands for.
            const touches = [row, column].every((at, axis) => {
              const first = at * dataset.chunkShape[axis]! * 2 ** level;
              const end = Math.min(dataset.shape[axis]!, first + dataset.chunkShape[axis]! * 2 ** level);
              const from = Math.max(region.start[axis]!, first);
              return from < Math.min(region.end[axis]!, end);
            });
            if (touches) wanted.push([row, column]);
          }
        }
        expect([...chunksOf(dataset, level, region)]).toEqual(wanted);
        expect(countChunks(dataset, level, region)).toBe(wanted.length);
      }),
    );
  });

  it.each(['sync', 'async'] as const)('keeps what it had when it is interrupted, %s', async (mode) => {
    const disk = memoryDriver();
    const driver = (mode === 'sync' ? disk : delayed(disk)) as Driver<Mode>;
    const open = () => DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 1 << 20 });
    const region = { start: [0, 0], end: [90, 100] };
    const first = source();
    const controller = new AbortController();
    let cache = await open();
    const interrupted = warmUp(cache, first.dataset, {
      region,
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        expect(total).toBe(6 + 2 + 1);
        if (done === 5) controller.abort('stop');
      },
    });
    await expect(interrupted).rejects.toBe('stop');
    // As a process that ends without closing leaves it.
    const image = disk.files.get('a')!.bytes.slice();
    const had = first.calls.length;
    await cache.close();
    disk.files.get('a')!.bytes.set(image);
    const second = source();
    cache = await open();
    const { done, skipped, total } = await warmUp(cache, second.dataset, { region, concurrency: 2 });
    expect([done, total]).toEqual([9, 9]);
    expect(skipped).toBeGreaterThanOrEqual(5);
    expect(skipped).toBeLessThanOrEqual(had);
    expect(second.calls).toHaveLength(9 - skipped);
    expect(await cache.verify()).toEqual([]);
    await cache.close();
  });

  it('stops at the first chunk that the dataset does not give', async () => {
    const { dataset, calls } = source();
    const cache = newCache();
    await expect(warmUp(cache, dataset, { concurrency: 1, levels: [0] })).rejects.toThrow('missing');
    expect(calls).toHaveLength(7);
    expect(cache.count()).toBe(6);
    await expect(warmUp(cache, dataset, { levels: [3] })).rejects.toThrow(RangeError);
    await expect(warmUp(cache, dataset, { region: { start: [0], end: [1] } })).rejects.toThrow(RangeError);
  });
});
