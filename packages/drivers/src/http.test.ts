import { createRegistry, openWith, type TraceEvent } from '@terrane/driver';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { http } from './index.js';
import { type Served, startRangeServer } from './range-server.fixture.js';

const server = await startRangeServer();
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
  server.misbehave = undefined;
});

const ramp = (length: number, step = 7) => Uint8Array.from({ length }, (_, index) => (index * step) & 255);
let count = 0;
/** Puts a file on the server and opens it. */
function open(file: Partial<Served> & { bytes: Uint8Array }, options = {}, resources = {}) {
  const path = `/${++count}`;
  const served = { etag: `"${count}"`, ...file };
  server.files.set(path, served);
  const name = server.url(path);
  const fast = { retryDelay: 1, ...options };
  return { served, name, file: openWith(http, { name, options: fast }, resources) };
}
const coded = (code: string, more = {}) => ({ code, driver: 'http', ...more });
const readAt = async (file: Awaited<ReturnType<typeof open>['file']>, position: number, length: number) => {
  const target = new Uint8Array(length);
  return target.subarray(0, await file.read(position, target));
};

describe('http', () => {
  it('opens with one request, which brings the first block, too', async () => {
    const bytes = ramp(1_000_000);
    const file = await open({ bytes }).file;
    expect(await readAt(file, 100, 5000)).toEqual(bytes.subarray(100, 5100));
    expect(await file.size()).toBe(1_000_000);
    expect(server.requests).toMatchObject([{ range: 'bytes=0-65535' }]);
    expect(file.manifest).toMatchObject({ guarantees: { immutable: true }, hints: { latency: 'remote' } });
  });

  it('fetches what is missing in as few ranges as there are holes, and nothing twice', async () => {
    const bytes = ramp(1_000_000);
    const file = await open({ bytes }, { blockBytes: 1000 }).file;
    await readAt(file, 5500, 100);
    expect(await readAt(file, 3500, 6000)).toEqual(bytes.subarray(3500, 9500));
    expect(server.requests.map(({ range }) => range)).toEqual([
      'bytes=0-999',
      'bytes=5000-5999',
      'bytes=3000-4999',
      'bytes=6000-9999',
    ]);
    await readAt(file, 4000, 4000);
    expect(server.requests).toHaveLength(4);
  });

  it('asks once for what several want at the same time', async () => {
    const bytes = ramp(500_000);
    const file = await open({ bytes }).file;
    const reads = [200_000, 200_100, 199_000].map((position) => readAt(file, position, 500));
    expect((await Promise.all(reads)).map(([first]) => first)).toEqual([
      bytes[200_000],
      bytes[200_100],
      bytes[199_000],
    ]);
    expect(server.requests).toHaveLength(2);
    const targets = [300_000, 300_900, 400_000].map((position) => ({
      position,
      target: new Uint8Array(100),
    }));
    await file.readMany(targets);
    expect(targets.map(({ target }) => target[0])).toEqual([bytes[300_000], bytes[300_900], bytes[400_000]]);
    expect(server.requests).toHaveLength(4);
  });

  it('keeps to its budget', async () => {
    const file = await open({ bytes: ramp(100_000) }, { blockBytes: 1000, cacheBytes: 3000 }).file;
    for (const at of [0, 1000, 2000, 3000]) await readAt(file, at, 10);
    await readAt(file, 3000, 10);
    expect(server.requests).toHaveLength(4);
    await readAt(file, 0, 10);
    expect(server.requests).toHaveLength(5);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(5)],
    ['just one block', ramp(65_536)],
  ])('reads a file of %s', async (_, bytes) => {
    const file = await open({ bytes }).file;
    expect(await readAt(file, 0, 100_000)).toEqual(bytes);
    expect(await file.size()).toBe(bytes.length);
  });

  it('is found by its URL, query included', async () => {
    server.files.set('/data?mode=x', { bytes: Uint8Array.of(1, 2) });
    const file = await createRegistry([http]).open(server.url('/data?mode=x'));
    expect(await file.size()).toBe(2);
  });
});

