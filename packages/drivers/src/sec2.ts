import {
  type Driver,
  type DriverFile,
  defineManifest,
  type LockLease,
  type Manifest,
  openIntent,
  parseUrl,
} from '@terrane/driver';
import type { Descriptor } from './descriptor.js';
import { FileLocks } from './file-locks.js';
import { needName } from './need-name.js';
import { needFileSystem } from './node-fs.js';
import { openLocked } from './open-locked.js';

/**
 * Files of the local file system, by positional reads and writes on a descriptor; HDF5's default driver.
 *
 * Mode `w` empties an existing file when it is opened. Option `locking`: lock the file while it is open, as HDF5 does
 * (true where `flock` is given). Resources: `fs`, a replacement of `node:fs`, and `flock`, a {@link TakeLock}.
 */
export const sec2: Driver<'sync'> = Object.freeze({
  name: 'sec2',
  contract: 1,
  mode: 'sync',
  schemes: ['file'],
  aliases: ['H5FD_SEC2', 'H5FD_WINDOWS'],
  parse: (url: string) => (/^file:\/\//i.test(url) ? { name: pathOf(new URL(url)) } : parseUrl(url)),
  options: ['locking'],
  resources: ['fs', 'flock'],
  open(spec, resources) {
    const fs = needFileSystem('sec2', resources?.fs);
    const locks = FileLocks.from(spec, resources);
    const intent = openIntent(spec.mode);
    return new Sec2File(openLocked(fs, needName(spec), intent, locks), locks, intent.write);
  },
} satisfies Driver<'sync'>);

/** A real `file:` URL is percent-encoded; on Windows its path has a slash before the drive. */
function pathOf({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/^\/(?=[a-z]:)/i, '');
}

class Sec2File implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #descriptor: Descriptor;
  readonly #locks: FileLocks;

  constructor(descriptor: Descriptor, locks: FileLocks, writable: boolean) {
    this.#descriptor = descriptor;
    this.#locks = locks;
    this.manifest = defineManifest({
      driver: 'sec2',
      target: descriptor.name,
      capabilities: {
        ...(writable && { write: true, truncate: true, flush: true }),
        ...(locks.onDemand && { lock: true }),
      },
      guarantees: { shared: true, ...(writable && { durableFlush: true }) },
      hints: { latency: 'local', blockBytes: 4096 },
    });
  }

  size(): number {
    return this.#descriptor.size();
  }

  read(position: number, target: Uint8Array): number {
    return this.#descriptor.read(position, target);
  }

  write(position: number, source: Uint8Array): void {
    this.#descriptor.write(position, source);
  }

  truncate(size: number): void {
    this.#descriptor.truncate(size);
  }

  flush(): void {
    this.#descriptor.sync();
  }

  lock(kind: LockLease['kind']): LockLease {
    return this.#locks.take(this.#descriptor, kind);
  }

  close(): void {
    this.#locks.end();
    this.#descriptor.close();
  }
}
