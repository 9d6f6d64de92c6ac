import {
  type Driver,
  type DriverFile,
  defineManifest,
  driverErrors,
  type LockLease,
  type Manifest,
  openIntent,
} from '@terrane/driver';
import type { Descriptor } from './descriptor.js';
import { FileLocks } from './file-locks.js';
import { needName } from './need-name.js';
import { needFileSystem } from './node-fs.js';
import { openLocked } from './open-locked.js';

/**
 * Files of the local file system through one buffer, as C's standard I/O has it: fewer calls for many small reads
 * and writes that follow each other. What was written is seen by others after `flush` or `close`.
 *
 * Options `bufferBytes` (65 536 unless given) and `locking`; resources `fs` and `flock`, as of sec2.
 */
export const stdio: Driver<'sync'> = Object.freeze({
  name: 'stdio',
  contract: 1,
  mode: 'sync',
  aliases: ['H5FD_STDIO'],
  options: ['bufferBytes', 'locking'],
  resources: ['fs', 'flock'],
  open(spec, resources) {
    const { bufferBytes = 65_536 } = spec.options ?? {};
    if (typeof bufferBytes !== 'number' || !Number.isSafeInteger(bufferBytes) || bufferBytes < 1) {
      throw driverErrors.DRV_BAD_OPTION({
        message: 'stdio: bufferBytes must be a whole number of bytes above 0',
      });
    }
    const fs = needFileSystem('stdio', resources?.fs);
    const intent = openIntent(spec.mode);
    const locks = FileLocks.from(spec, resources);
    const descriptor = openLocked(fs, needName(spec), intent, locks);
    return new StdioFile(descriptor, locks, intent.write, bufferBytes);
  },
} satisfies Driver<'sync'>);

class StdioFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #descriptor: Descriptor;
  readonly #locks: FileLocks;
  /** A window of the file: `#buffer[0 … #filled)` are the bytes from `#start`, not on the disk yet when `#dirty`. */
  readonly #buffer: Uint8Array;
  #start = 0;
  #filled = 0;
  #dirty = false;

  constructor(descriptor: Descriptor, locks: FileLocks, writable: boolean, bufferBytes: number) {
    this.#descriptor = descriptor;
    this.#locks = locks;
    this.#buffer = new Uint8Array(bufferBytes);
    this.manifest = defineManifest({
      driver: 'stdio',
      target: descriptor.name,
      capabilities: {
        ...(writable && { write: true, truncate: true, flush: true }),
        ...(locks.onDemand && { lock: true }),
      },
      guarantees: writable ? { durableFlush: true } : {},
      hints: { latency: 'local', blockBytes: bufferBytes },
    });
  }

  size(): number {
    const end = this.#dirty ? this.#start + this.#filled : 0;
    return Math.max(this.#descriptor.size(), end);
  }

  read(position: number, target: Uint8Array): number {
    if (this.#copyOut(position, target)) return target.length;
    this.#drain();
    if (target.length >= this.#buffer.length) return this.#descriptor.read(position, target);
    this.#start = position;
    this.#filled = this.#descriptor.read(position, this.#buffer);
    const bytes = this.#buffer.subarray(0, Math.min(this.#filled, target.length));
    target.set(bytes);
    return bytes.length;
  }

  write(position: number, source: Uint8Array): void {
    const at = position - this.#start;
    const joins = this.#dirty && at >= 0 && at <= this.#filled && at + source.length <= this.#buffer.length;
    if (!joins) {
      this.#drain();
      // What was read ahead may be overwritten now.
      this.#filled = 0;
      this.#start = position;
      if (source.length >= this.#buffer.length) {
        this.#descriptor.write(position, source);
        return;
      }
    }
    const from = joins ? at : 0;
    this.#buffer.set(source, from);
    this.#filled = Math.max(this.#filled, from + source.length);
    this.#dirty = true;
  }

  truncate(size: number): void {
    this.#drain();
    this.#filled = 0;
    this.#descriptor.truncate(size);
  }

  flush(): void {
    this.#drain();
    this.#descriptor.sync();
  }

  close(): void {
    this.#drain();
    this.#locks.end();
    this.#descriptor.close();
  }

  lock(kind: LockLease['kind']): LockLease {
    return this.#locks.take(this.#descriptor, kind);
  }

  #copyOut(position: number, target: Uint8Array): boolean {
    const from = position - this.#start;
    if (from < 0 || from + target.length > this.#filled) return false;
    target.set(this.#buffer.subarray(from, from + target.length));
    return true;
  }

  #drain(): void {
    if (!this.#dirty) return;
    this.#descriptor.write(this.#start, this.#buffer.subarray(0, this.#filled));
    this.#dirty = false;
  }
}
