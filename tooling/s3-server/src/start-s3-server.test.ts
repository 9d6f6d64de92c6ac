import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { hasS3Server } from './index.js';

/** Whether anything answers. */
const running = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );

it.runIf(hasS3Server)('what runs ends with the process that started it, however that ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-s3-server-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const source = fileURLToPath(new URL('index.ts', import.meta.url));
  const program = `
    const { startS3Server } = await import(${JSON.stringify(source)});
    console.log((await startS3Server()).endpoint);
    setInterval(() => {}, 1000);
  `;
  const tsx = ['--import', import.meta.resolve('tsx'), '--input-type=module'];
  const child = spawn(process.execPath, [...tsx, '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder },
  });
  const [line] = await once(child.stdout, 'data');
  const endpoint = String(line).trim();
  expect(await running(endpoint)).toBe(true);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (let tries = 0; tries < 100 && (await running(endpoint)); tries++) await sleep(50);
  expect(await running(endpoint)).toBe(false);
});
