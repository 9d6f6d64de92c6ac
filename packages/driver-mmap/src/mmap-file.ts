import { closeSync, fdatasyncSync, fstatSync, fsyncSync, readSync, writeSync } from 'node:fs';
import {
  type AccessOptions,
  type DriverFile,
  defineManifest,
  ioErrors,
  type LockLease,
  type Manifest,
} from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { type Mapping, map, tryLockFile } from '@terrane/mmap';
import { EarlyFlush } from './early-flush.js';
import { type LeaseSource, MmapLease } from './mmap-lease.js';
import type { MmapOptions } from './mmap-options.js';
import { typed } from './typed-error.js';

/** Addresses cost nothing; a file that grows within them keeps one buffer for all its views. */
const leastReserve = 2 ** 30;

const isLinux = process.platform === 'linux';

/**
 * From so many bytes on, writing is a call to the system: storing into pages that are not dirty yet takes a fault for each of
 * them, 110 µs for 64 KiB where a call takes 15, and a full disk is an error of the call and not a fault. The system keeps
 * mapping and calls the same, save for Windows, which does not promise it.
 */
const callBytes = process.platform === 'win32' ? Number.POSITIVE_INFINITY : 4096;

/**
 * So many reads are calls to the system, too, before memory is read: the engine counts a buffer over the file as if it
 * had been allocated, and collects garbage for it, which takes milliseconds. Who reads only a little is spared that.
 */
const mostCalls = process.platform === 'win32' ? 0 : 128;

