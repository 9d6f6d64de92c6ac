import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { expect } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The package as one JavaScript file that a child process or a worker can import: Node itself reads no TypeScript. */
export const packageUrl: string = process.env.TEST_DIST
  ? pathToFileURL(join(root, 'dist/index.js')).href
  : bundle();

function bundle(): string {
  const folder = join(root, 'build/test');
  const file = join(folder, 'index.mjs');
  const { outputFiles } = buildSync({
    entryPoints: [join(root, 'src/index.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@terrane/source'],
    external: ['node-gyp-build'],
  });
  mkdirSync(folder, { recursive: true });
  // Several test files do this at once: nobody may see half a file.
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, outputFiles[0]!.contents);
  renameSync(fresh, file);
  return pathToFileURL(file).href;
}

/** How to run a child. */
export interface ChildOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** False when the main thread must not load the package: there is no `mmap` then, but in workers. */
  readonly main?: boolean;
  /** With a tmpfs of 8 MiB at $SMALL_DISK, in a mount namespace of the child's own. */
  readonly smallDisk?: boolean;
}

/** Whether `smallDisk` can be had here. */
export const mayMount: boolean =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** How a child ended. */
export interface ChildResult {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a module's text in a process of its own, with everything of this package in `mmap`, `fs`, `assert` and a
 * scratch `folder` in reach. A process that dies of a signal is seen as one.
 */
export function runChild(code: string, options: ChildOptions = {}): ChildResult {
  const folder = scratchFolder();
  try {
    const source = `${prologue(folder, options.main ?? true)}\n${code}`;
    const command = [process.execPath, ...(options.args ?? []), '--input-type=module', '-e', source];
    const disk = join(folder, 'disk');
    if (options.smallDisk) {
      mkdirSync(disk);
      const mount = 'mount -t tmpfs -o size=8m tmpfs "$SMALL_DISK" && exec "$@"';
      command.unshift('unshare', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh');
    }
    const { status, signal, stdout, stderr } = spawnSync(command[0]!, command.slice(1), {
      encoding: 'utf8',
      env: { ...process.env, SMALL_DISK: disk, ...options.env },
      timeout: 50_000,
    });
    return { status, signal, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What every child begins with. A worker's body finds `mmap`, `workerData` and `parentPort`. */
export function prologue(folder: string, main = true): string {
  return `
    ${main ? `import * as mmap from ${JSON.stringify(packageUrl)};` : ''}
    import fs from 'node:fs';
    import assert from 'node:assert/strict';
    import { execFileSync } from 'node:child_process';
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const folder = ${JSON.stringify(folder)};
    const fileOf = (bytes, name = 'file') => (fs.writeFileSync(folder + '/' + name, bytes), folder + '/' + name);
    const truncate = (path, size) => execFileSync('truncate', ['-s', String(size), path]);
    const startWorker = (body, workerData) => new Worker(
      'import * as mmap from ${JSON.stringify(packageUrl)};' +
        'import { parentPort, workerData } from "node:worker_threads";' + body,
      { eval: true, execArgv: ['--input-type=module'], workerData });
  `;
}

/** Runs code that would kill the process of a naive addon: it must come to its end, by itself, and quietly. */
export function survives(code: string, args: string[] = []): void {
  const result = runChild(`${code}\nconsole.log('alive');`, { args: ['--expose-gc', ...args] });
  expect(result).toMatchObject({ status: 0, signal: null, stderr: '' });
  expect(result.stdout).toBe('alive\n');
}

/** A folder of one's own on the disk: tmpfs hides what happens past the end of a file. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'terrane-mmap-'));
}