describe('a server that ignores ranges', () => {
  const ignore = (_: unknown, response: import('node:http').ServerResponse, { bytes }: Served) => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return true;
  };

  it('is refused, and the whole file never taken for a part', async () => {
    server.misbehave = ignore;
    const { file } = open({ bytes: ramp(200_000) });
    await expect(file).rejects.toMatchObject(
      coded('IO_UNSUPPORTED', { feature: 'range requests', hint: expect.stringContaining('wholeFileBytes') }),
    );
  });

  it('sends all of a file that may be downloaded, once', async () => {
    server.misbehave = ignore;
    const bytes = ramp(200_000);
    const file = await open({ bytes }, { wholeFileBytes: 200_000 }).file;
    expect(await readAt(file, 3, 6)).toEqual(bytes.subarray(3, 9));
    expect(await readAt(file, 199_999, 6)).toEqual(bytes.subarray(199_999));
    expect(await file.size()).toBe(200_000);
    await file.close();
    expect(server.requests).toHaveLength(1);
    await expect(open({ bytes }, { wholeFileBytes: 199_999 }).file).rejects.toMatchObject(
      coded('IO_UNSUPPORTED'),
    );
  });

  it('is found out in the middle, too', async () => {
    const file = await open({ bytes: ramp(200_000), etag: undefined }).file;
    server.misbehave = ignore;
    await expect(readAt(file, 100_000, 4)).rejects.toMatchObject(coded('IO_UNSUPPORTED'));
  });
});

describe('a file that changes', () => {
  it.each([true, false])('is detected by its tag (If-Range: %s)', async (conditional) => {
    const { file, served } = open({ bytes: ramp(200_000) }, { conditional });
    const opened = await file;
    Object.assign(served, { bytes: ramp(200_000, 3), etag: '"new"' });
    await expect(readAt(opened, 100_000, 4)).rejects.toMatchObject(
      coded('IO_CHANGED', { op: 'read', offset: 100_000 }),
    );
    expect(server.requests.at(-1)?.ifRange === undefined).toBe(!conditional);
  });

  it('is detected by its size when there is no tag', async () => {
    const { file, served } = open({ bytes: ramp(200_000), etag: undefined });
    const opened = await file;
    expect(opened.manifest.guarantees).toEqual({});
    served.bytes = ramp(150_000);
    await expect(readAt(opened, 100_000, 4)).rejects.toMatchObject(coded('IO_CHANGED'));
  });

  it('is detected when it goes away', async () => {
    const { file, name } = open({ bytes: ramp(200_000) });
    const opened = await file;
    server.files.delete(new URL(name).pathname);
    await expect(readAt(opened, 100_000, 4)).rejects.toMatchObject(coded('IO_CHANGED'));
  });
});

describe('servers that fail', () => {
  it.each([503, 429, 500])('are tried again after %i', async (status) => {
    let left = 2;
    server.misbehave = (_, response) => left-- > 0 && !!response.writeHead(status).end();
    const bytes = ramp(200_000);
    const file = await open({ bytes }).file;
    left = 3;
    expect(await readAt(file, 100_000, 4)).toEqual(bytes.subarray(100_000, 100_004));
  });

  it('are given up in the end, which the error says', async () => {
    server.misbehave = (_, response) => !!response.writeHead(503).end();
    const { file } = open({ bytes: ramp(10) }, { retries: 2 });
    await expect(file).rejects.toMatchObject(
      coded('IO_UNEXPECTED', { retry: 'exhausted', found: '503', op: 'open' }),
    );
    expect(server.requests).toHaveLength(3);
  });

  it('are tried again when the connection breaks in the middle of an answer', async () => {
    const bytes = ramp(200_000);
    const file = await open({ bytes }).file;
    let broken = 0;
    server.misbehave = (_, response) => {
      if (broken++ > 0) return false;
      response.writeHead(206, {
        'content-range': 'bytes 65536-131071/200000',
        'content-length': 65536,
        etag: `"${count}"`,
      });
      response.write(new Uint8Array(1000));
      setTimeout(() => response.destroy(), 10);
      return true;
    };
    expect(await readAt(file, 100_000, 4)).toEqual(bytes.subarray(100_000, 100_004));
    expect(broken).toBe(2);
  });

  it.each([
    [404, 'IO_NOT_FOUND'],
    [410, 'IO_NOT_FOUND'],
    [401, 'IO_PERMISSION'],
    [403, 'IO_PERMISSION'],
    [418, 'IO_UNEXPECTED'],
  ])('answer %i: %s, at once', async (status, code) => {
    server.misbehave = (_, response) => !!response.writeHead(status).end();
    await expect(open({ bytes: ramp(10) }).file).rejects.toMatchObject(coded(code, { retry: 'no' }));
    expect(server.requests).toHaveLength(1);
  });

  it('do not hang us', async () => {
    server.misbehave = () => true;
    const { file } = open({ bytes: ramp(10) }, { timeout: 30, retries: 1 });
    await expect(file).rejects.toMatchObject(
      coded('IO_UNEXPECTED', { message: expect.stringContaining('30 ms') }),
    );
    const name = 'http://127.0.0.1:1/none';
    await expect(openWith(http, { name, options: { retries: 0 } })).rejects.toMatchObject(
      coded('IO_UNEXPECTED'),
    );
  });

  it.each<[string, Record<string, string | number>, number, string]>([
    ['other bytes', { 'content-range': 'bytes 1-10/200000' }, 10, 'IO_UNEXPECTED'],
    ['no word about which bytes', {}, 10, 'IO_UNEXPECTED'],
    ['an unknown size', { 'content-range': 'bytes 0-65535/*' }, 65536, 'IO_UNEXPECTED'],
    ['too few bytes', { 'content-range': 'bytes 0-65535/200000' }, 10, 'IO_UNEXPECTED'],
    ['too many bytes', { 'content-range': 'bytes 0-65535/200000' }, 70_000, 'IO_UNEXPECTED'],
    [
      'packed bytes',
      { 'content-range': 'bytes 0-65535/200000', 'content-encoding': 'x-pack' },
      65536,
      'IO_UNSUPPORTED',
    ],
  ])('that send %s are not believed', async (_, headers, length, code) => {
    server.misbehave = (_, response) => !!response.writeHead(206, headers).end(new Uint8Array(length));
    await expect(open({ bytes: ramp(200_000) }, { retries: 0 }).file).rejects.toMatchObject(coded(code));
  });

  it('that send other bytes later are not believed either', async () => {
    const file = await open({ bytes: ramp(200_000) }).file;
    const headers = { 'content-range': 'bytes 0-65535/200000', etag: `"${count}"` };
    server.misbehave = (_, response) => !!response.writeHead(206, headers).end(new Uint8Array(65536));
    await expect(readAt(file, 100_000, 4)).rejects.toMatchObject(
      coded('IO_UNEXPECTED', { expected: '65536-131072' }),
    );
  });
});

