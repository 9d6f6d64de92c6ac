import { pageBytes, roundUp } from './bytes.js';
import { type CommitRecord, controlBytes } from './commit-record.js';
import type { CommitWatch } from './commit-watch.js';
import { errors } from './errors.js';
import { type Extent, FreeSpace } from './free-space.js';
import { decodeRestingPage, type RestingRange } from './resting-list.js';
import type { Steps } from './steps.js';
import type { Tree } from './tree.js';

/**
 * Blocks of a multiple of this begin at a multiple of it, where that costs little: the system keeps what is written so in
 * larger pieces, and writes it in two thirds of the time.
 */
const wholeBytes = 1 << 16;

/** What {@link StorageSpace} needs of the storage it serves. */
export interface SpaceHost {
  readonly offset: number;
  readonly record: CommitRecord;
  readonly limit: number;
  readonly target: string;
  readonly freeTree: Tree<Extent, number>;
  readonly watch: CommitWatch;
  readOwn(address: number, length: number): Steps<Uint8Array>;
}

/** The space that a writer gives out: what is free, what rests, and where the storage ends. */
export class StorageSpace {
  /** The address after the last byte. */
  end = 0;
  /** What was freed and must not be given out yet. */
  resting: RestingRange[] = [];
  /** Where the committed list of them is. */
  listPages: number[] = [];
  readonly #host: SpaceHost;
  #free: FreeSpace | undefined;

  constructor(host: SpaceHost) {
    this.#host = host;
  }

  /** The free chunks, once {@link prepare} has read them. */
  get free(): FreeSpace {
    return this.#free!;
  }

  /** Forgets what was read and given out: another state is shown. */
  reset(free?: FreeSpace): void {
    this.end = this.#host.record.end;
    this.resting = [];
    this.#free = free;
  }

  /** Gets free space ready for a writer. */
  *prepare(): Steps<void> {
    if (this.#free) return;
    const free = new FreeSpace();
    const chunks: Extent[] = [];
    yield* this.#host.freeTree.visit({}, (chunk) => chunks.push(chunk) > 0);
    const list = yield* this.readResting();
    this.#mustNotOverlap([...chunks, ...list.ranges]);
    addAll(free, chunks);
    if (free.count < chunks.length) throw this.#overlap('free chunks that touch are not one');
    free.touched.clear();
    this.resting = list.ranges;
    this.listPages = list.pages;
    this.#free = free;
    this.wake();
  }

  /** The list of resting ranges in the committed state, and the pages that hold it. */
  *readResting(): Steps<{ ranges: RestingRange[]; pages: number[] }> {
    const { resting, sequence, restingPages: count } = this.#host.record;
    const ranges: RestingRange[] = [];
    const pages = new Set<number>();
    const bounds = { start: this.#host.offset + controlBytes, end: this.#host.record.end };
    for (let page = resting; page !== 0; ) {
      if (pages.size === count || pages.has(page)) {
        throw errors.BLK_DAMAGED({
          message: 'the list has more pages',
          offset: page,
          structure: 'resting list',
        });
      }
      pages.add(page);
      try {
        const found = decodeRestingPage(yield* this.#host.readOwn(page, pageBytes), page, sequence, bounds);
        ranges.push(...found.ranges);
        page = found.next;
      } catch (error) {
        throw yield* this.#host.watch.judge(error);
      }
    }
    return { ranges, pages: [...pages] };
  }

  /** What was given out twice would be written twice. @throws BLK_DAMAGED */
  #mustNotOverlap(extents: Extent[]): void {
    extents.sort((a, b) => a.address - b.address);
    let end = 0;
    for (const { address, size } of extents) {
      if (address < end) throw this.#overlap('free and resting ranges overlap', address);
      end = address + size;
    }
  }

  #overlap(message: string, offset?: number): Error {
    const { target } = this.#host;
    return errors.BLK_DAMAGED({ message, target, structure: 'free node', ...(offset && { offset }) });
  }

  /** What the commit before the last one freed, no reader is entitled to any more. */
  wake(): void {
    const ripe = this.#host.record.sequence - 1;
    const awake = this.resting.filter(({ since }) => since <= ripe);
    this.resting = this.resting.filter(({ since }) => since > ripe);
    addAll(this.free, awake);
  }

  /** A range of the committed state is no longer wanted. */
  retire(address: number, size: number): void {
    this.resting.push({ address, size, since: this.#host.record.sequence + 1 });
  }

  /** Finds room: best fit, else at the end. @throws BLK_FULL, and then nothing has changed. */
  take(size: number): number {
    const alignment = size % wholeBytes === 0 ? wholeBytes : 1;
    const found = this.free.take(size, alignment);
    if (found !== undefined) return found;
    const start = this.free.takeEndingAt(this.end) ?? this.end;
    const { limit, target } = this.#host;
    const aligned = roundUp(start, alignment);
    const isWorthIt = aligned - start < start / 16 && aligned + size <= limit;
    if (aligned > start && isWorthIt) {
      this.free.add(start, aligned - start);
      this.end = aligned + size;
      return aligned;
    }
    if (start + size > limit) {
      if (start < this.end) this.free.add(start, this.end - start);
      throw errors.BLK_FULL({
        message: `${size} bytes more would take the storage beyond ${limit} bytes`,
        length: size,
        target,
      });
    }
    this.end = start + size;
    return start;
  }

  /** Room behind everything, when the limit allows it. */
  takeAtEnd(size: number): number | undefined {
    const start = this.end;
    if (start + size > this.#host.limit) return undefined;
    this.end = start + size;
    return start;
  }
}

/** Adds from the end on: of several chunks of one size it is the one before the others that is quick to add. */
function addAll(free: FreeSpace, extents: Extent[]): void {
  extents.sort((a, b) => b.address - a.address);
  for (const { address, size } of extents) free.add(address, size);
}
