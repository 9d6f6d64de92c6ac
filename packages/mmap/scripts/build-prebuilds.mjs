import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Puts this machine's build where node-gyp-build looks for it in the published package:
 * prebuilds/<platform>-<arch>/terrane_mmap.node
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { status } = spawnSync(process.execPath, [join(root, 'scripts/build-native.mjs'), '--required'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`);
mkdirSync(folder, { recursive: true });
copyFileSync(join(root, 'build/Release/terrane_mmap.node'), join(folder, 'terrane_mmap.node'));
console.log(`prebuilds/${process.platform}-${process.arch}/terrane_mmap.node`);
