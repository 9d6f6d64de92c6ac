import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Compiles the addon on this machine, unless one that loads is there already. Ends with 0 when there is no
 * compiler: the package then works on copies. `--required` makes that a failure (continuous integration).
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const required = process.argv.includes('--required');

function newest(folder, pattern) {
  if (!existsSync(folder)) return 0;
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  return Math.max(0, ...names.map((name) => statSync(join(folder, name)).mtimeMs));
}

// A child loads it, so that a build that crashes while loading cannot take this process with it.
function loads() {
  const code = `require('node-gyp-build')(${JSON.stringify(root)}).probe()`;
  return spawnSync(process.execPath, ['-e', code], { cwd: root, stdio: 'ignore' }).status === 0;
}

function giveUp(reason) {
  console.error(
    `@terrane/mmap: no native build on this machine (${reason}); files are read and written as copies`,
  );
  process.exit(required ? 1 : 0);
}

/** node-gyp without a folder of headers would ask the network for them. */
function headers() {
  const beside = dirname(dirname(process.execPath));
  const folders = [process.env.npm_config_nodedir, beside, '/usr', '/usr/local'];
  return folders.find((folder) => folder && existsSync(join(folder, 'include', 'node', 'node_api.h')));
}

function compiler() {
  try {
    return require.resolve('node-gyp/bin/node-gyp.js');
  } catch {
    return process.env.npm_config_node_gyp;
  }
}

const sources = Math.max(newest(join(root, 'src/native'), /\.(cc|h)$/), newest(root, /^binding\.gyp$/));
const built = newest(join(root, 'build/Release'), /\.node$/);
if (built > sources && loads()) process.exit(0);
if (!required && built === 0 && loads()) process.exit(0); // a prebuild fits

const gyp = compiler();
if (!gyp) giveUp('node-gyp was not found');
const nodedir = headers();
const args = [gyp, 'rebuild', '--loglevel=warn', ...(nodedir ? [`--nodedir=${nodedir}`] : [])];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
if (status !== 0) giveUp('the compiler failed or is absent');
if (!loads()) giveUp('what was built does not load');
