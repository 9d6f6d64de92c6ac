import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { packageUrl, scratchFolder } from './child.fixture.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = scratchFolder();
afterAll(() => rmSync(folder, { recursive: true }));

it('is refused when a prebuilt binary is missing, or does not load', () => {
  const script = join(folder, 'scripts/check-prebuilds.mjs');
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(join(root, 'scripts/check-prebuilds.mjs'), script);
  const check = () => spawnSync(process.execPath, [script], { encoding: 'utf8' });
  expect(check()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('missing for linux-x64, linux-arm64, win32-x64'),
  });
  for (const platform of ['linux-x64', 'linux-arm64', 'win32-x64', `${process.platform}-${process.arch}`]) {
    mkdirSync(join(folder, 'prebuilds', platform), { recursive: true });
    writeFileSync(join(folder, 'prebuilds', platform, 'terrane_mmap.node'), 'not a binary');
  }
  expect(check()).toMatchObject({ status: 1, stderr: expect.stringContaining('does not load') });
  const here = join(folder, 'prebuilds', `${process.platform}-${process.arch}`, 'terrane_mmap.node');
  copyFileSync(join(root, 'build/Release/terrane_mmap.node'), here);
  expect(check()).toMatchObject({ status: 0 });
});

it('goes on without a compiler', () => {
  const scripts = join(folder, 'bare/scripts');
  mkdirSync(scripts, { recursive: true });
  copyFileSync(join(root, 'scripts/build-native.mjs'), join(scripts, 'build-native.mjs'));
  const build = (...args: string[]) =>
    spawnSync(process.execPath, [join(scripts, 'build-native.mjs'), ...args], {
      encoding: 'utf8',
      env: { PATH: '/nowhere' },
    });
  expect(build()).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('no native build on this machine'),
  });
  expect(build('--required')).toMatchObject({ status: 1 });
});

it('has a core that does without Node, and leaves foreign faults to others', () => {
  const script = join(root, 'scripts/test-native.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'plain'], { encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'plain: ok\n', stderr: '' });
});

it('does what every platform must', () => {
  const bundle = fileURLToPath(packageUrl);
  const smoke = join(root, 'scripts/smoke.mjs');
  const { status, stdout, stderr } = spawnSync(process.execPath, [smoke, bundle], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^ok /);
});
