import type { CheckedFile, Mode } from '@terrane/driver';
import {
  type BlockEntry,
  blockFormat,
  blockOrder,
  extentFormat,
  extentOrder,
  unitBytes,
} from './block-entry.js';
import { pageBytes, roundUp } from './bytes.js';
import { isProven, isWhole } from './commit-manifest.js';
import { type CommitRecord, controlBytes, decodeRecords, slots } from './commit-record.js';
import { CommitWatch } from './commit-watch.js';
import { faultOfBlock, faultOfChunk } from './entry-faults.js';
import { errors } from './errors.js';
import type { Extent } from './free-space.js';
import type { NodeCache } from './node-cache.js';
import { PageStore } from './page-store.js';
import { restingPages } from './resting-list.js';
import { answer, type Steps } from './steps.js';
import { decodeHeader, type Roots } from './storage-header.js';
import { StorageSpace } from './storage-space.js';
import { notResident, Tree } from './tree.js';
import { capacities } from './tree-node.js';
import { WriteBuffer } from './write-buffer.js';
import { WriterClaim } from './writer-claim.js';

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
export interface Fresh {
  written: number;
}

/** What an {@link Engine} is told. */
export interface EngineOptions {
  readonly offset: number;
  readonly limit: number;
  readonly alone: boolean;
  readonly locked: boolean;
  readonly nodes: NodeCache;
  readonly oneFlushBytes: number;
}

/** The state of an open storage: what is committed, and what is staged on top of it. */
export class Engine {
  readonly file: CheckedFile<Mode>;
  readonly offset: number;
  readonly limit: number;
  /** Nobody else writes the file while it is open, so what was read need not be questioned. */
  readonly alone: boolean;
  readonly locked: boolean;
  /** Where nodes are kept that were read. */
  readonly nodes: NodeCache;
  /** Commits that wrote up to so many bytes are flushed once. */
  readonly oneFlushBytes: number;
  /** There when nothing but agreement keeps other writers out, so that a writer looks for them. */
  readonly claim: WriterClaim | undefined;
  readonly attached = new Map<string, Attached>();
  readonly blockPages: PageStore<BlockEntry>;
  readonly freePages: PageStore<Extent>;
  readonly watch: CommitWatch;
  readonly space: StorageSpace;
  /** Through which blocks and nodes are written. */
  readonly output: WriteBuffer;
  allocations!: Tree<BlockEntry, number>;
  freeTree!: Tree<Extent, number>;
  /** The committed state that everything is read from. */
  record!: CommitRecord;
  words!: Map<number, number>;
  nextId = 1;
  blockCount = 0;
  blockBytes = 0;
  /** Blocks that were placed since the last commit. */
  readonly fresh = new Map<number, Fresh>();
  writing = false;
  changed = false;
  /** The commit whose copies, outside of its record, are known to be in the file. */
  copiesOf = 0;
  /** The commit that is known to have been flushed. */
  durable = 0;
  /** The commit whose record was there after a loss of power, and not all of the rest. */
  doubted: number | undefined;
  /** Why what is staged can no longer be committed. */
  broken: unknown;

  constructor(file: CheckedFile<Mode>, options: EngineOptions) {
    const { offset, limit, alone, locked, nodes, oneFlushBytes } = options;
    this.file = file;
    this.offset = offset;
    this.limit = limit;
    this.alone = alone;
    this.locked = locked;
    this.nodes = nodes;
    this.oneFlushBytes = oneFlushBytes;
    const host = {
      offset,
      readPage: (address: number) => this.readOwn(address, pageBytes),
      shown: () => this.record,
      retire: (address: number, size: number) => this.space.retire(address, size),
      judge: (error: unknown) => this.watch.judge(error),
    };
    this.blockPages = new PageStore(host, 'allocations', blockFormat, nodes, faultOfBlock);
    this.freePages = new PageStore(host, 'free', extentFormat, nodes, faultOfChunk);
    this.watch = new CommitWatch(this);
    this.space = new StorageSpace(this);
    const { guarantees, capabilities } = file.manifest;
    const unguarded = guarantees.shared === true && !capabilities.lock && !alone;
    this.claim = unguarded ? new WriterClaim(file, offset) : undefined;
    this.output = new WriteBuffer(file, unguarded ? () => this.lookAround() : undefined);
  }

  get target(): string {
    return this.file.manifest.target;
  }

  /** Makes a committed state the one that is shown, and forgets everything else. */
  show(record: CommitRecord): void {
    this.forget();
    this.record = record;
    const room = ({ bytes }: { bytes: number }) => capacities(pageBytes, bytes);
    this.allocations = new Tree(this.blockPages, blockOrder, room(blockFormat), record.allocations);
    this.freeTree = new Tree(this.freePages, extentOrder, room(extentFormat), record.free);
    this.words = new Map(record.words);
    this.nextId = record.nextId;
    this.blockCount = record.blockCount;
    this.blockBytes = record.blockBytes;
    this.space.reset();
    this.output.clear();
    this.claim?.end();
    this.fresh.clear();
    this.changed = false;
    this.broken = undefined;
  }

