import { defineManifest } from './check-manifest.js';
import type { DriverFile, Lease, LockLease } from './driver-file.js';
import { ioErrors } from './errors.js';
import type { Manifest } from './manifest.js';

/** The bytes of one memory file, shared by everybody who has it open, and their locks. */
export class MemoryStore {
  #buffer: Uint8Array;
  #size: number;
  readonly locks: LockLease[] = [];

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.#buffer = new Uint8Array(bytes);
    this.#size = bytes.length;
  }

  get size(): number {
    return this.#size;
  }

  /** The bytes as they are now, not a copy. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  /** Sets the size. What is gained is zero, also where there was something before. */
  resize(size: number): void {
    if (size > this.#buffer.length) {
      const grown = allocate(Math.max(size, Math.min(this.#buffer.length * 2, 2 ** 31)));
      grown.set(this.bytes);
      this.#buffer = grown;
    } else if (size < this.#size) {
      this.#buffer.fill(0, size, this.#size);
    }
    this.#size = size;
  }

  write(position: number, source: Uint8Array): void {
    if (position + source.length > this.#size) this.resize(position + source.length);
    this.#buffer.set(source, position);
  }
}

function allocate(length: number): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw ioErrors.IO_NO_SPACE({ message: `no memory for ${length} bytes`, length, cause });
  }
}

/** A file over a {@link MemoryStore}: the reference that other drivers are compared with. Plain rather than fast. */
export class MemoryFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #store: MemoryStore;
  readonly #held = new Set<LockLease>();

  constructor(store: MemoryStore, target: string, writable: boolean) {
    this.#store = store;
    this.manifest = defineManifest({
      driver: 'memory',
      target,
      capabilities: writable
        ? { write: true, truncate: true, flush: true, view: true, lock: true }
        : { view: true, lock: true },
      guarantees: { atomicWriteBytes: 2 ** 30, orderedWrites: true },
      hints: { latency: 'memory' },
    });
  }

  size(): number {
    return this.#store.size;
  }

  read(position: number, target: Uint8Array): number {
    const bytes = this.#store.bytes.subarray(position, position + target.length);
    target.set(bytes);
    return bytes.length;
  }

  write(position: number, source: Uint8Array): void {
    this.#store.write(position, source);
  }

  truncate(size: number): void {
    this.#store.resize(size);
  }

  flush(): void {
    // Memory is as durable as it gets.
  }

  view(position: number, length: number): Lease {
    const store = this.#store;
    const end = Math.min(position + length, store.size);
    return {
      get bytes() {
        if (end <= store.size || position >= end) return store.bytes.subarray(position, end);
        throw ioErrors.IO_LEASE_ENDED({
          message: `the file was cut to ${store.size} bytes under a view of it`,
        });
      },
      release() {},
      [Symbol.dispose]() {},
    };
  }

  lock(kind: 'shared' | 'exclusive'): LockLease {
    const { locks } = this.#store;
    const others = locks.filter((lock) => !this.#held.has(lock));
    if (others.some((other) => kind === 'exclusive' || other.kind === 'exclusive')) {
      throw ioErrors.IO_LOCKED({ message: `${this.manifest.target} is locked by somebody else` });
    }
    const release = () => {
      if (this.#held.delete(lease)) locks.splice(locks.indexOf(lease), 1);
    };
    const lease: LockLease = { kind, release, [Symbol.dispose]: release };
    locks.push(lease);
    this.#held.add(lease);
    return lease;
  }

  close(): void {
    for (const lock of [...this.#held]) lock.release();
  }
}