describe('what is handed in', () => {
  it('is used: fetch, headers, signal', async () => {
    const seen: (string | null)[] = [];
    const fetch = (url: string, init: RequestInit) => {
      seen.push(new Headers(init.headers).get('authorization'));
      return globalThis.fetch(url, init);
    };
    const file = await open({ bytes: ramp(10) }, {}, { fetch, headers: { authorization: 'secret' } }).file;
    expect(seen).toEqual(['secret']);
    expect(JSON.stringify(file.manifest)).not.toContain('secret');
    const signal = AbortSignal.abort('no');
    await expect(open({ bytes: ramp(10) }, { retries: 0 }, { signal }).file).rejects.toMatchObject({
      cause: 'no',
    });
  });

  it('ends a read under way, with its reason', async () => {
    const file = await open({ bytes: ramp(200_000) }).file;
    server.misbehave = () => true;
    const controller = new AbortController();
    const call = file.read(100_000, new Uint8Array(4), { signal: controller.signal });
    controller.abort('enough');
    await expect(call).rejects.toBe('enough');
    await file.close();
  });

  it('is refused when it makes no sense', async () => {
    const bad = (options: object, mode = 'r') =>
      expect(openWith(http, { name: server.url('/x'), mode: mode as 'r', options: { ...options } }));
    await bad({ blockBytes: 0 }).rejects.toMatchObject(coded('DRV_BAD_OPTION'));
    await bad({ retries: 'many' }).rejects.toMatchObject(coded('DRV_BAD_OPTION'));
    await bad({ conditional: 1 }).rejects.toMatchObject(coded('DRV_BAD_OPTION'));
    await bad({}, 'r+').rejects.toMatchObject(coded('IO_READ_ONLY'));
    for (const name of ['', 'data.h5', 'file:///etc/hosts', 'http://']) {
      await expect(openWith(http, { name })).rejects.toMatchObject(coded('DRV_BAD_OPTION'));
    }
    await bad({ blokBytes: 1 }).rejects.toThrow(/did you mean "blockBytes"/);
  });

  it('sees what reaches the user', async () => {
    const events: TraceEvent[] = [];
    server.files.set('/traced', { bytes: ramp(10) });
    const file = await openWith(
      http,
      { name: server.url('/traced') },
      {},
      { trace: (event) => events.push(event) },
    );
    await file.read(0, new Uint8Array(4));
    expect(events).toMatchObject([{ op: 'read', count: 4, driver: 'http' }]);
  });
});
