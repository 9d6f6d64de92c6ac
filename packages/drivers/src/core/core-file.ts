import { type DriverFile, defineManifest, ioErrors, type Lease, type Manifest } from '@terrane/driver';
import type { BackingFile } from './backing-file.js';
import { PageSet } from './page-set.js';
import type { Segments } from './segments.js';

/** What a {@link CoreFile} is made of. */
export interface CoreParts {
  readonly target: string;
  readonly segments: Segments;
  readonly writable: boolean;
  /** Where changes are saved; nowhere when there is none. */
  readonly backing?: BackingFile | undefined;
  /** Nobody else has the memory, so a read-only file cannot change. */
  readonly isPrivate: boolean;
  /** There is something to save even when nothing will be written. */
  readonly unsaved?: boolean;
  /** Every flush writes a new file, for the sake of readers who keep the old one open. */
  readonly flushWhole?: boolean;
}

/** A file in memory, with or without a disk file behind it. */
export class CoreFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #segments: Segments;
  readonly #backing: BackingFile | undefined;
  readonly #changed = new PageSet();
  readonly #flushWhole: boolean;
  #unsaved: boolean;

  constructor(parts: CoreParts) {
    const { target, segments, writable, backing, isPrivate, unsaved = false, flushWhole = false } = parts;
    this.#flushWhole = flushWhole;
    this.#segments = segments;
    this.#backing = backing;
    this.#unsaved = unsaved;
    if (unsaved) this.#changed.mark(0, segments.size);
    this.manifest = defineManifest({
      driver: 'core',
      target,
      capabilities: { view: true, ...(writable && { write: true, truncate: true, flush: true }) },
      guarantees: {
        ...(backing && { durableFlush: true, atomicFlush: true }),
        ...(isPrivate && !writable && { immutable: true }),
      },
      hints: { latency: 'memory' },
    });
  }

  size(): number {
    return this.#segments.size;
  }

  read(position: number, target: Uint8Array): number {
    return this.#segments.read(position, target);
  }

  write(position: number, source: Uint8Array): void {
    const end = this.#segments.size;
    this.#segments.write(position, source);
    this.#change(Math.min(position, end), position + source.length);
  }

  truncate(size: number): void {
    const end = this.#segments.size;
    this.#segments.resize(size);
    this.#change(Math.min(size, end), Math.max(size, end));
  }

  flush(): void {
    this.#save(!this.#flushWhole);
  }

  view(position: number, length: number): Lease | undefined {
    const first = this.#segments.view(position, length);
    return first && new CoreLease(this.#segments, position, first);
  }

  close(): void {
    this.#save(false);
    this.#backing?.end();
  }

  #change(from: number, to: number): void {
    if (!this.#backing) return;
    this.#unsaved = true;
    this.#changed.mark(from, to);
  }

  #save(keepOld: boolean): void {
    if (!this.#backing || !this.#unsaved) return;
    this.#backing.save(this.#segments, this.#changed, keepOld);
    this.#changed.clear();
    this.#unsaved = false;
  }
}

/** Bytes of a core file where they lie. Growth moves nothing; a write may replace a piece of an image by a copy. */
class CoreLease implements Lease {
  readonly #segments: Segments;
  readonly #position: number;
  readonly #length: number;
  #bytes: Uint8Array;
  #generation: number;

  constructor(segments: Segments, position: number, bytes: Uint8Array) {
    this.#segments = segments;
    this.#position = position;
    this.#length = bytes.length;
    this.#bytes = bytes;
    this.#generation = segments.generation;
  }

  get bytes(): Uint8Array {
    if (this.#generation === this.#segments.generation) return this.#bytes;
    const now = this.#segments.view(this.#position, this.#length);
    if (now?.length !== this.#length) {
      throw ioErrors.IO_LEASE_ENDED({
        message: 'the leased bytes were cut off, or a write to them left them in two pieces; take a new view',
        offset: this.#position,
        length: this.#length,
      });
    }
    this.#bytes = now;
    this.#generation = this.#segments.generation;
    return now;
  }

  release(): void {
    // There is nothing to give back; the checks see to it that nobody reaches the bytes through this any more.
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