/** A mapped file. Its length on the disk is its length always: growth is a call to the system, and nothing is padded. */
export class MmapFile implements DriverFile<'sync'>, LeaseSource {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  generation = 0;
  #mapping: Mapping;
  readonly #fd: number;
  readonly #remap: () => Mapping;
  readonly #locks = new Set<LockLease>();
  readonly #early = new EarlyFlush((start, length) => {
    try {
      this.#mapping.flush(start, length, { wait: false });
    } catch {
      // What is wrong with the file, the flush says.
    }
  });
  /** Every length the file was cut to: a view of what was cut off never comes back. */
  readonly #cuts: number[] = [];
  #calls = 0;
  #closed = false;

  private constructor(fd: number, target: string, writable: boolean, remap: () => Mapping) {
    this.#fd = fd;
    this.#remap = remap;
    this.#mapping = remap();
    const { native } = this.#mapping;
    this.manifest = defineManifest({
      driver: 'mmap',
      target,
      capabilities: {
        view: true,
        ...(native && { lock: true }),
        ...(writable && { write: true, truncate: true, flush: true }),
      },
      guarantees: { ...(native && { shared: true }), ...(writable && { durableFlush: true }) },
      hints: { latency: 'memory' },
    });
  }

  /** Maps an open file, and takes the descriptor over. */
  static over(fd: number, target: string, writable: boolean, options: MmapOptions): MmapFile {
    const remap = () => {
      const mode = writable ? 'read-write' : 'read';
      const reserve = writable ? Math.max(leastReserve, 2 * fstatSync(fd).size) : 0;
      return map(fd, { mode, reserve, ...options });
    };
    try {
      return typed('open', target, () => new MmapFile(fd, target, writable, remap));
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  size(): number {
    return this.#do('size', () => this.#follow());
  }

  read(position: number, target: Uint8Array): number {
    return this.#do('read', () => {
      if (this.#calls < mostCalls && this.#mapping.native) {
        this.#calls++;
        const count = readAll(this.#fd, position, target);
        // Somebody may have cut the file.
        if (count < target.length) this.#follow();
        this.#mapping.check();
        return count;
      }
      if (position + target.length > this.#mapping.length) this.#follow();
      return this.#mapping.read(position, target);
    });
  }

  write(position: number, source: Uint8Array, options?: AccessOptions): void {
    this.#do('write', () => {
      const end = position + source.length;
      if (end > this.#mapping.length && end > this.#follow()) this.#resize(end);
      const { native } = this.#mapping;
      if (source.length >= callBytes && native) writeAll(this.#fd, position, source);
      else this.#mapping.write(position, source);
      if (options?.flushSoon && isLinux && native) this.#early.wrote(position, source.length);
    });
  }

  truncate(size: number): void {
    this.#do('truncate', () => {
      this.#early.forget();
      const before = this.#follow();
      if (size !== before) this.#resize(size);
      if (size < before) this.#cuts.push(size);
    });
  }

  flush(): void {
    this.#do('flush', () => {
      this.#early.forget();
      if (isLinux && this.#mapping.native) {
        // msync is fdatasync of a part there. A length of 0 looks whether the mapping still is the file.
        this.#mapping.flush(0, 0);
        fdatasyncSync(this.#fd);
        return;
      }
      this.#mapping.flush();
      // The length is not among the pages.
      fsyncSync(this.#fd);
    });
  }

  view(position: number, length: number): MmapLease | undefined {
    return this.#do('view', () => {
      const size = position + length > this.#mapping.length ? this.#follow() : this.#mapping.length;
      const end = Math.min(position + length, size);
      const bytes = this.bytes(Math.min(position, end), end);
      return bytes && new MmapLease(this, Math.min(position, end), end, bytes, this.#cuts.length);
    });
  }

  lock(kind: 'shared' | 'exclusive'): LockLease {
    // HDF5 itself locks with flock, so this keeps its programs out, too.
    const held = this.#do('lock', () => tryLockFile(this.#fd, { kind, style: 'flock' }));
    if (held === undefined) {
      throw ioErrors.IO_LOCKED({ message: `${this.manifest.target} is locked by somebody else` });
    }
    const release = () => {
      if (this.#locks.delete(lease)) held.release();
    };
    const lease: LockLease = { kind, release, [Symbol.dispose]: release };
    this.#locks.add(lease);
    return lease;
  }

  close(): void {
    if (this.#closed) return;
    this.#do('close', () => this.#mapping.close());
    this.#closed = true;
    for (const lock of [...this.#locks]) lock.release();
    closeSync(this.#fd);
  }

  bytes(start: number, end: number): Uint8Array | undefined {
    // There is a buffer from here on.
    this.#calls = mostCalls;
    try {
      return this.#mapping.view(Uint8Array, start, end - start);
    } catch (error) {
      if (isTerraneError(error, 'MAP_SEGMENTED')) return undefined;
      throw error;
    }
  }

  check(): void {
    this.#do('view', () => this.#mapping.check());
  }

  isCut(end: number, seenCuts: number): boolean {
    return end > this.#mapping.length || this.#cuts.slice(seenCuts).some((cut) => cut < end);
  }

  /** Notices what others did to the length; answers it. */
  #follow(): number {
    const { size } = fstatSync(this.#fd);
    if (size < this.#mapping.length) this.#mapping.verify();
    if (size > this.#mapping.length) {
      if (this.manifest.capabilities.write) this.#resize(size);
      else {
        // Not closed but forgotten: the system takes it back when the last array over it is gone.
        this.#mapping = this.#remap();
        this.generation++;
      }
    }
    return this.#mapping.length;
  }

  #resize(size: number): void {
    // Growing moves nothing, unless the bytes are a copy.
    if (size < this.#mapping.length || !this.#mapping.native) this.generation++;
    this.#mapping.resize(size);
  }

  #do<T>(op: string, call: () => T): T {
    return typed(op, this.manifest.target, call);
  }
}

function readAll(fd: number, position: number, target: Uint8Array): number {
  let done = 0;
  while (done < target.length) {
    const count = readSync(fd, target, done, target.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

function writeAll(fd: number, position: number, source: Uint8Array): void {
  for (let done = 0; done < source.length; ) {
    done += writeSync(fd, source, done, source.length - done, position + done);
  }
}
