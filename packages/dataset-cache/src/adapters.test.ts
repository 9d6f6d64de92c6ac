import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Driver, type Mode, memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import { core, http } from '@terrane/drivers';
import { createFile, openFile } from '@terrane/hdf5';
import { int16 } from '@terrane/layout';
import { openH5wasm, temporaryFolder } from '@terrane/oracles';
import { createVector, mapVector } from '@terrane/vectors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrayDataset,
  chunksOf,
  type Dataset,
  DatasetFileCache,
  fileDataset,
  hdf5Dataset,
  vectorDataset,
  warmUp,
} from './index.js';

const id = { guid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301', revision: 1 };

/** What chunks of an array have, by a loop over every sample. */
function cut(
  values: ArrayLike<number>,
  shape: readonly number[],
  chunk: readonly number[],
  at: readonly number[],
) {
  const found: number[] = [];
  for (let index = 0; index < values.length; index++) {
    let rest = index;
    let inside = true;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const place = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      if (Math.floor(place / chunk[axis]!) !== at[axis]) inside = false;
    }
    if (inside) found.push(values[index]!);
  }
  return found;
}

/** Reads every chunk of a dataset, directly, into a cache and out of it, and compares it with the samples. */
async function compare(dataset: Dataset, values: ArrayLike<number>, decode: (bytes: Uint8Array) => number[]) {
  const cache = DatasetFileCache.createOrOpen('a', { driver: memoryDriver(), maximumFileSize: 1 << 20 });
  const attached = cache.attach(dataset);
  for (const pass of ['source', 'miss', 'hit']) {
    for (const at of chunksOf(dataset)) {
      const bytes = await (pass === 'source' ? dataset : attached).readChunk(at);
      expect(decode(bytes)).toEqual(cut(values, dataset.shape, dataset.chunkShape, at));
    }
  }
  expect(cache.stat()).toMatchObject({ hits: cache.count(), misses: cache.count(), failures: 0 });
  expect(cache.verify()).toEqual([]);
}

const asInt16 = (bytes: Uint8Array) => [...new Int16Array(bytes.slice().buffer)];
const asFloat64 = (bytes: Uint8Array) => [...new Float64Array(bytes.slice().buffer)];

/** Shapes of one to four dimensions with chunks that do and do not divide them. */
const layouts = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((pairs) => ({
    shape: pairs.map(([length]) => length),
    chunkShape: pairs.map(([, length]) => length),
  }));
const ramp = (shape: readonly number[]) =>
  Int16Array.from(
    { length: shape.reduce((product, length) => product * length, 1) },
    (_, index) => index - 99,
  );

describe('arrayDataset', () => {
  it('cuts arrays of any shape into chunks of any shape', async () => {
    await fc.assert(
      fc.asyncProperty(layouts, async ({ shape, chunkShape }) => {
        const data = ramp(shape);
        await compare(arrayDataset({ data, shape }, { id, chunkShape }), data, asInt16);
      }),
      { numRuns: 40 },
    );
  });

  it('chooses chunks of about 64 KiB, and says what samples are', () => {
    const of = (shape: number[], data: Parameters<typeof arrayDataset>[0]['data']) =>
      arrayDataset({ data, shape }, { id, info: { name: 'n' } });
    expect(of([300, 300], new Float64Array(90_000))).toMatchObject({
      chunkShape: [27, 300],
      sampleType: 'float64',
      info: { name: 'n' },
    });
    expect(of([2, 100_000], new BigInt64Array(200_000))).toMatchObject({
      chunkShape: [1, 8192],
      sampleType: 'int64',
    });
    expect(of([3], Buffer.alloc(3))).toMatchObject({ chunkShape: [3], sampleType: 'uint8' });
    expect(() => of([4], new Uint8Array(3))).toThrow(RangeError);
  });
});

describe('vectorDataset', () => {
  it('reads vectors in mapped files', async () => {
    using folder = temporaryFolder();
    const shape = [20, 30];
    const values = ramp(shape);
    createVector(folder.join('v'), values).close();
    using vector = mapVector(folder.join('v'), int16(), { shape });
    const dataset = vectorDataset(vector, { id, chunkShape: [7, 8] });
    expect(dataset).toMatchObject({ shape, sampleType: 'int16' });
    await compare(dataset, values, asInt16);
    using columns = mapVector(folder.join('v'), int16(), { shape, order: 'column' });
    expect(() => vectorDataset(columns, { id })).toThrow(
      expect.objectContaining({ code: 'CACHE_UNSUPPORTED' }),
    );
  });
});

