import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';

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
export function runChild(
  code: string,
  options: { args?: string[]; env?: Record<string, string> } = {},
): ChildResult {
  const folder = scratchFolder();
  try {
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [...(options.args ?? []), '--input-type=module', '-e', `${prologue(folder)}\n${code}`],
      { encoding: 'utf8', env: { ...process.env, ...options.env }, timeout: 50_000 },
    );
    return { status, signal, stdout, stderr };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What every child begins with. */
export function prologue(folder: string): string {
  return [
    `import * as mmap from ${JSON.stringify(packageUrl)};`,
    `import fs from 'node:fs';`,
    `import assert from 'node:assert/strict';`,
    `const folder = ${JSON.stringify(folder)};`,
    `const fileOf = (bytes, name = 'file') => (fs.writeFileSync(folder + '/' + name, bytes), folder + '/' + name);`,
  ].join('\n');
}

/** A folder of one's own on the disk: tmpfs hides what happens past the end of a file. */
export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'terrane-mmap-'));
}
