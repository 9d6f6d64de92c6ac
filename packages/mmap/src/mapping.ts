import { checkOptions } from '@terrane/errors';
import type { Advice } from './advice.js';
import type { Backing, MappingKind } from './backing.js';
import { BufferList } from './buffer-list.js';
import type { MappingDescription } from './describe.js';
import { errors } from './errors.js';
import {
  type FileLock,
  type LockOptions,
  type LockSource,
  lockFile,
  type TryLockOptions,
  tryLockFile,
} from './file-lock.js';
import { byteCount, type MapMode, oneOf } from './map-options.js';
import {
  closedError,
  pinnedError,
  rangeError,
  readOnlyError,
  strayStoreError,
  tornError,
  unalignedError,
  type Where,
} from './mapping-errors.js';
import type { Pin } from './pin.js';
import { SharedWords } from './shared-words.js';
import type { Bytes, ViewConstructor } from './view-types.js';

/** What a {@link Mapping} is made from. */
export interface MappingParts {
  readonly backing: Backing;
  readonly mode: MapMode;
  readonly target: string | undefined;
  readonly offset: number;
  readonly length: number;
  readonly segmentSize: number;
  readonly wholeSize: number;
  readonly sparse: boolean;
  /** Makes the description, given the length of now. */
  readonly describe: (length: number) => MappingDescription;
}

/** A range of a file, or of memory, as bytes. Made by {@link map}; ended by `close`, or by being forgotten. */
export class Mapping implements Disposable, AsyncDisposable {
  /** `"mapped"`, or `"copied"` where nothing can be mapped. */
  readonly kind: MappingKind;
  readonly mode: MapMode;
  /** The name of the file, when it was opened by one. */
  readonly target: string | undefined;
  /** Where in the file the mapping begins. */
  readonly offset: number;
  readonly #parts: MappingParts;
  readonly #backing: Backing;
  readonly #buffers: BufferList;
  #length: number;
  #closed = false;
  #pins = 0;
  #unpinned: (() => void)[] = [];

  /** Made by {@link map} and {@link mapAnonymous}. */
  constructor(parts: MappingParts) {
    this.kind = parts.backing.kind;
    this.mode = parts.mode;
    this.target = parts.target;
    this.offset = parts.offset;
    this.#parts = parts;
    this.#length = parts.length;
    this.#backing = parts.backing;
    this.#buffers = new BufferList(parts.backing, parts.segmentSize, parts.wholeSize);
  }

