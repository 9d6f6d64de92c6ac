import { type CheckedFile, chain, type DriverFile, type Lease, type Mode, type Out } from '@terrane/driver';
import { Access } from './access.js';
import { type BlockInfo, listBlocks } from './block-info.js';
import { allocateBlock, allocateInPlace, freeBlock, resizeBlock } from './change-block.js';
import { checkCount, isCount } from './check-count.js';
import { mostCommits } from './commit-record.js';
import { compact } from './compact.js';
import { copyStorage } from './copy-storage.js';
import { createStorage, emptyRecord } from './create-storage.js';
import type { Attached, Engine } from './engine.js';
import { type Located, locate, locateNow, readBlockNow, readLocated, sendBefore } from './read-block.js';
import { type Repaired, repair } from './repair.js';
import { readSlot, writeSlot } from './slot-steps.js';
import { answer, run, type Steps, Turns } from './steps.js';
import { type CreateOptions, makeEngine, type StorageOptions } from './storage-options.js';
import { readStat, type StorageStat } from './storage-stat.js';
import { transaction } from './transaction.js';
import { notResident } from './tree.js';
import { type Problem, verify } from './verify.js';
import type { WordSlot } from './word-slot.js';
import { writeBlock, writeInPlace } from './write-block.js';
import { busy, whileLocked } from './write-lock.js';

/**
 * Blocks of bytes of any size inside one file, with ids that stay, and commits that happen entirely or not at all.
 *
 * Reading is between `begin` and `end` and shows one committed state, also while another process goes on writing;
 * changes are made between `beginWrite` and `end`, and nobody sees them before. Calls over an asynchronous file
 * take their turn one after the other.
 */
export class BlockStorage<M extends Mode = Mode> implements Disposable, AsyncDisposable {
  readonly file: CheckedFile<M>;
  readonly offset: number;
  readonly #engine: Engine;
  readonly #access: Access;
  readonly #turns: Turns<M>;
  readonly #isSync: boolean;
  readonly #canView: boolean;

  private constructor(file: CheckedFile<M>, engine: Engine, turns: Turns<M>) {
    this.file = file;
    this.offset = engine.offset;
    this.#engine = engine;
    this.#access = new Access(engine);
    this.#turns = turns;
    this.#isSync = file.mode === 'sync';
    this.#canView = file.manifest.capabilities.view === true;
  }

  /**
   * Makes an empty storage. What the file has from `offset` on is lost; what is before stays. The file belongs to
   * the storage from here on. It is locked meanwhile where the driver has locks. Opening with the mode `"w"` empties a
   * file before anybody is asked: who wants to be refused first opens with `"a"`.
   *
   * @throws BLK_BUSY when somebody else writes it or is making one, and nothing has changed then; IO_READ_ONLY and what
   *   else the driver says.
   */
  static create<M extends Mode>(file: DriverFile<M>, options: CreateOptions = {}): Out<M, BlockStorage<M>> {
    const { after = 0, ...rest } = options;
    checkCount(after, 'after');
    if (after > mostCommits) throw new RangeError(`after is at most ${mostCommits}`);
    return BlockStorage.#make(file, rest, after + 1);
  }

  /** Opens a storage. @throws BLK_NOT_A_STORAGE, BLK_TOO_NEW, BLK_DAMAGED */
  static open<M extends Mode>(file: DriverFile<M>, options: StorageOptions = {}): Out<M, BlockStorage<M>> {
    return BlockStorage.#make(file, options);
  }

  /**
   * Rebuilds what can be rebuilt from the blocks that can still be reached: commit records, the free chunks, the
   * header. Blocks whose node of the allocations tree is lost are lost.
   *
   * @throws BLK_BUSY when somebody writes it, BLK_NOT_A_STORAGE, BLK_TOO_NEW, BLK_DAMAGED when no root can be found.
   */
  static repair<M extends Mode>(file: DriverFile<M>, options: StorageOptions = {}): Out<M, Repaired> {
    // There may be no record that could tell of another writer.
    const engine = makeEngine(file, { ...options, alone: true });
    return run(
      file.mode,
      whileLocked(engine, () => repair(engine)),
    );
  }