  /** Lets go of all that was read, for the sake of others who keep nodes in the same place. */
  forget(): void {
    this.blockPages.clear();
    this.freePages.clear();
    for (const attached of this.attached.values()) attached.forget();
  }

  /** Shows the newest state of a file that was just opened, of which nobody knows what happened to it. */
  *open(): Steps<void> {
    for (;;) {
      const { header, record, before } = yield* this.#control();
      const proven = isProven(record, header);
      if (proven) this.durable = record.sequence;
      if (proven || (yield* isWhole(this.file, record.ranges))) return this.show(record);
      // A writer may be at work, and has gone on.
      if ((yield* this.#control()).record.sequence !== record.sequence) continue;
      if (!before) throw this.#noRecord();
      this.doubted = record.sequence;
      return this.show(before);
    }
  }

  /** Reads header and commit records, and shows the newest state when it is not the one shown. */
  *refresh(): Steps<void> {
    const record = yield* this.newest();
    if (this.broken || this.changed || record.sequence !== this.record.sequence) this.show(record);
  }

  /** @throws BLK_NOT_A_STORAGE, BLK_TOO_NEW, BLK_DAMAGED when neither record is whole. */
  *newest(): Steps<CommitRecord> {
    const { record, before } = yield* this.#control();
    // While the computer runs, what was written before a record is seen before it: only after a loss it may be missing.
    if (record.sequence !== this.doubted || (yield* isWhole(this.file, record.ranges))) return record;
    if (before) return before;
    throw this.#noRecord();
  }

  *#control(): Steps<{ header: Roots; record: CommitRecord; before: CommitRecord | undefined }> {
    const bytes = new Uint8Array(controlBytes);
    const count = yield* answer(this.file.read(this.offset, bytes));
    const header = decodeHeader(bytes.subarray(0, count), this.offset);
    const [record, before] = decodeRecords(bytes.subarray(0, count), this.offset);
    if (record) return { header, record, before };
    throw this.#noRecord();
  }

  #noRecord(): Error {
    return errors.BLK_DAMAGED({
      message: 'neither of the two commit records is whole',
      offset: this.offset + slots[0].at,
      structure: 'commit record',
      hint: 'BlockStorage.repair rebuilds them from the header',
    });
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

  /** The block of that id. @throws BLK_NO_BLOCK */
  *entry(id: number): Steps<BlockEntry> {
    const entry = yield* this.find(id);
    if (entry) return entry;
    throw errors.BLK_NO_BLOCK({ message: `there is no block ${id}`, target: this.target });
  }

  *find(id: number): Steps<BlockEntry | undefined> {
    const found = this.allocations.findResident(id);
    return found === notResident ? yield* this.allocations.find(id) : found;
  }

  /** What can still be given out in whole pages, less what the commit will need for itself at most. */
  room(): number {
    const { free, end, resting } = this.space;
    // Nodes that changed, and those of both trees that writing them may change, with some to spare for new levels.
    let pages = this.blockPages.dirty.size + this.freePages.dirty.size + 16;
    let bytes = 0;
    for (const attached of this.attached.values()) {
      const pending = attached.pending();
      pages += pending.blocks;
      bytes += pending.bytes;
    }
    pages += Math.min(free.touched.size, Math.ceil(free.count / 64));
    pages += restingPages(resting.length + 2 * pages);
    const atEnd = Math.floor((this.limit - end) / pageBytes) * pageBytes;
    return atEnd + free.pageable - bytes - pages * pageBytes;
  }

  /** @throws BLK_CHANGED when somebody else committed, began to write, or cut off what was just written. */
  *lookAround(): Steps<void> {
    yield* this.watch.mustBeNewest();
    if (!this.claim) return;
    yield* this.claim.hold();
    if ((yield* answer(this.file.size())) >= this.output.reach) return;
    throw errors.BLK_CHANGED({
      message: 'somebody else made the file shorter than what was just written',
      target: this.target,
    });
  }

  /** @throws BLK_DAMAGED when the file ends before the storage does: what a commit adds would hide it. */
  *mustBeWhole(): Steps<void> {
    const size = yield* answer(this.file.size());
    const { end } = this.record;
    // A loss of power may have taken what no block needs of the last unit.
    if (roundUp(size, unitBytes) >= end) return;
    throw errors.BLK_DAMAGED({
      message: `the file has ${size} bytes, the storage reaches to ${end}`,
      target: this.target,
      offset: size,
      structure: 'storage',
      hint: 'BlockStorage.repair keeps what is still there',
    });
  }

  /** Gets what is free ready for a writer; without that nothing can be changed. */
  *prepare(): Steps<void> {
    try {
      yield* this.space.prepare();
    } catch (error) {
      this.broken = error;
      throw error;
    }
  }

  /** Whether there is write access to something that can still be committed. */
  get canChange(): boolean {
    return this.writing && this.broken === undefined;
  }

  /** @throws BLK_NOT_WRITING */
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
