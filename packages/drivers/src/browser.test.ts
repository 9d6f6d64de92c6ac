import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { KitReport } from '@terrane/driver-kit';
import { build } from 'esbuild';
import { expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from './temporary.fixture.js';

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** A module with all it imports, for browsers: nothing of Node may be left in it. */
async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: ['@terrane/source'],
  });
  return outputFiles[0]!.text;
}

/** Sends a range of a file, or all of it. */
function send(response: ServerResponse, file: Buffer, tag: string, range: string | undefined): void {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const headers = { etag: `"${tag}"` };
  if (from === undefined) return void response.writeHead(200, headers).end(file);
  const end = Math.min(Number(to) + 1, file.length);
  if (Number(from) >= file.length) {
    return void response.writeHead(416, { ...headers, 'content-range': `bytes */${file.length}` }).end();
  }
  const contentRange = `bytes ${from}-${end - 1}/${file.length}`;
  response
    .writeHead(206, { ...headers, 'content-range': contentRange })
    .end(file.subarray(Number(from), end));
}

it.skipIf(!chromium)('the drivers for browsers keep the contract in a worker of Chromium', async () => {
  const worker = await bundle(new URL('./browser-worker.fixture.ts', import.meta.url));
  const files = new Map<string, Buffer>();
  let report = (_: string) => {};
  const reported = new Promise<string>((resolve) => {
    report = resolve;
  });
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await bodyOf(request));
    const { url = '', method, headers } = request;
    if (method === 'PUT') files.set(url, body);
    if (url === '/report') report(body.toString());
    if (method !== 'GET') return response.writeHead(204).end();
    if (url === '/worker.js')
      return response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker);
    const file = files.get(url);
    if (file) return send(response, file, url, headers.range);
    if (url !== '/') return response.writeHead(404).end();
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<!doctype html><script>new Worker("/worker.js", { type: "module" })</script>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const switches = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ];
  const browser: ChildProcess = spawn(
    chromium!,
    [
      ...switches,
      `--user-data-dir=${temporaryFolder()}`,
      '--remote-debugging-port=0',
      `http://127.0.0.1:${port}/`,
    ],
    { stdio: 'ignore' },
  );
  onTestFinished(async () => {
    const gone = new Promise((resolve) => browser.once('exit', resolve));
    browser.kill();
    await gone;
    server.closeAllConnections();
    server.close();
  });
  const { reports, facts, ...failure } = JSON.parse(await reported);
  expect(failure).toEqual({});
  expect(reports.map(({ target }: KitReport) => target)).toEqual(['core', 'blob', 'http', 'opfs']);
  for (const { results, pass } of reports as KitReport[]) {
    expect(results.filter(({ outcome }) => outcome === 'fail')).toEqual([]);
    expect(pass).toBeGreaterThan(25);
  }
  expect(facts).toEqual({
    missing: ['IO_NOT_FOUND', 'IO_NOT_FOUND'],
    locked: 'IO_LOCKED',
    exists: 'IO_EXISTS',
    kept: 3,
    readOnly: 'IO_READ_ONLY',
    emptied: 0,
    process: 'undefined',
  });
});

async function bodyOf(request: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks;
}