describe('fileDataset', () => {
  it('reads arrays in files, over drivers of either kind', async () => {
    await fc.assert(
      fc.asyncProperty(layouts, fc.nat(9), fc.boolean(), async ({ shape, chunkShape }, offset, async) => {
        const values = ramp(shape);
        const image = Buffer.concat([Buffer.alloc(offset, 1), Buffer.from(values.buffer)]);
        const disk = memoryDriver({ a: new Uint8Array(image) });
        const file = await openWith((async ? delayed(disk) : disk) as Driver<Mode>, { name: 'a' });
        const dataset = await fileDataset(file, { id, shape, chunkShape, offset, sampleType: 'int16' });
        await compare(dataset, values, asInt16);
      }),
      { numRuns: 30 },
    );
  });

  it('reads bytes in pieces, and keeps them when the file is gone', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, index) => index);
    const file = await openWith(delayed(memoryDriver({ big: bytes })), { name: 'big' });
    const dataset = await fileDataset(file, { id, chunkBytes: 300 });
    await using cache = await DatasetFileCache.createOrOpen('a', {
      driver: delayed(memoryDriver()),
      maximumFileSize: 1 << 20,
    });
    await warmUp(cache, dataset);
    await file.close();
    const pieces = await Promise.all([...chunksOf(dataset)].map((at) => cache.attach(dataset).readChunk(at)));
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(bytes));
  });

  it('refuses an array that the file does not have, at once or when it has become shorter', async () => {
    const disk = memoryDriver({ a: new Uint8Array(100) });
    const file = openWith(disk, { name: 'a', mode: 'r+' });
    const options = { id, shape: [5, 10], chunkShape: [5, 5], sampleType: 'int16' } as const;
    const bad = expect.objectContaining({ code: 'CACHE_BAD_DATASET' });
    await expect(fileDataset(file, { ...options, offset: 1 })).rejects.toEqual(bad);
    await expect(fileDataset(file, { ...options, sampleType: 'complex' as never })).rejects.toThrow(
      TypeError,
    );
    const dataset = await fileDataset(file, options);
    file.truncate(99);
    expect(await dataset.readChunk([0, 0])).toHaveLength(50);
    await expect(dataset.readChunk([0, 1])).rejects.toEqual(bad);
    await expect(dataset.readChunk([0, 1], { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('reads an array on a web server in ranges, once', async () => {
    const values = Float64Array.from({ length: 4000 }, Math.sqrt);
    const image = Buffer.from(values.buffer);
    let served = 0;
    const server = createServer((request, response) => {
      const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
      const [from, to] = range
        ? [Number(range[1]), Math.min(Number(range[2]) + 1, image.length)]
        : [0, image.length];
      if (request.method !== 'HEAD') served += to - from;
      response.writeHead(range ? 206 : 200, {
        'content-length': to - from,
        'accept-ranges': 'bytes',
        etag: '"one"',
        ...(range && { 'content-range': `bytes ${from}-${to - 1}/${image.length}` }),
      });
      response.end(image.subarray(from, to));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const file = await openWith(http, { name: `http://127.0.0.1:${port}/a.bin` });
      const options = { id, shape: [50, 80], chunkShape: [20, 30], sampleType: 'float64' } as const;
      await compare(await fileDataset(file, options), values, asFloat64);
      const before = served;
      const cache = DatasetFileCache.createOrOpen('a', { driver: memoryDriver(), maximumFileSize: 1 << 20 });
      const dataset = cache.attach(await fileDataset(file, options));
      await dataset.readChunk([1, 1]);
      const once = served;
      await dataset.readChunk([1, 1]);
      expect(served).toBe(once);
      expect(before).toBeGreaterThan(0);
      await file.close();
    } finally {
      server.close();
    }
  });
});

describe('hdf5Dataset', () => {
  it('reads what libhdf5 wrote, over drivers of either kind', async () => {
    using folder = temporaryFolder();
    const path = folder.join('a.h5');
    const values = Float64Array.from({ length: 17 * 23 }, (_, index) => index / 3);
    {
      using written = await openH5wasm(path, 'w');
      written.file.create_dataset({ name: 'd', data: values, shape: [17, 23], dtype: '<d' });
      written.file.create_dataset({ name: 't', data: ['a', 'b'] });
    }
    const disk = memoryDriver({ 'a.h5': new Uint8Array(readFileSync(path)) });
    for (const driver of [disk, delayed(disk)] as Driver<Mode>[]) {
      const file = await openFile(await openWith(driver, { name: 'a.h5' }));
      const dataset = hdf5Dataset(await file.dataset('d'), { id, chunkShape: [5, 8] });
      expect(dataset).toMatchObject({
        shape: [17, 23],
        sampleType: 'float64',
        info: { path: expect.stringMatching(/d$/) },
      });
      await compare(dataset, values, asFloat64);
      const text = await file.dataset('t');
      expect(() => hdf5Dataset(text, { id })).toThrow(expect.objectContaining({ code: 'CACHE_UNSUPPORTED' }));
      await file.close();
    }
  });

  it('gives samples in the machine’s byte order, whatever the file’s is', async () => {
    const file = createFile(openWith(core, { mode: 'w' }));
    const values = Int16Array.from({ length: 60 }, (_, index) => index * 300);
    file.root.createDataset('x', { data: values, shape: [6, 10], type: 'int16be' });
    const dataset = hdf5Dataset(file.dataset('x'), { id, chunkShape: [4, 4] });
    expect(dataset.sampleType).toBe('int16');
    await compare(dataset, values, asInt16);
  });

  it('takes the chunks that the dataset has, and refuses answers that do not fit', async () => {
    const file = createFile(openWith(core, { mode: 'w' }));
    file.root.createDataset('x', { data: Int16Array.of(1, 2, 3, 4), shape: [2, 2] });
    expect(hdf5Dataset(file.dataset('x'), { id }).chunkShape).toEqual([2, 2]);
    const like = {
      path: '/x',
      shape: [4],
      dtype: 'float16',
      chunkShape: [2],
      read: (): unknown => undefined,
    };
    const of = (data: unknown) => hdf5Dataset({ ...like, read: () => ({ data }) }, { id });
    expect(of(0)).toMatchObject({ chunkShape: [2], sampleType: 'float32' });
    expect(await of(new Float32Array(2)).readChunk([0])).toHaveLength(8);
    for (const data of [new Float32Array(3), new Int32Array(2), ['a', 'b']]) {
      await expect(of(data).readChunk([0])).rejects.toMatchObject({ code: 'CACHE_BAD_DATASET' });
    }
    expect(() => hdf5Dataset({ ...like, shape: null }, { id })).toThrow(/no elements/);
    await expect(of(0).readChunk([0], { signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });
});
