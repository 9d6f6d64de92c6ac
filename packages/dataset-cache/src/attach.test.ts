import { memoryDriver } from '@terrane/driver';
import { faulty } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { chunkGrid, chunksOf, type Dataset, DatasetFileCache, warmUp } from './index.js';

const guid = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';

function source(revision = 1, wait: () => Promise<unknown> = async () => undefined) {
  const calls: string[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const dataset: Dataset = {
    id: { guid, revision },
    shape: [100, 100],
    chunkShape: [30, 50],
    levels: 2,
    sampleType: 'uint8',
    async readChunk(coordinates, options) {
      calls.push(`${options?.level}:${coordinates}`);
      signals.push(options?.signal);
      await wait();
      options?.signal?.throwIfAborted();
      return new Uint8Array(1500).fill(coordinates[0]! * 16 + coordinates[1]! + 100 * revision);
    },
  };
  return { dataset, calls, signals };
}

function newCache(more = {}) {
  const driver = memoryDriver();
  return DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 1 << 20, ...more });
}

describe('attach', () => {
  it('fetches a chunk once, for several who ask at once and for those who come later', async () => {
    const cache = newCache();
    const { dataset, calls } = source();
    const attached = cache.attach(dataset);
    const [a, b] = await Promise.all([attached.readChunk([1, 1]), attached.readChunk([1, 1])]);
    expect(a).toEqual(b);
    a.fill(0);
    expect(b[0]).toBe(117);
    expect((await attached.readChunk([1, 1]))[0]).toBe(117);
    expect((await attached.readChunk([1, 0], { level: 1 }))[0]).toBe(116);
    expect(calls).toEqual(['0:1,1', '1:1,0']);
    await expect(attached.readChunk([4, 0])).rejects.toThrow(RangeError);
    await expect(attached.readChunk([0])).rejects.toThrow(RangeError);
  });

  it('gives everybody bytes of their own, whoever changes theirs first', async () => {
    for (const [first, second] of [
      [undefined, new AbortController().signal],
      [new AbortController().signal, undefined],
    ]) {
      const attached = newCache().attach(source().dataset);
      const scribble = attached
        .readChunk([1, 1], first ? { signal: first } : {})
        .then((bytes) => bytes.fill(0));
      const others = [0, 1, 2].map(() => attached.readChunk([1, 1], second ? { signal: second } : {}));
      for (const bytes of await Promise.all(others)) expect([bytes[0], bytes[1499]]).toEqual([117, 117]);
      expect((await scribble)[0]).toBe(0);
    }
  });

  it('is of datasets that are classes, too', async () => {
    class Rows implements Dataset {
      readonly id = { guid, revision: 1 };
      readonly #rows = 4;
      get shape() {
        return [this.#rows];
      }
      get chunkShape() {
        return [1];
      }
      get sampleType() {
        return 'uint8';
      }
      async readChunk([row]: readonly number[]) {
        return new Uint8Array(this.#rows).fill(row!);
      }
    }
    const attached = newCache().attach(new Rows());
    expect(attached).toMatchObject({ shape: [4], chunkShape: [1], sampleType: 'uint8' });
    expect(await attached.readChunk([3])).toEqual(new Uint8Array(4).fill(3));
    expect(await attached.prefetch()).toEqual({ fetched: 3, skipped: 1, failed: 0 });
  });

  it('drops the blocks of earlier revisions, and never answers with them', async () => {
    const cache = newCache();
    const [first, second] = [source(1), source(2)];
    await cache.attach(first.dataset).readChunk([0, 1]);
    expect(cache.count()).toBe(1);
    const chunk = await cache.attach(second.dataset).readChunk([0, 1]);
    expect(chunk[0]).toBe(201);
    expect(cache.has({ guid, revision: 1, level: 0, number: 1 })).toBe(false);
    expect(cache.verify()).toEqual([]);
  });

  it('gives the data whatever happens to the cache', async () => {
    const disk = memoryDriver();
    DatasetFileCache.createOrOpen('a', { driver: disk, maximumFileSize: 1 << 20 }).close();
    const driver = {
      ...disk,
      open: (spec: Parameters<typeof disk.open>[0]) => faulty(disk.open(spec), { op: 'write', after: 1 }),
    };
    const cache = DatasetFileCache.open('a', { driver });
    const attached = cache.attach(source().dataset);
    for (let row = 0; row < 4; row++) expect((await attached.readChunk([row, 1]))[0]).toBe(row * 16 + 101);
    expect(cache.stat().failures).toBeGreaterThan(0);
    expect(cache.verify()).toEqual([]);
    const large = { ...source().dataset, readChunk: async () => new Uint8Array(1 << 20) };
    expect(await newCache().attach(large).readChunk([0, 0])).toHaveLength(1 << 20);
    const bad = { ...source().dataset, readChunk: async () => 'no' as never };
    await expect(newCache().attach(bad).readChunk([0, 0])).rejects.toMatchObject({
      code: 'CACHE_BAD_DATASET',
    });
  });

  it('reads through a read-only cache, and writes nothing', async () => {
    const driver = memoryDriver();
    const writer = DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 1 << 20 });
    await writer.attach(source().dataset).readChunk([0, 0]);
    writer.close();
    const before = driver.files.get('a')!.bytes.slice();
    const cache = DatasetFileCache.open('a', { driver, readOnly: true });
    const { dataset, calls } = source();
    const attached = cache.attach(dataset);
    expect((await attached.readChunk([0, 0]))[0]).toBe(100);
    expect((await attached.readChunk([1, 0]))[0]).toBe(116);
    expect((await attached.readChunk([1, 0]))[0]).toBe(116);
    expect(calls).toEqual(['0:1,0', '0:1,0']);
    cache.close();
    expect(driver.files.get('a')!.bytes).toEqual(before);
  });

  it('aborts the fetch when nobody waits for it any more, and only then', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { dataset, signals } = source(1, () => held);
    const attached = newCache().attach(dataset);
    const [one, two] = [new AbortController(), new AbortController()];
    const first = attached.readChunk([0, 0], { signal: one.signal });
    const second = attached.readChunk([0, 0], { signal: two.signal });
    const failed = expect(first).rejects.toBe('enough');
    await new Promise((resolve) => setTimeout(resolve, 1));
    one.abort('enough');
    await failed;
    expect(signals[0]!.aborted).toBe(false);
    two.abort('enough, too');
    await expect(second).rejects.toBe('enough, too');
    expect(signals[0]!.aborted).toBe(true);
    release();
    expect(await attached.readChunk([0, 0])).toHaveLength(1500);
    await expect(attached.readChunk([0, 0], { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('keeps values in memory within a budget', async () => {
    const cache = newCache({ memoryBytes: 4000 });
    const { dataset } = source();
    const attached = cache.attach(dataset);
    for (const at of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 0],
    ])
      await attached.readChunk(at);
    expect(cache.stat()).toMatchObject({ memoryBytes: 3000, hits: 0, misses: 3 });
    (await attached.readChunk([1, 0])).fill(0);
    expect((await attached.readChunk([1, 0]))[0]).toBe(116);
  });
});

describe('warmUp', () => {
  it('fetches everything once, with progress, and goes on where it was interrupted', async () => {
    const cache = newCache();
    const { dataset, calls } = source();
    expect(chunkGrid(dataset)).toEqual([4, 2]);
    expect(chunkGrid(dataset, 1)).toEqual([2, 1]);
    const controller = new AbortController();
    const interrupted = warmUp(cache, dataset, {
      signal: controller.signal,
      concurrency: 1,
      onProgress: ({ done }) => {
        if (done === 3) controller.abort('stop');
      },
    });
    await expect(interrupted).rejects.toBe('stop');
    expect(await warmUp(cache, dataset)).toEqual({ done: 10, skipped: 3, total: 10 });
    expect(new Set(calls).size).toBe(10);
    expect(calls).toHaveLength(10);
    expect(cache.count()).toBe(10);
    const region = { start: [0, 60], end: [31, 61] };
    expect([...chunksOf(dataset, 0, region)]).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect([...chunksOf(dataset, 0, { start: [0, 0], end: [0, 0] })]).toEqual([]);
  });
});

it('warmUp asks nothing of a dataset for a cache that is read-only', async () => {
  const driver = memoryDriver();
  newCache({ driver }).close();
  const { dataset, calls } = source();
  const cache = DatasetFileCache.open('a', { driver, readOnly: true });
  await expect(warmUp(cache, dataset)).rejects.toMatchObject({ code: 'CACHE_READ_ONLY' });
  expect(calls).toEqual([]);
});