  /**
   * Writes a storage without gaps that holds what `source` shows: every block under its id, the words outside, and the
   * bytes of the file before the storage. Nothing is changed in `source`, which must not be written meanwhile. The target
   * becomes a storage at the very end, so that one that was not finished cannot be taken for one.
   *
   * @param target - An empty file. It belongs to the storage that is returned.
   * @throws BLK_NOT_EMPTY, BLK_BUSY when `source` has changes that are not committed, or somebody else writes the
   *   target; BLK_OVERTAKEN, BLK_FULL
   */
  static compactInto<M extends Mode>(
    source: BlockStorage<M>,
    target: DriverFile<M>,
    options: Omit<StorageOptions, 'offset'> = {},
  ): Out<M, BlockStorage<M>> {
    const engine = makeEngine(target, { ...options, offset: source.offset });
    return source.#take(function* () {
      yield* copyStorage(source.#committed('compactInto'), engine);
      return new BlockStorage<M>(engine.file as CheckedFile<M>, engine, new Turns(target.mode));
    });
  }

  static #make<M extends Mode>(
    file: DriverFile<M>,
    options: StorageOptions,
    first?: number,
  ): Out<M, BlockStorage<M>> {
    const engine = makeEngine(file, options);
    const turns = new Turns(file.mode);
    return turns.take(function* () {
      if (first !== undefined) {
        const record = { ...emptyRecord(engine.offset), sequence: first };
        yield* whileLocked(engine, () => createStorage(engine, record));
      }
      yield* engine.open();
      return new BlockStorage<M>(engine.file as CheckedFile<M>, engine, turns);
    });
  }

  /** Whether the file can be written. */
  get canWrite(): boolean {
    return this.file.manifest.capabilities.write === true;
  }

  /** Whether write access is under way. */
  get writing(): boolean {
    return this.#engine.writing;
  }

  /** The number of the commit that is shown. */
  get sequence(): number {
    return this.#engine.record.sequence;
  }

  /**
   * How many bytes the blocks of this transaction can still take under the `limit`, with what the commit needs for
   * itself deducted; counted in pages of 4096 bytes, so that smaller gaps are not in it. What was freed and still rests
   * is not in it either.
   *
   * @throws BLK_NOT_WRITING
   */
  get room(): number {
    this.#engine.needWriting();
    return this.#engine.room();
  }

  /** Bytes that were freed, and will be given out again after the next commits. */
  get resting(): number {
    this.#engine.needWriting();
    return this.#engine.space.resting.reduce((sum, { size }) => sum + size, 0);
  }

  /** Begins reading the newest committed state. Nests; every `begin` needs its `end`. @throws BLK_BUSY while writing. */
  begin(): Out<M, void> {
    return this.#take(() => this.#access.begin());
  }

  /**
   * Shows the newest committed state, also in the middle of reading: to all who read here. When that fails, what was shown
   * is shown still.
   *
   * @throws BLK_BUSY while writing, BLK_DAMAGED, BLK_NOT_A_STORAGE while the file is made anew.
   */
  refresh(): Out<M, void> {
    return this.#take(() => this.#access.refresh());
  }

  /** Ends reading, or commits and ends writing. A commit that fails leaves write access as it is: `rollback` ends it. */
  end(): Out<M, void> {
    return this.#turns.take(() => this.#access.end());
  }

  /**
   * Begins writing: one at a time, here and by the driver's locks in other processes. Readers are not disturbed.
   *
   * @throws BLK_BUSY, IO_READ_ONLY
   */
  beginWrite(): Out<M, void> {
    return this.#take(() => this.#access.beginWrite());
  }

  /** From reading to writing the same state. @throws BLK_BUSY when others read here, BLK_CHANGED when it is not the newest. */
  upgrade(): Out<M, void> {
    return this.#take(() => this.#access.upgrade());
  }

  /** Commits and goes back to reading, when writing came from `upgrade`. */
  relinquish(): Out<M, void> {
    return this.#take(() => this.#access.relinquish());
  }

  /**
   * Commits and goes on writing. Durable when it returns, as far as the driver's flush is.
   *
   * @param always - Also when nothing changed: two such commits let go of all that rests, so that the file can shrink.
   */
  commit(always = false): Out<M, void> {
    return this.#take(() => this.#access.commit(always));
  }

  /** Forgets all that was changed since the last commit, and ends writing. */
  rollback(): Out<M, void> {
    return this.#turns.take(() => this.#access.rollback());
  }

  /** Runs `work` with write access, commits, and returns what it returned; when it fails, nothing has changed. */
  transaction<T>(work: () => Out<M, T>): Out<M, T> {
    return transaction<M, T>(this, work);
  }

  /** A new block of `size` bytes, all zero. Costs no space until it is written. @returns its id, never used before. */
  allocate(size: number): Out<M, number> {
    return this.#take(() => allocateBlock(this.#engine, size));
  }

  /**
   * A new block for what has to be written without a commit, as a log is: it has its place at once, full of zeros, and
   * is written by `writeInPlace` from the commit on that makes it. Whoever reads it has to tell by its bytes what in it
   * is whole. It moves when the storage is compacted, and is then a block like others: free it before.
   *
   * @returns its id. @throws BLK_FULL
   */
  allocateInPlace(size: number): Out<M, number> {
    return this.#take(() => allocateInPlace(this.#engine, size));
  }

  /** The id that the next `allocate(size)` would return. Holds until write access ends. */
  allocateNext(size: number): number {
    checkCount(size, 'size');
    return this.#engine.nextId;
  }

  /** Gives up a block. @throws BLK_NO_BLOCK */
  free(id: number): Out<M, void> {
    return this.#take(() => freeBlock(this.#engine, id));
  }

  /** Changes the size of a block; what is gained is zero. @throws BLK_NO_BLOCK, BLK_FULL */
  resize(id: number, size: number): Out<M, void> {
    return this.#take(() => resizeBlock(this.#engine, id, size));
  }

  /** Whether there is such a block. */
  has(id: number): Out<M, boolean> {
    const engine = this.#engine;
    const now = this.#isSync ? engine.allocations.findResident(id) : notResident;
    if (now !== notResident) return (now !== undefined) as unknown as Out<M, boolean>;
    return this.#take(function* () {
      return (yield* engine.find(id)) !== undefined;
    });
  }

  /** The size of a block in bytes. @throws BLK_NO_BLOCK */
  sizeOf(id: number): Out<M, number> {
    const engine = this.#engine;
    const now = this.#isSync ? engine.allocations.findResident(id) : undefined;
    if (now && now !== notResident) return now.size as Out<M, number>;
    return this.#take(function* () {
      return (yield* engine.entry(id)).size;
    });
  }

  /**
   * Writes into a block, all of it or a part. A block that was committed moves on its first write of a transaction;
   * a part of it then costs a copy of the rest.
   *
   * @throws RangeError when it reaches beyond the block's end, BLK_NO_BLOCK, BLK_FULL
   */
  write(id: number, source: Uint8Array, position = 0): Out<M, void> {
    return this.#take(() => writeBlock(this.#engine, id, source, position));
  }

  /**
   * Writes into a block of `allocateInPlace`, at once and outside of the transaction: neither is it undone by `rollback`,
   * nor is it durable before the next `flush`.
   *
   * @throws RangeError when it reaches beyond the block's end, TypeError for other blocks as far as that can be told, BLK_NO_BLOCK,
   *   BLK_CHANGED over a file without locks when somebody else committed
   */
  writeInPlace(id: number, source: Uint8Array, position = 0): Out<M, void> {
    return this.#take(() => writeInPlace(this.#engine, id, source, position));
  }

  /** Fills `target` from a block and returns how many bytes there were. @throws BLK_NO_BLOCK, BLK_OVERTAKEN */
  readInto(id: number, target: Uint8Array, position = 0): Out<M, number> {
    const engine = this.#engine;
    if (this.#isSync) {
      const count = readBlockNow(engine, id, position, target);
      if (count !== undefined) return count as Out<M, number>;
    }
    return this.#read(id, position, target.length, () => target);
  }

  /** A block's bytes, or some of them, in an array of their own. @throws BLK_NO_BLOCK, BLK_OVERTAKEN */
  read(id: number, position = 0, length = Number.POSITIVE_INFINITY): Out<M, Uint8Array> {
    let bytes: Uint8Array;
    const room = (count: number) => {
      bytes = new Uint8Array(Math.max(0, count));
      return bytes;
    };
    if (!this.#isSync) {
      return chain<M, number, Uint8Array>(
        this.#read(id, position, length, room),
        () => bytes as Out<M, Uint8Array>,
      );
    }
    this.readInto(id, room(Math.min(length, (this.sizeOf(id) as number) - position)), position);
    return bytes! as Out<M, Uint8Array>;
  }

  /**
   * A block's bytes without a copy, read-only, or nothing where the driver cannot share them or they are not all
   * written. They stay what they are until two more commits were made; `isCurrent` tells.
   *
   * @throws BLK_NO_BLOCK, BLK_OVERTAKEN when they are something else by now.
   */
  view(id: number): Out<M, Lease | undefined> {
    const engine = this.#engine;
    const now = this.#isSync ? locateNow(engine, id, 0, Number.MAX_SAFE_INTEGER) : undefined;
    if (now && !engine.output.touches(now.address, now.stored)) {
      const lease = this.#lease(now);
      if (engine.watch.isCurrentNow()) return lease as Out<M, Lease | undefined>;
    }
    return this.#take(function* (this: BlockStorage<M>) {
      const where = yield* locate(engine, id, 0, Number.MAX_SAFE_INTEGER);
      yield* sendBefore(engine, where.address, where.stored);
      const lease = this.#lease(where);
      yield* engine.watch.stillThere();
      return lease;
    });
  }

  /** A block's bytes, piece by piece. @throws RangeError when a piece would have no bytes. */
  async *stream(id: number, pieceBytes = 1 << 20): AsyncGenerator<Uint8Array, void> {
    if (!isCount(pieceBytes) || pieceBytes === 0) throw new RangeError('a piece has one byte or more');
    const size = await this.sizeOf(id);
    for (let at = 0; at < size; at += pieceBytes) yield await this.read(id, at, pieceBytes);
  }

  /** Writes pieces one after the other into a block from its beginning. @returns how many bytes they were. */
  async writeFrom(id: number, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number> {
    let at = 0;
    for await (const piece of pieces) {
      await this.write(id, piece, at);
      at += piece.length;
    }
    return at;
  }

  /** The block id in a slot, 0 for none. @throws BLK_OVERTAKEN when it was first written after the state shown. */
  readSlot(slot: WordSlot): Out<M, number> {
    return this.#take(() => readSlot(this.#engine, slot));
  }

  /** Puts a block id into a slot, as part of the transaction. @throws BLK_TOO_MANY_WORDS, BLK_NOT_WRITING */
  writeSlot(slot: WordSlot, id: number): Out<M, void> {
    return this.#take(() => writeSlot(this.#engine, slot, id));
  }

  /** What the committed state's data area consists of, from its first byte to its last. */
  blocks(): Out<M, BlockInfo[]> {
    return this.#take(() => listBlocks(this.#committed('blocks')));
  }

  /** Figures of the committed state. */
  stat(): Out<M, StorageStat> {
    return this.#take(() => readStat(this.#committed('stat')));
  }

  /** Reads all structures of the committed state from the file and returns what is wrong with them. */
  verify(): Out<M, Problem[]> {
    return this.#take(function* (this: BlockStorage<M>) {
      const engine = this.#committed('verify');
      // What is in memory proves nothing about the file.
      engine.show(yield* engine.newest());
      const problems = yield* verify(engine);
      if (engine.writing) yield* engine.prepare();
      return problems;
    });
  }

  /** Moves blocks from the end of the file into free chunks before them, commit by commit, and shortens the file. */
  compact(): Out<M, void> {
    return this.#take(function* (this: BlockStorage<M>) {
      this.#engine.needWriting();
      yield* this.#engine.change(compact(this.#engine));
    });
  }

  /** Whether views and what was read of the state shown are still what they were. */
  isCurrent(): Out<M, boolean> {
    const engine = this.#engine;
    if (this.#isSync && engine.watch.isCurrentNow()) return true as unknown as Out<M, boolean>;
    return this.#take(function* () {
      return !(yield* engine.watch.isOvertaken());
    });
  }

  /** Whether the state shown is the newest in the file: nobody has committed since it was read, or by this storage written. */
  isNewest(): Out<M, boolean> {
    return this.#turns.take(() => this.#engine.watch.isNewest());
  }

  /** Makes durable what was committed; nothing is committed by it. Does nothing on a read-only file. */
  flush(): Out<M, void> {
    return this.file.flush();
  }

  /** Rolls back what was not committed and closes the file. When that fails the file is closed all the same, and the error thrown. */
  close(): Out<M, void> {
    return this.#turns.take(() => this.#close());
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * For what lives in a storage, such as an index: its work takes its turn, and it takes part in commits. Who comes
   * with the same name shares what the first one made.
   * @internal
   */
  attach<T extends Attached>(
    name: string,
    make: (engine: Engine) => T,
  ): { engine: Engine; shared: T; take<U>(steps: () => Steps<U>): Out<M, U> } {
    const engine = this.#engine;
    const shared = (engine.attached.get(name) as T | undefined) ?? make(engine);
    engine.attached.set(name, shared);
    return { engine, shared, take: (steps) => this.#take(steps) };
  }

  #take<T>(steps: (this: BlockStorage<M>) => Steps<T>): Out<M, T> {
    return this.#turns.take(() => (this.file.closed ? this.#refuse() : steps.call(this)));
  }

  /** @throws IO_CLOSED, as the file says it. */
  *#refuse(): Steps<never> {
    yield* answer(this.file.size());
    throw new TypeError('a closed file has told its size');
  }

  *#close(): Steps<void> {
    if (this.file.closed) return;
    try {
      yield* this.#access.rollback();
      yield this.file.flush();
    } finally {
      this.#engine.forget();
      // An empty tree would know all the answers.
      this.#engine.allocations.root = -1;
      yield this.file.close();
    }
  }

  /** Reads up to `length` bytes of a block into what `room` gives for as many as there are. */
  #read(id: number, position: number, length: number, room: (count: number) => Uint8Array): Out<M, number> {
    const engine = this.#engine;
    // The lookup takes its turn; the bytes may come beside those of others, unless they may be still to be written.
    const located = this.#take(function* () {
      const where = yield* locate(engine, id, position, length);
      return engine.writing ? yield* readLocated(engine, where, room(where.count)) : where;
    });
    return chain(located, (where) => {
      if (typeof where === 'number') return where as Out<M, number>;
      return run(this.file.mode, readLocated(engine, where, room(where.count)));
    });
  }

  #committed(op: string): Engine {
    if (this.#engine.writing && this.#engine.changed)
      throw busy(`${op}() shows what is committed: commit first`);
    return this.#engine;
  }

  #lease({ address, count, stored }: Located): Lease | undefined {
    const whole = this.#canView && stored === count && count > 0;
    return whole ? this.file.view(address, count) : undefined;
  }
}