  /** Bytes in the mapping; 0 once it is closed. */
  get length(): number {
    return this.#closed ? 0 : this.#length;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True once bytes of the file are known to have gone missing under the mapping, for good. Costs an array read. */
  get torn(): boolean {
    return !this.#closed && this.#backing.torn();
  }

  /** True when the bytes are the system's pages of the file, false when they are a copy. */
  get native(): boolean {
    return this.kind === 'mapped';
  }

  /**
   * All bytes as one ArrayBuffer.
   *
   * @throws MAP_SEGMENTED when they are too many for one; `segments` has them.
   */
  get buffer(): ArrayBuffer {
    this.check('buffer');
    if (this.#buffers.count(this.#length) > 1) return this.#buffers.exact(0, this.#length);
    return this.#buffers.segment(0, this.#length);
  }

  /** All bytes as one array, like {@link buffer}. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer);
  }

  /** All bytes as ArrayBuffers one after the other, each below 2 GiB: one, unless the mapping is long. */
  get segments(): readonly ArrayBuffer[] {
    this.check('segments');
    const count = this.#buffers.count(this.#length);
    return Array.from({ length: count }, (_, index) => this.#buffers.segment(index, this.#length));
  }

  /**
   * `count` elements from byte `offset` on, without a copy: to the end unless given.
   *
   * @throws MAP_RANGE when they are not all inside the mapping.
   * @throws MAP_UNALIGNED when their place in the file is no multiple of their size; `unaligned: true` allows that,
   *   for everything but `Atomics`.
   * @throws MAP_SEGMENTED when they are too many for one ArrayBuffer.
   */
  view<View>(
    type: ViewConstructor<View>,
    offset: Bytes = 0,
    count?: Bytes,
    options?: { readonly unaligned?: boolean },
  ): View {
    this.check('view');
    checkOptions(options, ['unaligned'], 'view');
    const size = type?.BYTES_PER_ELEMENT;
    if (typeof type !== 'function' || !(size > 0))
      throw new TypeError('view takes the constructor of a typed array');
    const start = byteCount(offset, 'offset');
    const most = Math.max(0, Math.floor((this.#length - start) / size));
    const elements = count === undefined ? most : byteCount(count, 'count');
    this.#inside('view', start, elements * size);
    if (options?.unaligned !== true) this.#aligned('view', start, size);
    const [buffer, at] = this.#buffers.find(start, elements * size, size, this.#length);
    return new type(buffer, at, elements);
  }

  /** Copies bytes from `offset` on into `target`: as many as there are, up to its length. Returns how many. */
  read(offset: Bytes, target: Uint8Array): number {
    this.check('read');
    const start = byteCount(offset, 'offset');
    checkBytes(target, 'target');
    const size = Math.min(target.byteLength, Math.max(0, this.#length - start));
    for (let done = 0; done < size; ) {
      const run = this.#buffers.run(start + done, size - done, this.#length);
      const part = run === target.byteLength ? target : target.subarray(done, done + run);
      if (!this.#backing.peek(start + done, part))
        part.set(this.#buffers.bytes(start + done, run, this.#length));
      done += run;
    }
    // A page may have gone missing while it was copied.
    this.check('read');
    return size;
  }

  /**
   * Copies `source` to `offset`.
   *
   * @throws MAP_READ_ONLY when the mapping is for reading, MAP_RANGE when the bytes do not fit in.
   */
  write(offset: Bytes, source: Uint8Array): void {
    this.check('write');
    checkBytes(source, 'source');
    if (this.mode === 'read') throw readOnlyError(this.#where('write'), this.mode);
    const start = byteCount(offset, 'offset');
    this.#inside('write', start, source.byteLength);
    for (let done = 0; done < source.byteLength; ) {
      const run = this.#buffers.run(start + done, source.byteLength - done, this.#length);
      this.#buffers.bytes(start + done, run, this.#length).set(source.subarray(done, done + run));
      done += run;
    }
    this.check('write');
  }

  /** Writes stores to the disk and waits for it; with `wait: false` the writing only begins. */
  flush(offset?: Bytes, length?: Bytes, options?: { readonly wait?: boolean }): void {
    checkOptions(options, ['wait'], 'flush');
    const [start, size] = this.#writable('flush', offset, length);
    this.#backing.verify();
    this.check('flush');
    this.#backing.flush(start, size, options?.wait ?? true);
  }

  /** As {@link flush}, on another thread. Pinned meanwhile; an abort ends the waiting, not the writing. */
  async flushAsync(
    offset?: Bytes,
    length?: Bytes,
    options?: { readonly signal?: AbortSignal },
  ): Promise<void> {
    checkOptions(options, ['signal'], 'flushAsync');
    const signal = options?.signal;
    signal?.throwIfAborted();
    const [start, size] = this.#writable('flush', offset, length);
    this.#backing.verify();
    this.check('flush');
    const pin = this.pin();
    const writing = this.#backing.flushAsync(start, size).finally(pin.release);
    await (signal === undefined ? writing : abortable(writing, signal));
  }

  /** Tells the system how the range will be used. On a copy it has no effect. MAP_UNSUPPORTED for advice unknown here. */
  advise(advice: Advice, offset?: Bytes, length?: Bytes): void {
    const [start, size] = this.#range('advise', offset, length);
    if (typeof advice !== 'string') throw new TypeError('advice is a word');
    this.#backing.advise(start, size, advice);
  }

  /**
   * Write-protects the pages that hold the range, or lifts that. A store into protected pages does not kill the
   * process and does not reach the file; the next call throws MAP_STRAY_STORE.
   */
  protect(access: 'read' | 'read-write', offset?: Bytes, length?: Bytes): void {
    const [start, size] = this.#range('protect', offset, length);
    this.#backing.protect(start, size, oneOf(access, ['read', 'read-write'], 'access') === 'read-write');
  }

  /** Keeps the pages that hold the range in RAM. */
  lock(offset?: Bytes, length?: Bytes): void {
    this.#backing.lock(...this.#range('lock', offset, length));
  }

  /** Ends {@link lock}. */
  unlock(offset?: Bytes, length?: Bytes): void {
    this.#backing.unlock(...this.#range('unlock', offset, length));
  }

  /**
   * A byte for every page that holds part of the range: 1 when it is in RAM. Linux says so of every page of files
   * that the user may not write.
   */
  residency(offset?: Bytes, length?: Bytes): Uint8Array<ArrayBuffer> {
    return this.#backing.residency(...this.#range('residency', offset, length));
  }

  /**
   * Makes mapping and file longer or shorter. On growth old views stay good and see the same bytes (on a copy they
   * become empty); when it gets shorter, all views become empty. Space is reserved on the disk, unless `sparse`.
   *
   * @throws MAP_NO_SPACE when the disk is full: nothing has changed then. MAP_PINNED when views would become empty.
   */
  resize(length: Bytes): void {
    const after = byteCount(length, 'length');
    this.#writable('resize', 0, 0);
    this.#backing.verify();
    this.check('resize');
    if (this.#pins > 0 && (after < this.#length || this.kind === 'copied'))
      throw pinnedError(this.#where('resize'), this.#pins);
    if (after < this.#length && this.kind === 'mapped') this.#buffers.detachAll();
    if (!this.#backing.resize(after, !this.#parts.sparse)) this.#buffers.detachAll();
    this.#length = after;
  }

  /** Gives the range's space on the disk back; its bytes become zeros. */
  punchHole(offset: Bytes, length: Bytes): void {
    this.#backing.punchHole(...this.#writable('punchHole', offset, length));
  }

  /** Sleeping and waking on 32-bit words, across threads and processes, and mutexes made of them. */
  get words(): SharedWords {
    return new SharedWords(this.#backing, {
      pin: () => this.pin(),
      place: (op, offset, size, alignment) => {
        const [start] = this.#writable(op, offset, size);
        this.#aligned(op, start, alignment);
        return start;
      },
    });
  }

  /** Takes a lock on the file if it is free; see {@link tryLockFile}. Offsets are those of the file. */
  tryLockFile(options?: TryLockOptions): FileLock | undefined {
    return tryLockFile(this.#lockSource(), options);
  }

  /** Waits for a lock on the file; see {@link lockFile}. Offsets are those of the file. */
  async lockFile(options?: LockOptions): Promise<FileLock> {
    return lockFile(this.#lockSource(), options);
  }

  /** Plain data from which {@link reopen} makes the same mapping, in another thread or process. */
  describe(): MappingDescription {
    this.check('describe');
    return this.#parts.describe(this.#length);
  }

  /** Keeps the mapping open, for work that goes on while other code runs: close refuses until it is released. */
  pin(): Pin {
    this.check('pin');
    this.#pins++;
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      this.#pins--;
      if (this.#pins === 0) for (const wake of this.#unpinned.splice(0)) wake();
    };
    return { release, [Symbol.dispose]: release };
  }

  /** Runs asynchronous work that uses views of the mapping, which stays open until it ends. */
  async withPin<Result>(work: () => Promise<Result>): Promise<Result> {
    const pin = this.pin();
    try {
      return await work();
    } finally {
      pin.release();
    }
  }

  /**
   * Ends the mapping: its views become empty and its file is let go. Closing twice is harmless.
   *
   * @throws MAP_PINNED while somebody holds a pin.
   */
  close(): void {
    if (this.#closed) return;
    if (this.#pins > 0) throw pinnedError(this.#where('close'), this.#pins);
    this.#closed = true;
    // A map's buffers are empty before it is let go; a copy's are written back before they are empty.
    if (this.kind === 'mapped') this.#buffers.detachAll();
    try {
      this.#backing.close();
    } finally {
      this.#buffers.detachAll();
    }
  }

  /** Waits until nothing is pinned, then closes. */
  async closeAsync(): Promise<void> {
    while (!this.#closed && this.#pins > 0) {
      await new Promise<void>((resolve) => {
        this.#unpinned.push(resolve);
      });
    }
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.closeAsync();
  }

  /** Looks at the file now: {@link torn} is up to date afterwards. Costs two system calls. Throws as {@link check}. */
  verify(): void {
    this.check('verify');
    this.#backing.verify();
    this.check('verify');
  }

  /**
   * Throws when the mapping cannot be trusted any more. Every method does this; code that only uses views calls it
   * when it has read what it wanted, before it believes it.
   *
   * @throws MAP_CLOSED, MAP_TORN, MAP_STRAY_STORE
   */
  check(op = 'check'): void {
    if (this.#closed) throw closedError(this.#where(op));
    if (this.#backing.torn()) throw tornError(this.#where(op));
    if (this.#backing.strayStore()) throw strayStoreError(this.#where(op));
  }

  #range(op: string, offset: Bytes = 0, length?: Bytes): [number, number] {
    this.check(op);
    const start = byteCount(offset, 'offset');
    const size = length === undefined ? Math.max(0, this.#length - start) : byteCount(length, 'length');
    this.#inside(op, start, size);
    return [start, size];
  }

  #writable(op: string, offset?: Bytes, length?: Bytes): [number, number] {
    const range = this.#range(op, offset, length);
    if (this.mode !== 'read-write') throw readOnlyError(this.#where(op), this.mode);
    return range;
  }

  #lockSource(): LockSource {
    this.check('lock');
    const region = this.#backing.lockSource();
    if (region !== undefined) return { region, ...this.#named() };
    if (this.target !== undefined) return this.target;
    throw errors.MAP_UNSUPPORTED({ message: 'a copy without a path cannot be locked', op: 'lock' });
  }

  #aligned(op: string, offset: number, size: number): void {
    const place = this.offset + offset;
    if (place % size !== 0) throw unalignedError(this.#where(op), offset, place, size);
  }

  #inside(op: string, offset: number, length: number): void {
    if (offset + length > this.#length) throw rangeError(this.#where(op), offset, length, this.#length);
  }

  #where(op: string): Where {
    return { op, ...this.#named() };
  }

  #named(): { target?: string } {
    return this.target === undefined ? {} : { target: this.target };
  }
}

function checkBytes(value: unknown, name: string): void {
  if (!ArrayBuffer.isView(value) || !('subarray' in value) || Object(value).BYTES_PER_ELEMENT !== 1) {
    throw new TypeError(`${name} must be a Uint8Array`);
  }
}

function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
