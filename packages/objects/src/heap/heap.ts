import { errors } from '../errors.js';
import { closedView } from './closed-view.js';
import { samePage } from './compare-pages.js';
import type { PageHome } from './page-home.js';
import { divisionBytes, divisionsOf, pageBytes, Segment, type SegmentOwner } from './segment.js';
import { type CommittedPages, SnapshotHome } from './snapshot-home.js';
import { Snapshots } from './snapshots.js';

/** A savepoint: the pages that were written since, as they were before. */
interface Level {
  readonly images: Map<number, Uint8Array>;
}

const zeroPage = new Uint8Array(pageBytes);
const notLoaded = 0;
const loaded = 1;
const firstEpoch = 2;
const readOnly = -1;
/** How many pages are kept to be used again, 4 MiB. */
const mostSpare = 1024;

/** A linear space of bytes in pages, with savepoints, over a {@link PageHome}. Knows nothing of what lies in it. */
export class Heap implements SegmentOwner, CommittedPages {
  readonly home: PageHome;
  /** By division; one that is larger is here several times. */
  readonly #segments: (Segment | undefined)[] = [];
  readonly #levels: Level[] = [];
  /** Pages that user code can write without our knowing: by segment, their numbers in it. */
  readonly #exposed = new Map<Segment, Set<number>>();
  readonly #snapshots = new Snapshots(this);
  /** Pages for copies of what is about to be written. */
  readonly #spare: Uint8Array[] = [];
  /** A page whose stamp is this was made ready for writing since the last savepoint, rollback or commit. */
  epoch: number;
  #lastEpoch = firstEpoch;
  closed = false;
  /** The most bytes that it may have. */
  limit: number = Number.POSITIVE_INFINITY;

  constructor(home: PageHome) {
    this.home = home;
    this.epoch = home.writable ? firstEpoch : readOnly;
    if (home.writable) this.#levels.push({ images: new Map() });
  }

  /** The segment an address lies in. */
  segmentAt(address: number): Segment {
    return this.#segments[Math.floor(address / divisionBytes)] ?? this.#showSegment(address);
  }

  /** The segment that a granule of 16 bytes lies in: a division has 65,536 of them. */
  segmentOf(granule: number): Segment {
    return this.#segments[granule >>> 16] ?? this.#showSegment(granule * 16);
  }

  /** A segment that has so many divisions from an address on, where there is nothing yet. */
  segmentFor(address: number, divisions: number): Segment {
    const there = this.#segments[address / divisionBytes];
    if (there && address - there.start + divisions * divisionBytes <= there.bytes.length) return there;
    this.#needOpen();
    return this.#addSegment(address, divisions);
  }

