import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/** The browser, when there is one. */
export const chromium: string | undefined = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(existsSync);

const switches = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--remote-debugging-port=0',
];

/**
 * A worker whose task is in the page's address. With `leave=N` the page goes elsewhere once the worker has said N rounds; with
 * `terminate=N` the worker is ended then, and another one looks at what it left.
 */
const page = `<!doctype html><script>
  const wanted = new URLSearchParams(location.search);
  const start = (task) => new Worker('/worker.js?' + task, { type: 'module' });
  const worker = start(wanted);
  let rounds = 0;
  worker.onmessage = () => {
    rounds++;
    if (rounds == wanted.get('leave')) location.href = '/left';
    if (rounds != wanted.get('terminate')) return;
    worker.terminate();
    start('do=check');
  };
</script>`;

/** A server with the worker, and browsers that look at it: one after the other, all with the same files. */
export class Browsers {
  readonly #folder: string;
  readonly #origin: string;
  #browser: ChildProcess | undefined;
  #report: (value: unknown) => void = () => {};
  #rounds = 0;
  /** The last round that a worker has said was committed. */
  last = 0;
  #heard: () => void = () => {};

  private constructor(folder: string, origin: string) {
    this.#folder = folder;
    this.#origin = origin;
  }

  static async start(folder: string): Promise<Browsers> {
    const worker = await bundle(new URL('./browser-worker.fixture.ts', import.meta.url));
    let browsers: Browsers | undefined;
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const [path] = request.url!.split('?');
      if (request.method === 'POST') {
        browsers?.hear(path!, JSON.parse(Buffer.concat(chunks).toString()));
        return response.writeHead(204).end();
      }
      if (path === '/left') browsers?.hear('/report', 'left');
      const script = path === '/worker.js';
      if (!script && path !== '/') return response.writeHead(404).end();
      const type = script ? 'text/javascript' : 'text/html';
      return response.writeHead(200, { 'content-type': type }).end(script ? worker : page);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    browsers = new Browsers(folder, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    afterAll(async () => {
      await browsers.kill();
      server.closeAllConnections();
      server.close();
    });
    return browsers;
  }

  hear(path: string, value: unknown): void {
    if (path === '/report') this.#report(value);
    if (path === '/said') {
      this.#rounds++;
      this.last = value as number;
    }
    this.#heard();
  }

  /** Opens a page in a browser of its own. @returns what its worker reports. */
  async ask(task: string, smallDisk = false): Promise<unknown> {
    const report = new Promise<unknown>((resolve) => {
      this.#report = resolve;
    });
    await this.open(task, smallDisk);
    const value = await report;
    await this.kill();
    return value;
  }

  /** @param smallDisk - All the browser has is a file system of 64 MiB, which is gone when the browser is. */
  async open(task: string, smallDisk = false): Promise<void> {
    await this.kill();
    const profile = join(this.#folder, smallDisk ? 'small' : 'profile');
    mkdirSync(profile, { recursive: true });
    // A browser that was killed leaves these; the next one is to think nothing of them.
    for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
      rmSync(join(profile, name), { force: true });
    }
    this.#rounds = 0;
    const command = [chromium!, ...switches, `--user-data-dir=${profile}`, `${this.#origin}/?${task}`];
    if (smallDisk) {
      const mount = 'mount -t tmpfs -o size=64m tmpfs "$0" && exec "$@"';
      command.unshift('unshare', '--map-root-user', '--mount', 'sh', '-c', mount, profile);
    }
    this.#browser = spawn(command[0]!, command.slice(1), { stdio: 'ignore', detached: true });
  }

  /** Waits until the worker of this page has said so many rounds. */
  async rounds(count: number): Promise<void> {
    while (this.#rounds < count) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  /** Ends the browser and all its processes at once, wherever they are. */
  async kill(): Promise<void> {
    const browser = this.#browser;
    if (!browser) return;
    this.#browser = undefined;
    const gone =
      browser.exitCode === null && browser.signalCode === null ? once(browser, 'close') : undefined;
    process.kill(-browser.pid!, 'SIGKILL');
    await gone;
  }
}

/** A module with all it imports, for browsers: nothing of Node may be left in it. */
async function bundle(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: process.env.TEST_DIST ? [] : ['@terrane/source'],
  });
  return outputFiles[0]!.text;
}
