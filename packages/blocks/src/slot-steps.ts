import { getUint64, setUint64, viewOf } from './bytes.js';
import { checkCount } from './check-count.js';
import { mostEntries } from './commit-record.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import { readBlock } from './read-block.js';
import { answer, type Steps } from './steps.js';
import type { WordSlot } from './word-slot.js';
import { writeBlock } from './write-block.js';

/** The block id in a slot, 0 for none. @throws BLK_OVERTAKEN when it was first written after the state shown. */
export function* readSlot(engine: Engine, slot: WordSlot): Steps<number> {
  const word = new Uint8Array(8);
  if (slot.absolute) {
    checkPlace(engine, slot.location);
    const known = engine.words.get(slot.location);
    if (known !== undefined) return known;
    yield* answer(engine.file.read(slot.location, word));
    // The copy may be of a later commit, of which this state knows nothing. Records are written before copies.
    const newest = engine.alone || engine.writing ? undefined : yield* engine.newest();
    if (newest?.words.has(slot.location)) throw engine.watch.overtakenError();
  } else {
    yield* readBlock(engine, slot.location, 0, word);
  }
  return getUint64(viewOf(word), 0);
}

/** Puts a block id into a slot, as part of the transaction. */
export function* writeSlot(engine: Engine, slot: WordSlot, id: number): Steps<void> {
  checkCount(id, 'id');
  engine.needWriting();
  if (!slot.absolute) {
    const word = new Uint8Array(8);
    setUint64(viewOf(word), 0, id);
    yield* writeBlock(engine, slot.location, word, 0);
    return;
  }
  const { words } = engine;
  checkPlace(engine, slot.location);
  if (!words.has(slot.location) && words.size === mostEntries) {
    throw errors.BLK_TOO_MANY_WORDS({
      message: `a storage keeps up to ${mostEntries} words outside of itself`,
    });
  }
  words.set(slot.location, id);
  engine.changed = true;
}

function checkPlace({ offset }: Engine, location: number): void {
  checkCount(location, 'location');
  if (location + 8 > offset) throw new RangeError(`a word at ${location} would lie inside the storage`);
}
