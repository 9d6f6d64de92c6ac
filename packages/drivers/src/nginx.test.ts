import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWith } from '@terrane/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http } from './index.js';

const nginx = ['/usr/sbin/nginx', 'nginx'].find((path) => spawnSync(path, ['-v']).status === 0);
const ramp = (length: number, step = 7) => Uint8Array.from({ length }, (_, index) => (index * step) & 255);

/** A port that nobody uses. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!nginx)('http against nginx', () => {
  let folder: string;
  let base: string;
  let server: ChildProcess | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'terrane-nginx-'));
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/tmp;`)
      .join(' ');
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; master_process off; ${user} pid ${folder}/pid; error_log ${folder}/error.log;
       events {}
       http {
         access_log off; ${temporary}
         server {
           listen 127.0.0.1:${port}; root ${folder};
           location /plain/ { max_ranges 0; alias ${folder}/; }
           location /packed/ { gzip on; gzip_types *; gzip_min_length 1; max_ranges 0; alias ${folder}/; }
           location /secret/ { deny all; }
         }
       }`,
    );
    server = spawn(nginx!, ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')], {
      stdio: 'ignore',
    });
    writeFileSync(join(folder, 'data.bin'), ramp(3_000_000));
    for (let tries = 0; tries < 100; tries++) {
      const alive = await fetch(base).then(
        () => true,
        () => false,
      );
      if (alive) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  afterAll(() => {
    server?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads by ranges', async () => {
    const file = await openWith(http, { name: `${base}/data.bin` });
    expect(await file.size()).toBe(3_000_000);
    expect(file.manifest.guarantees).toEqual({ immutable: true });
    for (const [position, length] of [
      [0, 10],
      [65_530, 20],
      [2_999_990, 50],
      [1_000_000, 700_000],
      [3_000_000, 1],
    ] as const) {
      const target = new Uint8Array(length);
      const count = await file.read(position, target);
      expect(
        Buffer.compare(target.subarray(0, count), ramp(3_000_000).subarray(position, position + length)),
      ).toBe(0);
    }
  });

  it('refuses, or downloads, where nginx has ranges turned off', async () => {
    const name = `${base}/plain/data.bin`;
    await expect(openWith(http, { name })).rejects.toMatchObject({
      code: 'IO_UNSUPPORTED',
      feature: 'range requests',
    });
    const file = await openWith(http, { name, options: { wholeFileBytes: 3_000_000 } });
    const target = new Uint8Array(100);
    await file.read(2_000_000, target);
    expect(target).toEqual(ramp(3_000_000).subarray(2_000_000, 2_000_100));
  });

  it('detects a file that is replaced between two reads', async () => {
    writeFileSync(join(folder, 'changing.bin'), ramp(500_000));
    const file = await openWith(http, { name: `${base}/changing.bin` });
    await file.read(100_000, new Uint8Array(10));
    writeFileSync(join(folder, 'new'), ramp(500_001, 3));
    renameSync(join(folder, 'new'), join(folder, 'changing.bin'));
    await expect(file.read(400_000, new Uint8Array(10))).rejects.toMatchObject({
      code: 'IO_CHANGED',
      driver: 'http',
    });
  });

  it('names what is missing, forbidden, empty', async () => {
    await expect(openWith(http, { name: `${base}/none` })).rejects.toMatchObject({ code: 'IO_NOT_FOUND' });
    await expect(openWith(http, { name: `${base}/secret/x` })).rejects.toMatchObject({
      code: 'IO_PERMISSION',
    });
    writeFileSync(join(folder, 'empty'), '');
    expect(await (await openWith(http, { name: `${base}/empty` })).size()).toBe(0);
  });
});
