import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);

/**
 * The path of better-sqlite3's addon for this Node, compiled here if it is not there yet: about a minute, once. Its own
 * install script would fetch it from GitHub, or headers from nodejs.org; what is built here needs neither.
 *
 * @throws Error when there are no headers of this Node, or no compiler.
 */
export function sqliteBinary(): string {
  const sources = dirname(require.resolve('better-sqlite3/package.json'));
  const { version } = JSON.parse(readFileSync(join(sources, 'package.json'), 'utf8'));
  const folder = fileURLToPath(new URL('../build/', import.meta.url));
  const name = `better-sqlite3-${version}-${process.platform}-${process.arch}-${process.versions.modules}`;
  const binary = join(folder, `${name}.node`);
  if (!existsSync(binary)) compile(sources, join(folder, `${name}-${process.pid}`), binary);
  return binary;
}

/** Works on a copy, so that what pnpm installed stays as it is. */
function compile(sources: string, workplace: string, binary: string): void {
  console.error('better-sqlite3 is being compiled, once');
  mkdirSync(workplace, { recursive: true });
  try {
    cpSync(sources, workplace, { recursive: true, dereference: true });
    const gyp = require.resolve('node-gyp/bin/node-gyp.js');
    const args = [gyp, 'rebuild', '--release', '--jobs=max', '--loglevel=warn', `--nodedir=${headers()}`];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: workplace, encoding: 'utf8' });
    if (status !== 0) throw new Error(`better-sqlite3 was not compiled:\n${stderr}`);
    renameSync(join(workplace, 'build', 'Release', 'better_sqlite3.node'), binary);
  } finally {
    rmSync(workplace, { recursive: true, force: true });
  }
}

/** Where `include/node` of this Node is. */
function headers(): string {
  const folders = [process.env.npm_config_nodedir, dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  const found = folders.find((folder) => folder && existsSync(join(folder, 'include', 'node', 'node.h')));
  if (!found) throw new Error('no headers of Node beside it: name their folder in npm_config_nodedir');
  return found;
}
