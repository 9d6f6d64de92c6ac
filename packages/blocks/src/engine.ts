import type { CheckedFile, Lease, Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import {
  type BlockEntry,
  blockFormat,
  blockOrder,
  extentFormat,
  extentOrder,
  unitBytes,
} from './block-entry.js';
import { getUint64, pageBytes, roundUp, viewOf } from './bytes.js';
import { type CommitRecord, controlBytes, decodeRecord, mostWords, slots } from './commit-record.js';
import { errors } from './errors.js';
import { type Extent, FreeSpace } from './free-space.js';
import type { NodeCache } from './node-cache.js';
import { PageStore } from './page-store.js';
import { decodeRestingPage, type RestingRange, restingPages } from './resting-list.js';
import { answer, type Steps } from './steps.js';
import { decodeHeader } from './storage-header.js';
import { notResident, Tree } from './tree.js';
import { remove, upsert } from './tree-change.js';
import { capacities } from './tree-node.js';

/** What belongs to a storage and has changes of its own to hand over with a commit. */
export interface Attached {
  /** Writes what changed into blocks. */
  flush(): Steps<void>;
  /** How many blocks, of how many bytes altogether, `flush` would write. */
  pending(): { readonly blocks: number; readonly bytes: number };
  /** The storage shows another state now: forget what was read and what was changed. */
  forget(): void;
}

/** How much of a freshly placed block has been written; the rest becomes zeros before anybody can see it. */
interface Fresh {
  written: number;
}

/** A stretch of a block: `count` bytes, of which the first `stored` lie at `address` and the others are zeros. */
export interface Located {
  readonly address: number;
  readonly count: number;
  readonly stored: number;
}

/** From the number of the first record to behind that of the second one. */
const headsAt = slots[0].at + 8;
const secondHead = slots[1].at - slots[0].at;
const headsBytes = secondHead + 8;

const zeros = new Uint8Array(65536);
const raw = { kind: 'raw' } as const;
const copyBytes = 1 << 20;

/** The state of an open storage and the work on it, for either mode. {@link BlockStorage} is its face. */
export class Engine {
  readonly file: CheckedFile<Mode>;
  readonly offset: number;
  readonly limit: number;
  /** Nobody else writes the file while it is open, so what was read need not be questioned. */
  readonly alone: boolean;
  /** Where nodes are kept that were read. */
  readonly nodes: NodeCache;
  readonly attached = new Map<string, Attached>();
  readonly blockPages: PageStore<BlockEntry>;
  readonly freePages: PageStore<Extent>;
  allocations!: Tree<BlockEntry, number>;
  freeTree!: Tree<Extent, number>;
  /** The committed state that everything is read from. */
  record!: CommitRecord;
  words!: Map<number, number>;
  nextId = 1;
  end = 0;
  blockCount = 0;
  blockBytes = 0;
  resting: RestingRange[] = [];
  /** Where the committed list of them is. */
  listPages: number[] = [];
  /** There while a writer needs it. */
  space: FreeSpace | undefined;
  readonly fresh = new Map<number, Fresh>();
  writing = false;
  changed = false;
  /** The commit whose copies, outside of its record, are known to be in the file. */
  copiesOf = 0;
  /** Why what is staged can no longer be committed. */
  broken: unknown;

  #heads: Lease | undefined;
  #headsSeen: Uint8Array | undefined;
  #headsView: DataView | undefined;
  #headsRead: DataView | undefined;

  constructor(
    file: CheckedFile<Mode>,
    offset: number,
    options: { limit: number; alone: boolean; nodes: NodeCache },
  ) {
    this.file = file;
    this.offset = offset;
    this.limit = options.limit;
    this.alone = options.alone;
    this.nodes = options.nodes;
    const host = {
      readPage: (address: number) => this.readOwn(address, pageBytes),
      sequence: () => this.record.sequence,
      retire: (address: number, size: number) => this.retire(address, size),
      judge: (error: unknown) => this.judge(error),
    };
    this.blockPages = new PageStore(host, 'allocations', blockFormat, options.nodes);
    this.freePages = new PageStore(host, 'free', extentFormat, options.nodes);
  }

  /** Makes a committed state the one that is shown, and forgets everything else. */
  show(record: CommitRecord): void {
    this.record = record;
    this.blockPages.clear();
    this.freePages.clear();
    this.allocations = new Tree(
      this.blockPages,
      blockOrder,
      capacities(pageBytes, blockFormat.bytes),
      record.allocations,
    );
    this.freeTree = new Tree(
      this.freePages,
      extentOrder,
      capacities(pageBytes, extentFormat.bytes),
      record.free,
    );
    this.words = new Map(record.words);
    this.nextId = record.nextId;
    this.end = record.end;
    this.blockCount = record.blockCount;
    this.blockBytes = record.blockBytes;
    this.resting = [];
    this.space = undefined;
    this.fresh.clear();
    this.changed = false;
    this.broken = undefined;
    for (const attached of this.attached.values()) attached.forget();
  }

  /** Reads header and commit records, and shows the newest state when it is not the one shown. */
  *refresh(): Steps<void> {
    const record = yield* this.newest();
    if (this.broken || this.changed || record.sequence !== this.record?.sequence) this.show(record);
  }

  /** @throws BLK_NOT_A_STORAGE, BLK_TOO_NEW, BLK_DAMAGED when neither record is whole. */
  *newest(): Steps<CommitRecord> {
    const bytes = new Uint8Array(controlBytes);
    const count = yield* answer(this.file.read(this.offset, bytes));
    decodeHeader(bytes.subarray(0, count), this.offset);
    const records = slots.map(({ at, length }) =>
      decodeRecord(bytes.subarray(at, Math.min(at + length, count))),
    );
    const record = newer(records[0], records[1]);
    if (record) return record;
    throw errors.BLK_DAMAGED({
      message: 'neither of the two commit records is whole',
      offset: this.offset + slots[0].at,
      structure: 'commit record',
      hint: 'BlockStorage.repair rebuilds them from the header',
    });
  }

  /** Whether a writer went on so far that the pages of the state shown may hold something else. */
  *overtaken(): Steps<boolean> {
    if (this.alone || this.writing) return false;
    const heads = new Uint8Array(headsBytes);
    yield* answer(this.file.read(this.offset + headsAt, heads));
    if (this.#isHere(viewOf(heads))) return false;
    const { sequence } = yield* this.newest();
    // An earlier one is that of a file that was made anew.
    return sequence > this.record.sequence + 1 || sequence < this.record.sequence;
  }

  /** Whether the commit records say at first sight that this state is there. A torn one may hide it. */
  #isHere(heads: DataView): boolean {
    const { sequence } = this.record;
    const newest = Math.max(getUint64(heads, 0), getUint64(heads, secondHead));
    return newest === sequence || newest === sequence + 1;
  }

  /** @throws BLK_OVERTAKEN when what was just read may belong to a later state. */
  *stillThere(): Steps<void> {
    if (yield* this.overtaken()) throw overtaken();
  }

  *judge(error: unknown): Steps<unknown> {
    if (isTerraneError(error, 'BLK_DAMAGED')) yield* this.stillThere();
    return error;
  }

  /** Bytes of the storage's own structures, whole. */
  *readOwn(address: number, length: number): Steps<Uint8Array> {
    const bytes = new Uint8Array(length);
    const inside = address >= this.offset + controlBytes && address + length <= this.record.end;
    const count = inside ? yield* answer(this.file.read(address, bytes)) : 0;
    if (count === length) return bytes;
    throw errors.BLK_DAMAGED({
      message: inside ? 'the file ends too early' : `an address outside of the storage: ${address}`,
      offset: address,
      length,
      structure: 'storage',
    });
  }

  /** Gets free space ready for a writer. */
  *prepareSpace(): Steps<FreeSpace> {
    if (this.space) return this.space;
    const space = new FreeSpace();
    yield* this.freeTree.visit({}, ({ address, size }) => {
      space.add(address, size);
      return true;
    });
    space.touched.clear();
    const list = yield* this.readResting();
    this.resting = list.ranges;
    this.listPages = list.pages;
    this.space = space;
    this.wake();
    return space;
  }

  /** The list of resting ranges in the committed state, and the pages that hold it. */
  *readResting(): Steps<{ ranges: RestingRange[]; pages: number[] }> {
    const { resting, sequence, restingPages: count } = this.record;
    const [ranges, pages]: [RestingRange[], number[]] = [[], []];
    for (let page = resting; page !== 0; ) {
      if (pages.length === count) {
        throw errors.BLK_DAMAGED({
          message: 'the list has more pages',
          offset: page,
          structure: 'resting list',
        });
      }
      pages.push(page);
      try {
        const found = decodeRestingPage(yield* this.readOwn(page, pageBytes), page, sequence);
        ranges.push(...found.ranges);
        page = found.next;
      } catch (error) {
        throw yield* this.judge(error);
      }
    }
    return { ranges, pages };
  }

  /** What the commit before the last one freed, no reader is entitled to any more. */
  wake(): void {
    const ripe = this.record.sequence - 1;
    for (const { address, size, since } of this.resting) if (since <= ripe) this.space!.add(address, size);
    this.resting = this.resting.filter(({ since }) => since > ripe);
  }

  retire(address: number, size: number): void {
    this.resting.push({ address, size, since: this.record.sequence + 1 });
  }

  /** Finds room: best fit, else at the end. @throws BLK_FULL, and then nothing has changed. */
  take(size: number): number {
    const space = this.space!;
    const found = space.take(size);
    if (found !== undefined) return found;
    const start = space.takeEndingAt(this.end) ?? this.end;
    if (start + size > this.limit) {
      if (start < this.end) space.add(start, this.end - start);
      throw errors.BLK_FULL({
        message: `${size} bytes more would take the storage beyond ${this.limit} bytes`,
        length: size,
        target: this.file.manifest.target,
      });
    }
    this.end = start + size;
    return start;
  }

  /** What can still be given out in whole pages, less what the commit will need for itself at most. */
  room(): number {
    const space = this.space!;
    // Nodes that changed, and those of both trees that writing them may change, with some to spare for new levels.
    let pages = this.blockPages.dirty.size + this.freePages.dirty.size + 16;
    let bytes = 0;
    for (const attached of this.attached.values()) {
      const pending = attached.pending();
      pages += pending.blocks;
      bytes += pending.bytes;
    }
    pages += Math.min(space.touched.size, Math.ceil(space.count / 64));
    pages += restingPages(this.resting.length + 2 * pages);
    const atEnd = Math.floor((this.limit - this.end) / pageBytes) * pageBytes;
    return atEnd + space.pageable - bytes - pages * pageBytes;
  }

  needWriting(): void {
    if (this.broken) {
      throw errors.BLK_NOT_WRITING({
        message: 'an earlier change failed: roll back first',
        cause: this.broken,
      });
    }
    if (this.writing) return;
    throw errors.BLK_NOT_WRITING({
      message: 'write access was not begun',
      hint: 'beginWrite(), or transaction()',
    });
  }

  /** The block of that id. @throws BLK_NO_BLOCK */
  *entry(id: number): Steps<BlockEntry> {
    const entry = yield* this.find(id);
    if (entry) return entry;
    throw errors.BLK_NO_BLOCK({ message: `there is no block ${id}`, target: this.file.manifest.target });
  }

  *find(id: number): Steps<BlockEntry | undefined> {
    const found = this.allocations.findResident(id);
    return found === notResident ? yield* this.allocations.find(id) : found;
  }

  *allocate(size: number): Steps<number> {
    checkCount(size, 'size');
    this.needWriting();
    const id = this.nextId;
    yield* this.change(upsert(this.allocations, { id, address: 0, size }));
    this.nextId++;
    this.blockCount++;
    this.blockBytes += size;
    return id;
  }

  *free(id: number): Steps<void> {
    this.needWriting();
    const entry = yield* this.entry(id);
    yield* this.change(remove(this.allocations, id));
    this.release(entry);
    this.fresh.delete(id);
    this.blockCount--;
    this.blockBytes -= entry.size;
  }

  /** Gives the bytes of a block back: at once when nobody else has seen them there. */
  release({ id, address, size }: BlockEntry): void {
    if (address === 0) return;
    const whole = roundUp(size, unitBytes);
    if (this.fresh.has(id)) this.space!.add(address, whole);
    else this.retire(address, whole);
  }

  *resize(id: number, size: number): Steps<void> {
    checkCount(size, 'size');
    this.needWriting();
    const entry = yield* this.entry(id);
    if (entry.size === size) return;
    if (size > entry.size && entry.address !== 0) {
      yield* this.place({ id, address: entry.address, size: entry.size }, size, entry.size);
    } else {
      const kept = roundUp(size, unitBytes);
      const left = roundUp(entry.size, unitBytes) - kept;
      const address = size === 0 ? 0 : entry.address;
      yield* this.change(upsert(this.allocations, { id, address, size }));
      if (left > 0) this.release({ id, address: entry.address === 0 ? 0 : entry.address + kept, size: left });
      const fresh = this.fresh.get(id);
      if (fresh) fresh.written = Math.min(fresh.written, size);
      if (address === 0) this.fresh.delete(id);
    }
    this.blockBytes += size - entry.size;
  }

  *write(id: number, source: Uint8Array, position: number): Steps<void> {
    checkCount(position, 'position');
    this.needWriting();
    let entry = yield* this.entry(id);
    const end = position + source.length;
    if (end > entry.size) {
      throw new RangeError(`block ${id} has ${entry.size} bytes, and ${position} … ${end} reach beyond`);
    }
    if (source.length === 0) return;
    if (!this.fresh.has(id)) {
      const all = source.length === entry.size;
      entry = yield* this.place(entry, entry.size, all || entry.address === 0 ? 0 : entry.size);
    }
    const fresh = this.fresh.get(id)!;
    yield* this.change(this.writeFresh(entry.address, fresh, source, position));
  }

  *writeFresh(address: number, fresh: Fresh, source: Uint8Array, position: number): Steps<void> {
    yield* this.fill(address, fresh, position);
    yield* answer(this.file.write(address + position, source, raw));
    fresh.written = Math.max(fresh.written, position + source.length);
  }

  /** Zeros up to `end`, where nothing was written. */
  *fill(address: number, fresh: Fresh, end: number): Steps<void> {
    while (fresh.written < end) {
      const length = Math.min(zeros.length, end - fresh.written);
      yield* answer(this.file.write(address + fresh.written, zeros.subarray(0, length), raw));
      fresh.written += length;
    }
  }

  /** Gives a block new bytes of its own, the first `kept` of them as they were. */
  *place(entry: BlockEntry, size: number, kept: number): Steps<BlockEntry> {
    const address = this.take(roundUp(size, unitBytes));
    const placed = { id: entry.id, address, size };
    const had = this.fresh.get(entry.id);
    const valid = had ? Math.min(kept, had.written) : kept;
    yield* this.change(this.copy(entry.address, address, valid));
    yield* this.change(upsert(this.allocations, placed));
    this.release(entry);
    this.fresh.set(entry.id, { written: valid });
    return placed;
  }

  /** Moves a committed block to a place that was taken for it. */
  *move(entry: BlockEntry, address: number): Steps<void> {
    yield* this.copy(entry.address, address, entry.size);
    yield* upsert(this.allocations, { ...entry, address });
    this.release(entry);
    this.fresh.set(entry.id, { written: entry.size });
  }

  *copy(from: number, to: number, length: number): Steps<void> {
    for (let done = 0; done < length; ) {
      const piece = new Uint8Array(Math.min(copyBytes, length - done));
      yield* this.readData(from + done, piece);
      yield* answer(this.file.write(to + done, piece, raw));
      done += piece.length;
    }
  }

  /** Where the bytes of a block lie that were written, from `position` and at most `length`; the rest are zeros. */
  *locate(id: number, position: number, length: number): Steps<Located> {
    checkCount(position, 'position');
    return this.#located(yield* this.entry(id), position, length);
  }

  /**
   * {@link locate} and {@link readLocated} without steps, over a synchronous file.
   *
   * @returns nothing when that takes more than what is in memory, or when something is wrong: the steps tell then.
   */
  readNow(id: number, position: number, target: Uint8Array): number | undefined {
    const where = this.locateNow(id, position, target.length);
    if (where === undefined) return undefined;
    const { address, count, stored } = where;
    if (stored > 0) {
      const part = stored === target.length ? target : target.subarray(0, stored);
      if ((this.file as CheckedFile<'sync'>).read(address, part, raw) !== stored) return undefined;
    }
    if (stored < count) target.fill(0, stored, count);
    return this.isCurrentNow() ? count : undefined;
  }

  /** {@link locate} without steps, when the block is there and the way to it is in memory. */
  locateNow(id: number, position: number, length: number): Located | undefined {
    const entry = this.allocations.findResident(id);
    if (entry === undefined || entry === notResident || !isCount(position)) return undefined;
    return this.#located(entry, position, length);
  }

  #located({ id, address, size }: BlockEntry, position: number, length: number): Located {
    const count = Math.max(0, Math.min(length, size - position));
    const there = address === 0 ? 0 : (this.fresh.get(id)?.written ?? size);
    return { address: address + position, count, stored: Math.max(0, Math.min(count, there - position)) };
  }

  /**
   * Whether what was read is certain to be of the state shown, over a synchronous file; {@link stillThere} tells when it
   * is not. Looks at the commit records where they lie, when the file can show them.
   */
  isCurrentNow(): boolean {
    if (this.alone || this.writing) return true;
    const file = this.file as CheckedFile<'sync'>;
    if (file.manifest.capabilities.view) {
      this.#heads ??= file.view(this.offset + headsAt, headsBytes);
      const bytes = this.#heads?.bytes;
      if (bytes?.length === headsBytes) {
        if (bytes !== this.#headsSeen) {
          this.#headsSeen = bytes;
          this.#headsView = viewOf(bytes);
        }
        return this.#isHere(this.#headsView!);
      }
    }
    this.#headsRead ??= viewOf(new Uint8Array(headsBytes));
    const { buffer } = this.#headsRead;
    file.read(this.offset + headsAt, new Uint8Array(buffer));
    return this.#isHere(this.#headsRead);
  }

  /** Fills `target` with what was located, and returns how many bytes that were. */
  *readLocated({ address, count, stored }: Located, target: Uint8Array): Steps<number> {
    const { sequence } = this.record;
    if (stored > 0) yield* this.readData(address, target.subarray(0, stored));
    target.fill(0, stored, count);
    // This very storage may have gone on, too, while an asynchronous read was under way.
    if (this.record.sequence > sequence + 1) throw overtaken();
    yield* this.stillThere();
    return count;
  }

  *read(id: number, position: number, target: Uint8Array): Steps<number> {
    return yield* this.readLocated(yield* this.locate(id, position, target.length), target);
  }

  *readData(address: number, target: Uint8Array): Steps<void> {
    const count = yield* answer(this.file.read(address, target, raw));
    if (count === target.length) return;
    yield* this.stillThere();
    throw errors.BLK_DAMAGED({
      message: 'the file ends before a block does',
      offset: address,
      length: target.length,
      structure: 'block',
    });
  }

  *readWord(location: number): Steps<number> {
    this.checkWord(location);
    const known = this.words.get(location);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(8);
    yield* answer(this.file.read(location, bytes));
    return getUint64(viewOf(bytes), 0);
  }

  setWord(location: number, value: number): void {
    this.checkWord(location);
    if (!this.words.has(location) && this.words.size === mostWords) {
      throw errors.BLK_TOO_MANY_WORDS({
        message: `a storage keeps up to ${mostWords} words outside of itself`,
      });
    }
    this.words.set(location, value);
    this.changed = true;
  }

  checkWord(location: number): void {
    checkCount(location, 'location');
    if (location + 8 > this.offset)
      throw new RangeError(`a word at ${location} would lie inside the storage`);
  }

  /** Runs a change; when it fails half-way, nothing of this transaction may be committed any more. */
  *change<T>(steps: Steps<T>): Steps<T> {
    this.changed = true;
    try {
      return yield* steps;
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }
}

/** The newer of two records. */
export function newer(a: CommitRecord | undefined, b: CommitRecord | undefined): CommitRecord | undefined {
  return a && b ? (a.sequence > b.sequence ? a : b) : (a ?? b);
}

function overtaken(): Error {
  return errors.BLK_OVERTAKEN({
    message: 'a writer went on; begin again to read the latest state',
    op: 'read',
  });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

export function checkCount(value: number, what: string): void {
  if (!isCount(value)) throw new RangeError(`${what} must be a whole number from 0 up`);
}
