import type { ReadRequest } from '@terrane/driver';
import { expect, it } from 'vitest';
import { PageCache } from './page-cache.js';

const file = Uint8Array.from({ length: 100 }, (_, index) => index);

/** Does what a runner does: reads a request from the file. */
function bring(cache: PageCache, request: ReadRequest): void {
  const bytes = file.subarray(request.position, request.position + request.target.length);
  request.target.set(bytes);
  cache.fill(request, bytes.length);
  cache.finish(request);
}

it('asks for neighbouring pages in one request, and once', () => {
  const cache = new PageCache(16, 1000);
  expect(cache.want(20, 20)).toBe(false);
  expect(cache.want(90, 1)).toBe(false);
  const requests = cache.takeRequests();
  expect(requests.map(({ position, target }) => [position, target.length])).toEqual([
    [16, 32],
    [80, 16],
  ]);
  for (const request of requests) bring(cache, request);
  expect(cache.want(16, 32)).toBe(true);
  expect([...cache.bytes(30, 5)]).toEqual([30, 31, 32, 33, 34]);
  expect(cache.takeRequests()).toEqual([]);
});

it('is short at the end of the file', () => {
  const cache = new PageCache(16, 1000);
  cache.want(90, 30);
  for (const request of cache.takeRequests()) bring(cache, request);
  expect(cache.bytes(90, 30).length).toBe(10);
});

it('does not take in pages that were written to while they were on their way', () => {
  const cache = new PageCache(16, 1000);
  cache.want(0, 48);
  const [request] = cache.takeRequests();
  cache.drop(20, 1);
  bring(cache, request!);
  expect(cache.want(0, 16)).toBe(true);
  expect(cache.want(32, 16)).toBe(true);
  expect(cache.want(16, 16)).toBe(false);
  const [again] = cache.takeRequests();
  bring(cache, again!);
  expect(cache.want(0, 48)).toBe(true);
  cache.drop(0, 100);
  expect(cache.want(0, 1)).toBe(false);
});

it('drops what was unused for longest, but nothing that is in use', () => {
  const cache = new PageCache(16, 48);
  for (let page = 0; page < 6; page++) {
    cache.clock = page;
    cache.want(page * 16, 16);
    for (const request of cache.takeRequests()) bring(cache, request);
  }
  cache.trim(4);
  expect([0, 1, 2, 3, 4, 5].map((page) => cache.want(page * 16, 1))).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
});
