import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A folder for the test file's own, that everybody may look into; it goes when the tests of the file are over. */
export function sharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'terrane-hard-'));
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Everything as one JavaScript file for Node, and its address. The `minified` one is the same code under other names, and so
 * another copy of all packages for who loads both.
 */
export function bundleFor(folder: string, minified = false): string {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL('./everything.fixture.ts', import.meta.url))],
    bundle: true,
    write: false,
    minify: minified,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: process.env.TEST_DIST ? [] : ['@terrane/source'],
    // The addon is looked for from where the package is.
    define: {
      'import.meta.url': JSON.stringify(
        pathToFileURL(join(root, 'packages/mmap/src/native-binding.ts')).href,
      ),
    },
  });
  const file = join(folder, `${minified ? 'minified' : 'everything'}.mjs`);
  writeFileSync(file, outputFiles[0]!.contents);
  return pathToFileURL(file).href;
}

/** Under what conditions a child runs. */
export interface ChildOptions {
  /** With a file system of 8 MiB at $DISK, that nobody else sees. */
  readonly smallDisk?: boolean;
  /** As a user who owns nothing. */
  readonly nobody?: boolean;
  /** The most that a file may be long, in bytes. */
  readonly fileLimit?: number;
}

/** What children with a disk of their own need of the system; some containers let nobody mount anything. */
export const mayMount: boolean =
  spawnSync('unshare', ['--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** What children of another user need: that we are root. */
export const mayBeNobody: boolean = spawnSync('setpriv', [...asNobody(), 'true']).status === 0;

function asNobody(): string[] {
  return ['--reuid=65534', '--regid=65534', '--clear-groups'];
}

function commandOf(bundle: string, code: string, options: ChildOptions): [string, ...string[]] {
  const source = `import * as t from ${JSON.stringify(bundle)}; import fs from 'node:fs';
    const say = (what) => fs.writeSync(1, JSON.stringify(what) + '\\n');\n${code}`;
  const command: [string, ...string[]] = [process.execPath, '--input-type=module', '-e', source];
  if (options.nobody) command.unshift('setpriv', ...asNobody());
  if (options.fileLimit) command.unshift('prlimit', `--fsize=${options.fileLimit}`);
  if (options.smallDisk) {
    const mount = 'mount -t tmpfs -o size=8m tmpfs "$DISK" && exec "$@"';
    command.unshift('unshare', '--map-root-user', '--mount', 'sh', '-c', mount, 'sh');
  }
  return command;
}

function environment(folder: string): NodeJS.ProcessEnv {
  const DISK = join(folder, 'disk');
  mkdirSync(DISK, { recursive: true });
  return { ...process.env, DISK };
}

/**
 * Runs a module's text in a process of its own, with everything of the bundle in `t`, `fs`, and `say`, which prints a value.
 *
 * @returns what it said.
 * @throws Error with what it complained about, when it did not come to its end.
 */
export function runChild(
  folder: string,
  bundle: string,
  code: string,
  options: ChildOptions = {},
): unknown[] {
  const [program, ...args] = commandOf(bundle, code, options);
  const { status, signal, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    env: environment(folder),
    timeout: 50_000,
  });
  if (status !== 0) throw new Error(`the child ended with ${status ?? signal}:\n${stdout}${stderr}`);
  return lines(stdout);
}

/** A child that runs on, and the values it has said so far. */
export interface RunningChild {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly said: readonly unknown[];
  /** The next value that it says, or nothing when it ends before. */
  next(): Promise<unknown>;
  /** Sends a signal, and waits for the end. @returns the signal, or status, that ended it. */
  end(signal: NodeJS.Signals): Promise<NodeJS.Signals | number | null>;
}

/** Starts what {@link runChild} runs. */
export function startChild(folder: string, bundle: string, code: string): RunningChild {
  const [program, ...args] = commandOf(bundle, code, {});
  const child = spawn(program, args, { env: environment(folder), stdio: ['ignore', 'pipe', 'inherit'] });
  const said: unknown[] = [];
  let taken = 0;
  let rest = '';
  let wake = () => {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const cut = (rest + text).split('\n');
    rest = cut.pop()!;
    said.push(...cut.map((line) => JSON.parse(line)));
    wake();
  });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('close', (status, signal) => {
      resolve(signal ?? status);
      wake();
    }),
  );
  return {
    process: child,
    said,
    async next() {
      while (said.length <= taken && child.exitCode === null && child.signalCode === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return said[taken++];
    },
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function lines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
