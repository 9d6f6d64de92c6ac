import { pageBytes, setUint64, viewOf } from './bytes.js';
import { makeManifest, type Stretch } from './commit-manifest.js';
import { type CommitRecord, encodeRecord, slotOf } from './commit-record.js';
import type { Engine } from './engine.js';
import { encodeRestingList, restingPages } from './resting-list.js';
import { answer, type Steps } from './steps.js';
import { encodeHeader } from './storage-header.js';
import { remove, upsert } from './tree-change.js';
import { fillBlock } from './write-block.js';

/**
 * Makes what is staged the committed state, all of it or nothing:
 *
 * 1. blocks, changed nodes and the resting list are in places that neither of the last two states uses,
 * 2. a flush, unless it is little: the record then has the checksums of all that was written,
 * 3. the commit record goes over the older of the two,
 * 4. a flush: this is the moment,
 * 5. the header and the words outside are brought up to date; they are copies of what the record says.
 *
 * @param sure - Does not ask the file whether somebody else committed, and flushes twice: what the other record says is
 *   nothing to fall back on.
 */
export function* commit(engine: Engine, sure = false): Steps<void> {
  if (!sure) yield* engine.lookAround();
  for (const attached of engine.attached.values()) yield* attached.flush();
  const written: Stretch[] = [];
  for (const [id, fresh] of engine.fresh) {
    const { address, size } = yield* engine.entry(id);
    yield* fillBlock(engine, address, fresh, size);
    written.push({ address, length: size });
  }
  const { file, record: before } = engine;
  const sequence = before.sequence + 1;
  for (const page of engine.space.listPages) engine.space.retire(page, pageBytes);
  const { pages, list } = yield* findRoom(engine);
  const allocations = engine.blockPages.settle(engine.allocations.root, pages, sequence);
  const free = engine.freePages.settle(engine.freeTree.root, pages, sequence);
  for (const page of pages) engine.space.retire(page, pageBytes);
  for (const [address, bytes] of [...allocations.writes, ...free.writes]) {
    yield* engine.output.write(address, bytes, 'btree');
    written.push({ address, length: pageBytes });
  }
  for (const [index, bytes] of encodeRestingList(engine.space.resting, sequence, list).entries()) {
    yield* engine.output.write(list[index]!, bytes, 'btree');
    written.push({ address: list[index]!, length: pageBytes });
  }
  yield* engine.output.send();
  const size = yield* answer(file.size());
  if (size < engine.space.end) yield* answer(file.truncate(engine.space.end));
  const { words, oneFlushBytes } = engine;
  const ranges = sure ? undefined : yield* makeManifest(file, written, words.size, oneFlushBytes);
  if (!ranges) yield* answer(file.flush());
  // Once more, for the time that writing took.
  if (!sure) yield* engine.lookAround();
  const record: CommitRecord = {
    sequence,
    allocations: allocations.root,
    free: free.root,
    nextId: engine.nextId,
    end: engine.space.end,
    resting: list[0] ?? 0,
    restingPages: list.length,
    blockCount: engine.blockCount,
    blockBytes: engine.blockBytes,
    freeCount: engine.space.free.count,
    freeBytes: engine.space.free.bytes,
    words: new Map(words),
    ranges: ranges ?? [],
  };
  yield* publish(engine, record);
  if (size > record.end) yield* answer(file.truncate(record.end));
  engine.record = record;
  engine.space.listPages = list;
  engine.output.clear();
  engine.claim?.end();
  engine.copiesOf = sequence;
  engine.durable = sequence;
  engine.allocations.root = record.allocations;
  engine.freeTree.root = record.free;
  engine.fresh.clear();
  engine.changed = false;
  engine.space.wake();
}

/** Steps 3 to 5. */
function* publish(engine: Engine, record: CommitRecord): Steps<void> {
  const { file, offset } = engine;
  const slot = offset + slotOf(record.sequence).at;
  yield* answer(file.write(slot, encodeRecord(record), { kind: 'superblock' }));
  try {
    yield* answer(file.flush());
  } catch (error) {
    yield* withdraw(engine, slot);
    throw error;
  }
  yield* writeCopies(engine, record);
}

/** Nobody may build on a commit of which nobody knows whether it is durable. */
function* withdraw({ file }: Engine, slot: number): Steps<void> {
  try {
    yield* answer(file.write(slot, new Uint8Array(8), { kind: 'superblock' }));
  } catch {
    // The file takes nothing any more; what failed first says more.
  }
}

/** The header's two roots, and the words outside. */
function* writeCopies({ file, offset }: Engine, record: CommitRecord): Steps<void> {
  yield* answer(file.write(offset + 10, encodeHeader(record).subarray(10, 26), { kind: 'superblock' }));
  for (const [location, value] of record.words) {
    const bytes = new Uint8Array(8);
    setUint64(viewOf(bytes), 0, value);
    yield* answer(file.write(location, bytes, { kind: 'superblock' }));
  }
}

/**
 * Brings up to date what a writer that died, or gave up, left behind: the copies, the length of the file, a record
 * without what it speaks of. A commit that nobody is known to have flushed is flushed before anything builds on it.
 */
export function* tidy(engine: Engine): Steps<void> {
  const { file, record } = engine;
  if (engine.durable !== record.sequence && record.ranges.length > 0) yield* answer(file.flush());
  engine.durable = record.sequence;
  if (engine.doubted !== undefined) {
    yield* withdraw(engine, engine.offset + slotOf(engine.doubted).at);
    engine.doubted = undefined;
  }
  if (engine.copiesOf !== record.sequence) yield* writeCopies(engine, record);
  engine.copiesOf = record.sequence;
  // Another one may be writing beyond the end; the next commit cuts it off.
  if (engine.claim) return;
  if ((yield* answer(file.size())) > record.end) yield* answer(file.truncate(record.end));
}

/**
 * Takes pages for all changed nodes and for the list. Taking changes the tree of free chunks, which may
 * change more of its nodes, so this goes round until nothing is left to do; what is left over rests.
 */
function* findRoom(engine: Engine): Steps<{ pages: number[]; list: number[] }> {
  const { space } = engine;
  const { free } = space;
  const pages: number[] = [];
  const list: number[] = [];
  for (;;) {
    space.end = free.takeEndingAt(space.end) ?? space.end;
    for (const [address, before] of free.touched) {
      const size = free.sizeAt(address);
      if (size === before) continue;
      if (size === undefined) yield* remove(engine.freeTree, address);
      else yield* upsert(engine.freeTree, { address, size });
    }
    free.touched.clear();
    const needed = engine.blockPages.dirty.size + engine.freePages.dirty.size;
    if (pages.length < needed) {
      while (pages.length < needed) pages.push(space.take(pageBytes));
      continue;
    }
    // What is left over of the pages rests, too.
    const listed = restingPages(space.resting.length + pages.length - needed);
    if (list.length < listed) {
      while (list.length < listed) list.push(space.take(pageBytes));
      continue;
    }
    if (free.touched.size === 0) return { pages, list };
  }
}
