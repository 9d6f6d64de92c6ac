import { type Driver, type DriverFile, defineManifest, type Manifest, openIntent } from '@terrane/driver';
import { Descriptor } from './descriptor.js';
import { needName } from './need-name.js';
import { needFileSystem } from './node-fs.js';

/**
 * Files of the local file system, by positional reads and writes on a descriptor; HDF5's default driver.
 *
 * Mode `w` empties an existing file when it is opened. Resource `fs`: a replacement of `node:fs`.
 */
export const sec2: Driver<'sync'> = Object.freeze({
  name: 'sec2',
  contract: 1,
  mode: 'sync',
  schemes: ['file'],
  aliases: ['H5FD_SEC2'],
  resources: ['fs'],
  open(spec, resources) {
    const fs = needFileSystem('sec2', resources?.fs);
    const intent = openIntent(spec.mode);
    return new Sec2File(Descriptor.open(fs, needName(spec), intent), intent.write);
  },
} satisfies Driver<'sync'>);

class Sec2File implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #descriptor: Descriptor;

  constructor(descriptor: Descriptor, writable: boolean) {
    this.#descriptor = descriptor;
    this.manifest = defineManifest({
      driver: 'sec2',
      target: descriptor.name,
      capabilities: writable ? { write: true, truncate: true, flush: true } : {},
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

  close(): void {
    this.#descriptor.close();
  }
}
