import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { ReadAnswer, ReadRequest } from './messages.js';

/** How a reader died over a file, instead of answering. */
export interface Death {
  readonly died: 'hang' | 'memory' | 'crash';
  readonly message: string;
}

/** What a reader may use for one file. */
export interface ReaderLimits {
  readonly milliseconds: number;
  readonly bytes: number;
}

const pageBytes = 4096;
const here = fileURLToPath(new URL('..', import.meta.url));
// Below the modules of this package, so that what is not bundled is found.
const programs = join(here, 'node_modules', '.cache', 'readers');

/** A reader in a process of its own, started when it is needed and again after it died. */
export class ReaderProcess implements Disposable {
  readonly #program: string;
  readonly #limits: ReaderLimits;
  #child: ChildProcess | undefined;

  constructor(program: 'ours' | 'h5wasm', limits: ReaderLimits) {
    this.#program = program;
    this.#limits = limits;
  }

  /** Asks, and waits for the answer as long as the limits allow. */
  async ask(request: ReadRequest): Promise<ReadAnswer | Death> {
    await this.#start();
    const child = this.#child!;
    const { milliseconds, bytes } = this.#limits;
    return await new Promise((resolve) => {
      let complaint = '';
      const hear = (chunk: Buffer) => {
        complaint = (complaint + chunk).slice(-2000);
      };
      const end = (answer: ReadAnswer | Death) => {
        clearTimeout(timer);
        clearInterval(watch);
        child.stderr!.off('data', hear);
        child.removeAllListeners('message').removeAllListeners('exit');
        if ('died' in answer) this[Symbol.dispose]();
        resolve(answer);
      };
      const timer = setTimeout(
        () => end({ died: 'hang', message: `no answer in ${milliseconds} ms` }),
        milliseconds,
      );
      const gorged = (): Death | undefined => {
        const used = residentBytes(child.pid!);
        return used > bytes
          ? { died: 'memory', message: `${Math.round(used / 2 ** 20)} MiB in use` }
          : undefined;
      };
      const watch = setInterval(() => {
        const death = gorged();
        if (death) end(death);
      }, 50);
      child.stderr!.on('data', hear);
      child.once('exit', (code, signal) =>
        end({ died: 'crash', message: `${signal ?? code}: ${complaint}` }),
      );
      child.once('message', (answer) => end(gorged() ?? (answer as ReadAnswer)));
      child.send(request);
    });
  }

  [Symbol.dispose](): void {
    this.#child?.removeAllListeners('exit');
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  async #start(): Promise<void> {
    if (this.#child) return;
    const child = fork(bundled(this.#program), [], {
      execArgv: ['--max-old-space-size=512', '--enable-source-maps'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    // An empty request is answered when the program has been loaded: loading is not held against the file.
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`${this.#program} does not start (${code})`)));
      child.send({ path: '', maxBytes: 0 } satisfies ReadRequest);
    });
    child.removeAllListeners('exit');
  }
}

const bundles = new Map<string, string>();

/** The reader as one module, which starts in a fraction of the time that loading its sources takes. */
function bundled(program: string): string {
  const known = bundles.get(program);
  if (known !== undefined) return known;
  const { outputFiles } = buildSync({
    entryPoints: [join(here, 'src', 'readers', `${program}.ts`)],
    outfile: join(programs, `${program}.mjs`),
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    conditions: ['@terrane/source'],
    external: ['h5wasm'],
  });
  const { hash, contents } = outputFiles[0]!;
  const path = join(programs, `${program}-${hash.replace(/\W/g, '')}.mjs`);
  if (!existsSync(path)) {
    // In one step: another process may be about to start the same file.
    mkdirSync(programs, { recursive: true });
    writeFileSync(`${path}.${process.pid}`, contents);
    renameSync(`${path}.${process.pid}`, path);
  }
  bundles.set(program, path);
  return path;
}

/** The memory a process has in use, where the system says so. */
function residentBytes(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes;
  } catch {
    return 0;
  }
}
