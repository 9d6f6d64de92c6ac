import { type BlockEntry, unitBytes } from './block-entry.js';
import { roundUp } from './bytes.js';
import { commit } from './commit.js';
import { createStorage, emptyRecord } from './create-storage.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import { readData } from './read-block.js';
import { answer, type Steps } from './steps.js';
import { upsert } from './tree-change.js';
import { whileLocked } from './write-lock.js';

const pieceBytes = 1 << 20;

/** Writes what one storage shows into an empty file, block after block in the order of their ids. */
export function* copyStorage(from: Engine, to: Engine): Steps<void> {
  yield* mustBeEmpty(to);
  yield* whileLocked(to, function* () {
    // Somebody may have had the lock before.
    yield* mustBeEmpty(to);
    yield* copyInto(from, to);
  });
}

function* mustBeEmpty({ file, target }: Engine): Steps<void> {
  const size = yield* answer(file.size());
  if (size === 0) return;
  throw errors.BLK_NOT_EMPTY({
    message: `${target} has ${size} bytes already`,
    target,
    length: size,
    hint: 'open it with mode "w", which empties it',
  });
}

function* copyInto(from: Engine, to: Engine): Steps<void> {
  const { sequence, nextId } = from.record;
  // Nodes of indexes say which commit wrote them, so the numbers go on.
  const record = { ...emptyRecord(to.offset), sequence, nextId };
  yield* createStorage(to, record, function* () {
    to.show(record);
    yield* to.space.prepare();
    to.writing = true;
    yield* copyHead(from, to);
    yield* copyBlocks(from, to);
    for (const [location, value] of from.record.words) to.words.set(location, value);
    yield* commit(to, true);
    to.writing = false;
  });
}

/** What the embedding format has before the storage. */
function* copyHead(from: Engine, to: Engine): Steps<void> {
  for (let at = 0; at < to.offset; at += pieceBytes) {
    const piece = new Uint8Array(Math.min(pieceBytes, to.offset - at));
    const count = yield* answer(from.file.read(at, piece));
    yield* answer(to.file.write(at, piece.subarray(0, count), { kind: 'superblock' }));
  }
  // Words in it that no record has are those of this very state only while it is the newest.
  if (from.alone || from.writing) return;
  if ((yield* from.newest()).sequence !== from.record.sequence) throw from.watch.overtakenError();
}

function* copyBlocks(from: Engine, to: Engine): Steps<void> {
  const entries: BlockEntry[] = [];
  yield* from.allocations.visit({}, (entry) => {
    entries.push(entry);
    return true;
  });
  for (const { id, address, size } of entries) {
    const place = address === 0 ? 0 : to.space.take(roundUp(size, unitBytes));
    for (let done = 0; done < size && address !== 0; done += pieceBytes) {
      const piece = new Uint8Array(Math.min(pieceBytes, size - done));
      yield* readData(from, address + done, piece);
      yield* from.watch.stillThere();
      yield* to.output.write(place + done, piece, 'raw');
    }
    yield* upsert(to.allocations, { id, address: place, size });
  }
  to.blockCount = from.record.blockCount;
  to.blockBytes = from.record.blockBytes;
}
