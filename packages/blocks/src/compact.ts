import { type BlockEntry, unitBytes } from './block-entry.js';
import { roundUp } from './bytes.js';
import { commit } from './commit.js';
import type { Engine } from './engine.js';
import type { Steps } from './steps.js';
import { renew } from './tree-change.js';
import { moveBlock } from './write-block.js';

/** How many bytes are brought out of the way at once. */
const windowBytes = 64 << 20;

/**
 * Moves what lies late in the file into free chunks that lie earlier, and cuts off what is free at the end. Every
 * commit on the way is a state that holds. When a sixteenth is still free then, in pieces too small for anything, the
 * blocks between them are brought to the end and back, after which the pieces are one; the `limit` must leave room for it.
 */
export function* compact(engine: Engine): Steps<void> {
  yield* settle(engine);
  yield* descend(engine);
  const { freeBytes, end } = engine.record;
  if (freeBytes * 16 <= end - engine.offset) return;
  yield* slide(engine);
  yield* descend(engine);
}

/** Moves blocks down until that brings nothing more. */
function* descend(engine: Engine): Steps<void> {
  let shortest = engine.record.end;
  for (let idle = 0; idle < 2; ) {
    const placed = yield* blocksFrom(engine, 0);
    for (const entry of placed.reverse()) yield* moveDown(engine, entry);
    yield* renew(engine.allocations);
    yield* renew(engine.freeTree);
    yield* settle(engine);
    // The nodes move about, so that one round may undo a little of another.
    idle = engine.record.end < shortest ? 0 : idle + 1;
    shortest = Math.min(shortest, engine.record.end);
  }
}

/** Joins what is free between blocks, from the front to the end. */
function* slide(engine: Engine): Steps<void> {
  const { space } = engine;
  for (let from = space.free.first(); from !== undefined; ) {
    const away: BlockEntry[] = [];
    let bytes = 0;
    for (const entry of yield* blocksFrom(engine, from)) {
      const size = wholeSize(entry);
      const address = bytes + size > windowBytes && bytes > 0 ? undefined : space.takeAtEnd(size);
      if (address === undefined) break;
      yield* moveBlock(engine, entry, address);
      away.push(entry);
      bytes += size;
    }
    yield* settle(engine);
    for (const { id } of away) yield* moveDown(engine, yield* engine.entry(id));
    yield* settle(engine);
    const last = away.at(-1);
    from = last && last.address + wholeSize(last);
  }
}

/** Moves a block to the best free chunk before it, if one is large enough. */
function* moveDown(engine: Engine, entry: BlockEntry): Steps<void> {
  const address = engine.space.free.takeBelow(wholeSize(entry), entry.address);
  if (address !== undefined) yield* moveBlock(engine, entry, address);
}

/** The blocks that lie at an address or behind it, in order. */
function* blocksFrom(engine: Engine, from: number): Steps<BlockEntry[]> {
  const placed: BlockEntry[] = [];
  yield* engine.allocations.visit({}, (entry) => {
    if (entry.address !== 0 && entry.address >= from) placed.push(entry);
    return true;
  });
  return placed.sort((a, b) => a.address - b.address);
}

function wholeSize({ size }: BlockEntry): number {
  return roundUp(size, unitBytes);
}

/** Commits, and twice more: what was freed is then free, and the end is where it can be. */
function* settle(engine: Engine): Steps<void> {
  for (let time = 0; time < 3; time++) yield* commit(engine);
}
