import { type BlockEntry, unitBytes } from './block-entry.js';
import { roundUp } from './bytes.js';
import { checkCount } from './check-count.js';
import type { Engine, Fresh } from './engine.js';
import { readData, sendBefore } from './read-block.js';
import { answer, type Steps } from './steps.js';
import { upsert } from './tree-change.js';

const zeros = new Uint8Array(65536);
const copyBytes = 1 << 20;

/** Writes into a block; one that was committed moves to a place of its own first. */
export function* writeBlock(engine: Engine, id: number, source: Uint8Array, position: number): Steps<void> {
  let entry = yield* entryFor(engine, id, source, position);
  if (source.length === 0) return;
  if (!engine.fresh.has(id)) {
    const all = source.length === entry.size;
    entry = yield* placeBlock(engine, entry, entry.size, all || entry.address === 0 ? 0 : entry.size);
  }
  yield* engine.change(writeFresh(engine, entry, source, position));
}

/** Writes into a block where it lies, at once, and into nothing but a block of `allocateInPlace`. */
export function* writeInPlace(engine: Engine, id: number, source: Uint8Array, position: number): Steps<void> {
  const { address } = yield* entryFor(engine, id, source, position);
  const isCommits = engine.record.ranges.some(
    (range) => address >= range.address && address < range.address + range.length,
  );
  if (address === 0 || isCommits || engine.fresh.has(id)) {
    throw new TypeError(`block ${id} is not for writing in place: see allocateInPlace()`);
  }
  const at = address + position;
  yield* sendBefore(engine, at, source.length);
  // After commits of another writer the place may be somebody else's; one that only stages lets it be.
  if (engine.claim) yield* engine.watch.mustBeNewest();
  yield* answer(engine.file.write(at, source, { kind: 'raw' }));
}

/** The block that is to be written, when there is room in it for that. */
function* entryFor(engine: Engine, id: number, source: Uint8Array, position: number): Steps<BlockEntry> {
  checkCount(position, 'position');
  engine.needWriting();
  const entry = yield* engine.entry(id);
  const end = position + source.length;
  if (end <= entry.size) return entry;
  throw new RangeError(`block ${id} has ${entry.size} bytes, and ${position} … ${end} reach beyond`);
}

function* writeFresh(
  engine: Engine,
  { id, address }: BlockEntry,
  source: Uint8Array,
  position: number,
): Steps<void> {
  const fresh = engine.fresh.get(id)!;
  yield* fillBlock(engine, address, fresh, position);
  yield* engine.output.write(address + position, source, 'raw');
  fresh.written = Math.max(fresh.written, position + source.length);
}

/** Zeros up to `end`, where nothing was written. */
export function* fillBlock({ output }: Engine, address: number, fresh: Fresh, end: number): Steps<void> {
  while (fresh.written < end) {
    const length = Math.min(zeros.length, end - fresh.written);
    yield* output.write(address + fresh.written, zeros.subarray(0, length), 'raw');
    fresh.written += length;
  }
}

/** Gives a block new bytes of its own, the first `kept` of them as they were. */
export function* placeBlock(
  engine: Engine,
  entry: BlockEntry,
  size: number,
  kept: number,
): Steps<BlockEntry> {
  const address = engine.space.take(roundUp(size, unitBytes));
  const placed = { id: entry.id, address, size };
  const had = engine.fresh.get(entry.id);
  const valid = had ? Math.min(kept, had.written) : kept;
  yield* engine.change(copy(engine, entry.address, address, valid));
  yield* engine.change(upsert(engine.allocations, placed));
  releaseBlock(engine, entry);
  engine.fresh.set(entry.id, { written: valid });
  return placed;
}

/** Moves a committed block to a place that was taken for it. */
export function* moveBlock(engine: Engine, entry: BlockEntry, address: number): Steps<void> {
  yield* copy(engine, entry.address, address, entry.size);
  yield* upsert(engine.allocations, { ...entry, address });
  releaseBlock(engine, entry);
  engine.fresh.set(entry.id, { written: entry.size });
}

/** Gives the bytes of a block back: at once when nobody else has seen them there. */
export function releaseBlock({ fresh, space }: Engine, { id, address, size }: BlockEntry): void {
  if (address === 0) return;
  const whole = roundUp(size, unitBytes);
  if (fresh.has(id)) space.free.add(address, whole);
  else space.retire(address, whole);
}

function* copy(engine: Engine, from: number, to: number, length: number): Steps<void> {
  for (let done = 0; done < length; ) {
    const piece = new Uint8Array(Math.min(copyBytes, length - done));
    yield* readData(engine, from + done, piece);
    yield* engine.output.write(to + done, piece, 'raw');
    done += piece.length;
  }
}
