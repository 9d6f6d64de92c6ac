import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Before a release: every platform we promise a binary for has one, and the one of this machine loads.
 * Prebuilds are not in git, so a release that forgot to build them would ship none and say nothing.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const platforms = ['linux-x64', 'linux-arm64', 'win32-x64'];
const fileOf = (platform) => join(root, 'prebuilds', platform, 'terrane_mmap.node');

const missing = platforms.filter((platform) => !existsSync(fileOf(platform)));
if (missing.length > 0) {
  console.error(`prebuilds are missing for ${missing.join(', ')}: run build:prebuilds`);
  process.exit(1);
}
const here = fileOf(`${process.platform}-${process.arch}`);
const code = `require(${JSON.stringify(here)}).probe()`;
if (existsSync(here) && spawnSync(process.execPath, ['-e', code], { stdio: 'inherit' }).status !== 0) {
  console.error(`${here} does not load`);
  process.exit(1);
}