  /** The segment of an address that was not touched yet. */
  #showSegment(address: number): Segment {
    this.#needOpen();
    const start = address - (address % divisionBytes);
    const page = start / pageBytes;
    // Inside of a large chunk nothing begins, so whoever comes to one comes to its beginning first.
    if (start === 0 || address !== start || !this.home.has(page)) return this.#addSegment(start, 1);
    const first = new Uint8Array(pageBytes);
    this.home.load(page, first);
    const segment = this.#addSegment(start, divisionsOf(first));
    segment.bytes.set(first);
    segment.stamps[0] = loaded;
    return segment;
  }

  #addSegment(start: number, divisions: number): Segment {
    const segments = this.#segments;
    const first = start / divisionBytes;
    const made = new Segment(this, start, divisions);
    // Without holes, which would make looking one up slow.
    while (segments.length < first + divisions) segments.push(undefined);
    for (let division = first; division < first + divisions; division++) {
      const old = segments[division];
      segments[division] = made;
      if (old) this.#forget(old, division);
    }
    return made;
  }

  /** What a segment has in a division was rolled back, and another segment is there now. */
  #forget(old: Segment, division: number): void {
    old.generation++;
    const exposed = this.#exposed.get(old);
    for (const page of exposed ?? []) {
      if (Math.floor((old.start + page * pageBytes) / divisionBytes) === division) exposed!.delete(page);
    }
  }

  /** Makes sure that bytes of a segment are in memory. */
  need(segment: Segment, at: number, length: number): void {
    const last = (at + length - 1) >>> 12;
    for (let page = at >>> 12; page <= last; page++) {
      if (segment.stamps[page] === notLoaded) this.#load(segment, page);
    }
  }

  /** Makes sure that bytes of a segment can be written: called before every change. @throws OBJ_READ_ONLY, OBJ_CLOSED */
  own(segment: Segment, at: number, length: number): void {
    const last = (at + length - 1) >>> 12;
    for (let page = at >>> 12; page <= last; page++) {
      if (segment.stamps[page] !== this.epoch) this.#ownPage(segment, page);
    }
  }

  /** Like `own`, for bytes that user code writes as it likes from now on: they are looked at before every commit. */
  expose(segment: Segment, at: number, length: number): void {
    this.need(segment, at, length);
    if (this.epoch === readOnly) return;
    const pages = this.#exposed.get(segment) ?? new Set();
    this.#exposed.set(segment, pages);
    for (let page = at >>> 12; page <= (at + length - 1) >>> 12; page++) pages.add(page);
    this.own(segment, at, length);
  }

  /** Reads all pages. */
  loadAll(pages: number): void {
    for (let page = 0; page < pages; page++) {
      const segment = this.segmentAt(page * pageBytes);
      this.need(segment, page * pageBytes - segment.start, 1);
    }
  }

  /** How many savepoints there are. */
  get depth(): number {
    return this.#levels.length - 1;
  }

  /** Whether anything differs from what is committed. */
  changed(): boolean {
    for (const [page, image] of this.#levels[0]?.images ?? []) {
      if (!samePage(this.#page(page), image)) return true;
    }
    return this.depth > 0 && this.#levels.slice(1).some(({ images }) => images.size > 0);
  }

  savepoint(): void {
    this.#needWritable();
    this.#levels.push({ images: new Map() });
    this.#turn();
  }

  /** Ends the innermost savepoint and keeps what was done since. */
  release(): void {
    const { images } = this.#levels.pop()!;
    const outer = this.#levels.at(-1)!.images;
    for (const [page, image] of images) {
      if (outer.has(page)) this.#recycle(image);
      else outer.set(page, image);
    }
    this.#turn();
  }

  /** Puts everything back as it was at the innermost savepoint, and ends it; without one, as it was committed. */
  rollback(): void {
    this.#needWritable();
    const level = this.#levels.at(-1)!;
    for (const [page, image] of level.images) {
      this.#page(page).set(image);
      this.segmentAt(page * pageBytes).generation++;
    }
    this.#recycleAll(level.images);
    if (this.depth > 0) this.#levels.pop();
    this.#turn();
  }

  /** Commits all that was changed; savepoints must have ended. @returns the pages that were written, in order. */
  commit(pages: number): readonly number[] {
    this.#needWritable();
    const { images } = this.#levels[0]!;
    const touched = new Map<number, Uint8Array>();
    for (const page of images.keys()) touched.set(page, this.#page(page));
    const held = (page: number) => (this.holds(page) ? this.#page(page) : undefined);
    const changed = this.home.commit(touched, pages, images, held);
    this.#snapshots.handOver(changed, images);
    this.#recycleAll(images);
    this.#turn();
    return changed;
  }

  /** Makes other pages the committed state, and forgets all that was in memory. Live objects end, snapshots stay. */
  replace(pages: ReadonlyMap<number, Uint8Array>, count: number): void {
    this.#needWritable();
    this.#snapshots.handOverAll();
    this.home.commit(pages, count);
    for (const { images } of this.#levels) images.clear();
    this.#revoke();
  }

  /**
   * A heap that shows what is committed now, and goes on showing it. It copies nothing until its pages are read, or a
   * commit replaces them. It ends with this one.
   *
   * @throws OBJ_READ_ONLY, OBJ_CLOSED
   */
  snapshot(): Heap {
    this.#needWritable();
    return this.#snapshots.take((home) => new Heap(home));
  }

  /** A snapshot goes on to what is committed now: these are the pages that are others. */
  advance(changed: readonly number[]): void {
    if (!(this.home instanceof SnapshotHome)) throw new TypeError('only a snapshot advances');
    this.home.advance();
    for (const page of changed) {
      const segment = this.#segments[Math.floor((page * pageBytes) / divisionBytes)];
      if (!segment) continue;
      segment.stamps[page - segment.start / pageBytes] = notLoaded;
      segment.generation++;
    }
    // What the heap says of itself is read without asking.
    this.need(this.segmentAt(0), 0, 1);
  }

  get committedPages(): number {
    return this.home.pages;
  }

  hasCommitted(page: number): boolean {
    return this.#committed(page) !== undefined || this.home.has(page);
  }

  loadCommitted(page: number, target: Uint8Array): void {
    const there = this.#committed(page);
    if (there) target.set(there);
    else this.home.load(page, target);
  }

  /** Goes to the newest committed state. When it is another one, or that fails, live objects end. @returns whether it was. */
  refresh(): boolean {
    this.#needOpen();
    let another = true;
    try {
      another = this.home.refresh();
    } finally {
      if (another) this.#revoke();
    }
    return another;
  }

  close(): void {
    if (this.closed) return;
    this.#snapshots.close();
    try {
      this.home.close();
    } finally {
      this.closed = true;
      this.#revoke();
    }
  }

  /** Another number than before whenever objects may have gone. */
  get generations(): number {
    return this.#segments.reduce((sum, segment) => sum + (segment?.generation ?? 0), 0);
  }

  /** Whether a page is in memory. */
  holds(page: number): boolean {
    const segment = this.#segments[Math.floor((page * pageBytes) / divisionBytes)];
    return segment !== undefined && segment.stamps[page - segment.start / pageBytes] !== notLoaded;
  }

  /** A page as it is committed, when it is in memory. */
  #committed(page: number): Uint8Array | undefined {
    // The first image was made when it had not been written since the commit.
    for (const { images } of this.#levels) {
      const image = images.get(page);
      if (image) return image;
    }
    return this.holds(page) ? this.#page(page) : undefined;
  }

  #revoke(): void {
    for (const segment of this.#segments) {
      if (!segment) continue;
      segment.view = closedView;
      segment.generation++;
    }
    this.#segments.length = 0;
    this.#exposed.clear();
  }

  /** A new epoch: every page has to be made ready again before it is written. */
  #turn(): void {
    this.#lastEpoch = this.#lastEpoch >= 0x7fff_fff0 ? this.#restart() : this.#lastEpoch + 1;
    this.epoch = this.#lastEpoch;
    for (const [segment, pages] of this.#exposed) {
      for (const page of pages) this.#ownPage(segment, page);
    }
  }

  #restart(): number {
    for (const segment of this.#segments) {
      segment?.stamps.forEach((stamp, page) => {
        if (stamp !== notLoaded) segment.stamps[page] = loaded;
      });
    }
    return firstEpoch;
  }

  #load(segment: Segment, page: number): void {
    this.#needOpen();
    const number = segment.start / pageBytes + page;
    if (this.home.has(number)) {
      this.home.load(number, segment.bytes.subarray(page * pageBytes, (page + 1) * pageBytes));
    }
    segment.stamps[page] = loaded;
  }

  #ownPage(segment: Segment, page: number): void {
    this.#needWritable();
    const { images } = this.#levels.at(-1)!;
    const number = segment.start / pageBytes + page;
    if (!images.has(number)) {
      const isNew = segment.stamps[page] === notLoaded && !this.home.has(number);
      if (segment.stamps[page] === notLoaded) this.#load(segment, page);
      images.set(number, isNew ? zeroPage : this.#copy(segment.bytes, page * pageBytes));
    }
    segment.stamps[page] = this.epoch;
  }

  /** A page's bytes, to be kept until they are forgotten. */
  #copy(bytes: Uint8Array, at: number): Uint8Array {
    const image = this.#spare.pop() ?? new Uint8Array(pageBytes);
    image.set(bytes.subarray(at, at + pageBytes));
    return image;
  }

  #recycleAll(images: Map<number, Uint8Array>): void {
    for (const image of images.values()) this.#recycle(image);
    images.clear();
  }

  /** What nobody needs any more serves again. Snapshots keep what they were given. */
  #recycle(image: Uint8Array): void {
    if (image !== zeroPage && this.#spare.length < mostSpare && this.#snapshots.none) this.#spare.push(image);
  }

  #page(number: number): Uint8Array {
    const segment = this.segmentAt(number * pageBytes);
    const at = number * pageBytes - segment.start;
    return segment.bytes.subarray(at, at + pageBytes);
  }

  #needOpen(): void {
    if (this.closed) throw errors.OBJ_CLOSED({ message: 'the store was closed' });
  }

  #needWritable(): void {
    this.#needOpen();
    if (this.epoch === readOnly)
      throw errors.OBJ_READ_ONLY({ message: 'the store was opened read-only, or this is a snapshot of it' });
  }
}
