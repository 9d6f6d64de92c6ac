import { type BlockEntry, unitBytes } from './block-entry.js';
import { roundUp } from './bytes.js';
import { checkCount } from './check-count.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import type { Steps } from './steps.js';
import { remove, upsert } from './tree-change.js';
import { fillBlock, placeBlock, releaseBlock } from './write-block.js';

/** A new block without a place: it gets one when it is first written. */
export function* allocateBlock(engine: Engine, size: number): Steps<number> {
  checkCount(size, 'size');
  engine.needWriting();
  const id = engine.nextId;
  // The next one would not be another number.
  if (id >= Number.MAX_SAFE_INTEGER) {
    throw errors.BLK_FULL({ message: 'all ids are given out', target: engine.target });
  }
  yield* engine.change(upsert(engine.allocations, { id, address: 0, size }));
  engine.nextId++;
  engine.blockCount++;
  engine.blockBytes += size;
  return id;
}

/**
 * A new block that has its place at once, full of zeros, for bytes that are written in place. It is not among those that
 * a commit wrote, so that no checksum of a commit is of its bytes.
 */
export function* allocateInPlace(engine: Engine, size: number): Steps<number> {
  const id = yield* allocateBlock(engine, size);
  if (size === 0) return id;
  let address: number;
  try {
    address = engine.space.take(roundUp(size, unitBytes));
  } catch (error) {
    // Nobody would know of it.
    yield* freeBlock(engine, id);
    throw error;
  }
  yield* engine.change(upsert(engine.allocations, { id, address, size }));
  yield* engine.change(fillBlock(engine, address, { written: 0 }, size));
  return id;
}

/** Gives up a block. */
export function* freeBlock(engine: Engine, id: number): Steps<void> {
  engine.needWriting();
  const entry = yield* engine.entry(id);
  yield* engine.change(dropBlock(engine, entry));
}

function* dropBlock(engine: Engine, entry: BlockEntry): Steps<void> {
  yield* remove(engine.allocations, entry.id);
  releaseBlock(engine, entry);
  engine.fresh.delete(entry.id);
  engine.blockCount--;
  engine.blockBytes -= entry.size;
}

/** Changes the size of a block. One that grows moves, one that shrinks gives its end back. */
export function* resizeBlock(engine: Engine, id: number, size: number): Steps<void> {
  checkCount(size, 'size');
  engine.needWriting();
  const entry = yield* engine.entry(id);
  if (entry.size === size) return;
  if (size > entry.size && entry.address !== 0) yield* placeBlock(engine, entry, size, entry.size);
  else yield* engine.change(cutBlock(engine, entry, size));
  engine.blockBytes += size - entry.size;
}

/** Makes a block shorter, and gives its end back; one that was never written has no place, and just another size. */
function* cutBlock(engine: Engine, entry: BlockEntry, size: number): Steps<void> {
  const { id } = entry;
  const kept = roundUp(size, unitBytes);
  const left = roundUp(entry.size, unitBytes) - kept;
  const address = size === 0 ? 0 : entry.address;
  yield* upsert(engine.allocations, { id, address, size });
  if (left > 0) {
    const end = entry.address === 0 ? 0 : entry.address + kept;
    releaseBlock(engine, { id, address: end, size: left });
  }
  const fresh = engine.fresh.get(id);
  if (fresh) fresh.written = Math.min(fresh.written, size);
  if (address === 0) engine.fresh.delete(id);
}
