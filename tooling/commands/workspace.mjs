/*
 * What `npm start` and `npm test` share: a workspace that is installed and built, whatever it was before.
 * Written for old Nodes too, so that they get to the message instead of a syntax error.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Says which Node is needed and stops, when this one is older. */
export function requireNode() {
  const wanted = manifest.engines.node.replace(/[^\d.]/g, '');
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = wanted.split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  console.error(
    `Terrane needs Node ${wanted} or newer; this is ${process.versions.node} (${process.execPath}).`,
  );
  process.exit(1);
}

/** Installs the dependencies exactly as locked, unless they are. Returns the exit code. */
export function install() {
  if (isInstalled()) return 0;
  console.error('Installing dependencies …');
  return run('npx', ['-y', manifest.packageManager, 'install', '--frozen-lockfile'], {
    output: 'as messages',
  });
}

/** Builds what `filters` name and what that needs; everything when there are none. Returns the exit code. */
export function build(...filters) {
  const args = ['run', 'build', '--output-logs=errors-only'];
  for (const filter of filters) args.push(`--filter=${filter}...`);
  // turbo looks for pnpm on the path; ours is a dependency of the project.
  const bin = join(root, 'node_modules', '.bin');
  const PATH = bin + delimiter + process.env.PATH;
  const env = { PATH, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  console.error('Building …');
  return run(join(bin, 'turbo'), args, { output: 'if it fails', env });
}

/**
 * Runs a program to its end and returns its exit code; a death by signal counts as a failure. Its output is shown
 * as it is, as messages (on standard error), or if it fails.
 */
export function run(program, args, { cwd = root, output = 'as it is', env = {} } = {}) {
  const outputs = {
    'as it is': ['inherit', 'inherit', 'inherit'],
    'as messages': ['inherit', 2, 'inherit'],
    'if it fails': ['inherit', 'pipe', 'pipe'],
  };
  const result = spawnSync(program, args, {
    cwd,
    stdio: outputs[output],
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
  });
  if (result.error) console.error(`${program}: ${result.error.message}`);
  if (result.status !== 0 && output === 'if it fails')
    process.stderr.write(`${result.stdout}${result.stderr}`);
  return result.status ?? 1;
}

/** pnpm keeps a copy of the lock file it installed from; the links tell whether an install was cut short. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.pnpm', 'lock.yaml');
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules', '.bin', 'turbo'))) return false;
  return readFileSync(installed, 'utf8') === readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
}
