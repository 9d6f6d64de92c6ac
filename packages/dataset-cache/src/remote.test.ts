import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryDriver } from '@terrane/driver';
import { blob, http } from '@terrane/drivers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset, type Dataset, DatasetFileCache, warmUp } from './index.js';

const data = Uint16Array.from({ length: 200 * 300 }, (_, index) => index);
const id = { guid: '3f2504e0-4f89-11d3-9a0c-0305e82c3301', revision: 4 };
const dataset = arrayDataset({ data, shape: [200, 300] }, { id, chunkShape: [50, 100] });
const never: Dataset = {
  ...dataset,
  readChunk: () => Promise.reject(new Error('the cache should have had it')),
};

/** A cache that was filled beforehand, as the bytes of its file. */
async function warmed(): Promise<Uint8Array> {
  const driver = memoryDriver();
  const cache = DatasetFileCache.createOrOpen('a', { driver, maximumFileSize: 1 << 20 });
  await warmUp(cache, dataset);
  cache.close();
  return driver.files.get('a')!.bytes;
}

let bytes: Uint8Array;
const requests: string[] = [];
const server = createServer((request, response) => {
  const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
  requests.push(request.headers.range ?? 'all');
  const [from, to] = range
    ? [Number(range[1]), Math.min(Number(range[2]) + 1, bytes.length)]
    : [0, bytes.length];
  response.writeHead(range ? 206 : 200, {
    'content-length': to - from,
    etag: '"one"',
    ...(range && { 'content-range': `bytes ${from}-${to - 1}/${bytes.length}` }),
  });
  response.end(bytes.subarray(from, to));
});

beforeAll(async () => {
  bytes = await warmed();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

describe('a cache that was filled beforehand', () => {
  it('serves readers over HTTP, in ranges', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.hgc`;
    const options = { driver: http, readOnly: true, driverOptions: { blockBytes: 16_384 } };
    const cache = await DatasetFileCache.open(url, options);
    const chunk = await cache.attach(never).readChunk([3, 2]);
    expect(chunk).toEqual(await dataset.readChunk([3, 2]));
    const few = requests.length;
    const all = [0, 1, 2, 3].flatMap((row) =>
      [0, 1, 2].map((column) => cache.attach(never).readChunk([row, column])),
    );
    expect(await Promise.all(all)).toHaveLength(12);
    expect(requests.length).toBeGreaterThan(few);
    expect(requests).not.toContain('all');
    await expect(cache.clear()).rejects.toMatchObject({ code: 'CACHE_READ_ONLY' });
    await cache.close();
  });

  it('serves a page from a Blob', async () => {
    const resources = { blob: new Blob([new Uint8Array(bytes)]) };
    await using cache = await DatasetFileCache.open('a.hgc', { driver: blob, readOnly: true, resources });
    expect(await cache.attach(never).readChunk([0, 2])).toEqual(await dataset.readChunk([0, 2]));
    expect(await cache.verify()).toEqual([]);
  });
});
