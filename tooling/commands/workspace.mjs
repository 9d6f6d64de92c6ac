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
  console.log('Installing dependencies …');
  return run('npx', ['-y', manifest.packageManager, 'install', '--frozen-lockfile'], { toStderr: true });
}

/** Builds what `filters` name and what that needs; everything when there are none. Returns the exit code. */
export function build(...filters) {
  const args = ['run', 'build', '--output-logs=errors-only'];
  for (const filter of filters) args.push(`--filter=${filter}...`);
  // turbo looks for pnpm on the path; ours is a dependency of the project.
  const bin = join(root, 'node_modules', '.bin');
  const PATH = bin + delimiter + process.env.PATH;
  return run(join(bin, 'turbo'), args, {
    toStderr: true,
    env: { PATH, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
  });
}

/** Runs a program to its end and returns its exit code; a death by signal counts as a failure. */
export function run(program, args, { cwd = root, toStderr = false, env = {} } = {}) {
  const result = spawnSync(program, args, {
    cwd,
    stdio: ['inherit', toStderr ? 2 : 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: { ...process.env, ...env },
  });
  if (result.error) console.error(`${program}: ${result.error.message}`);
  return result.status ?? 1;
}

/** pnpm keeps a copy of the lock file it installed from; the links tell whether an install was cut short. */
function isInstalled() {
  const installed = join(root, 'node_modules', '.pnpm', 'lock.yaml');
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules', '.bin', 'turbo'))) return false;
  return readFileSync(installed, 'utf8') === readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8');
}
