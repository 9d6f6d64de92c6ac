import { type BlockEntry, unitBytes } from './block-entry.js';
import { roundUp } from './bytes.js';
import { commit } from './commit.js';
import type { Engine } from './engine.js';
import type { Steps } from './steps.js';
import { renew } from './tree-change.js';
import { moveBlock } from './write-block.js';

/**
 * Moves what lies late in the file into free chunks that lie earlier, and cuts off what is free at the end. Every
 * commit on the way is a state that holds. Ends when going on brings nothing more.
 */
export function* compact(engine: Engine): Steps<void> {
  yield* settle(engine);
  let shortest = engine.record.end;
  for (let idle = 0; idle < 2; ) {
    const placed: BlockEntry[] = [];
    yield* engine.allocations.visit({}, (entry) => {
      if (entry.address !== 0) placed.push(entry);
      return true;
    });
    placed.sort((a, b) => b.address - a.address);
    for (const entry of placed) {
      const address = engine.space.free.takeBelow(roundUp(entry.size, unitBytes), entry.address);
      if (address !== undefined) yield* moveBlock(engine, entry, address);
    }
    yield* renew(engine.allocations);
    yield* renew(engine.freeTree);
    yield* settle(engine);
    // The nodes move about, so that one round may undo a little of another.
    idle = engine.record.end < shortest ? 0 : idle + 1;
    shortest = Math.min(shortest, engine.record.end);
  }
}

/** Commits, and twice more: what was freed is then free, and the end is where it can be. */
function* settle(engine: Engine): Steps<void> {
  for (let time = 0; time < 3; time++) yield* commit(engine);
}
