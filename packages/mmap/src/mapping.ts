import type { Backing, MappingKind } from './backing.js';
import { BufferList } from './buffer-list.js';
import { errors } from './errors.js';
import { byteCount, type MapMode } from './map-options.js';

/** The constructor of a typed array: `Float64Array`, `Uint8Array` … */
export interface ViewConstructor<View> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): View;
}

/** Keeps a mapping open until it is released. Releasing twice is harmless. */
export interface Pin extends Disposable {
  release(): void;
}

/** What a {@link Mapping} is made from. */
export interface MappingParts {
  readonly backing: Backing;
  readonly mode: MapMode;
  readonly target: string | undefined;
  readonly offset: number;
  readonly length: number;
  readonly segmentSize: number;
  readonly wholeSize: number;
}

/** A range of a file, or of memory, as bytes. Made by {@link map}; closed by `close` or by forgetting it. */
export class Mapping implements Disposable, AsyncDisposable {
  /** `"mapped"`, or `"copied"` where nothing can be mapped. */
  readonly kind: MappingKind;
  readonly mode: MapMode;
  /** The name of the file, when it was opened by one. */
  readonly target: string | undefined;
  /** Where in the file the mapping begins. */
  readonly offset: number;
  readonly #backing: Backing;
  readonly #buffers: BufferList;
  readonly #length: number;
  #closed = false;
  #pins = 0;
  #unpinned: (() => void)[] = [];

  constructor(parts: MappingParts) {
    this.kind = parts.backing.kind;
    this.mode = parts.mode;
    this.target = parts.target;
    this.offset = parts.offset;
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

  /** True once bytes of the file went missing under the mapping, for good. Costs an array read. */
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
    return Array.from({ length: this.#buffers.count(this.#length) }, (_, index) =>
      this.#buffers.segment(index, this.#length),
    );
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
    offset: number | bigint = 0,
    count?: number | bigint,
    options: { readonly unaligned?: boolean } = {},
  ): View {
    this.check('view');
    const size = type.BYTES_PER_ELEMENT;
    const start = byteCount(offset, 'offset');
    const elements =
      count === undefined
        ? Math.max(0, Math.floor((this.#length - start) / size))
        : byteCount(count, 'count');
    this.#inside('view', start, elements * size);
    if ((this.offset + start) % size !== 0 && options.unaligned !== true) {
      throw errors.MAP_UNALIGNED({
        message: `elements of ${size} bytes begin at byte ${this.offset + start} of the file`,
        op: 'view',
        offset: start,
        expected: `a multiple of ${size}`,
        hint: 'pass { unaligned: true } unless they are for Atomics',
      });
    }
    const [buffer, at] = this.#buffers.find(start, elements * size, size, this.#length);
    return new type(buffer, at, elements);
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

  /**
   * Ends the mapping: its views become empty and its file is let go. Closing twice is harmless.
   *
   * @throws MAP_PINNED while somebody holds a pin.
   */
  close(): void {
    if (this.#closed) return;
    if (this.#pins > 0) {
      throw errors.MAP_PINNED({
        message: `the mapping is pinned ${this.#pins} times`,
        op: 'close',
        hint: 'release the pins, or await closeAsync()',
        ...this.#where(),
      });
    }
    this.#closed = true;
    this.#buffers.detachAll();
    this.#backing.close();
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

  /**
   * Throws when the mapping cannot be trusted any more.
   *
   * @throws MAP_CLOSED, MAP_TORN
   */
  check(op = 'check'): void {
    if (this.#closed) throw errors.MAP_CLOSED({ message: 'the mapping is closed', op, ...this.#where() });
    if (this.#backing.torn()) {
      throw errors.MAP_TORN({
        message: 'bytes of the file went missing under the mapping; zeros took their place',
        op,
        hint: 'close it and map the file again',
        ...this.#where(),
      });
    }
  }

  #inside(op: string, offset: number, length: number): void {
    if (offset + length <= this.#length) return;
    throw errors.MAP_RANGE({
      message: `${length} bytes at ${offset} are not inside a mapping of ${this.#length}`,
      op,
      offset,
      length,
      ...this.#where(),
    });
  }

  #where(): { target?: string } {
    return this.target === undefined ? {} : { target: this.target };
  }
}
