import { isTerraneError } from '@terrane/errors';
import { unitBytes } from './block-entry.js';
import { type BlockInfo, listBlocks } from './block-info.js';
import { getUint64, roundUp, viewOf } from './bytes.js';
import { checkBounds } from './check-bounds.js';
import { controlBytes } from './commit-record.js';
import type { Engine } from './engine.js';
import { answer, type Steps } from './steps.js';
import { decodeHeader, headerBytes } from './storage-header.js';

/** One thing that is wrong with a storage. */
export interface Problem {
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** The structure of the format it is about. */
  readonly structure: string;
  /** Where in the file, when there is one place. */
  readonly offset?: number;
  /** Only a copy is out of date, which the next commit brings right; everything reads as it should. */
  readonly harmless?: true;
}

/** Walks everything that the committed state consists of and returns what is not as it should be. */
export function* verify(engine: Engine): Steps<Problem[]> {
  const problems: Problem[] = [];
  try {
    yield* checkCopies(engine, problems);
    checkTiling(yield* listBlocks(engine), engine, problems);
    yield* checkTrees(engine, problems);
  } catch (error) {
    if (!isTerraneError(error, 'BLK_DAMAGED') && !isTerraneError(error, 'BLK_NOT_A_STORAGE')) throw error;
    const { message, structure = 'storage', offset } = error;
    problems.push({ message, structure, ...(offset !== undefined && { offset }) });
  }
  return problems;
}

/** Header, words and length of the file follow the record after the commit; a crash in between leaves them behind. */
function* checkCopies(engine: Engine, problems: Problem[]): Steps<void> {
  const { file, offset, record } = engine;
  const stale = (structure: string, at: number) =>
    problems.push({
      message: `${structure} is not what was committed`,
      structure,
      offset: at,
      harmless: true,
    });
  const header = new Uint8Array(headerBytes);
  yield* answer(file.read(offset, header));
  const roots = decodeHeader(header, offset);
  if (roots.allocations !== record.allocations || roots.free !== record.free)
    stale('storage header', offset + 10);
  for (const [location, value] of record.words) {
    const word = new Uint8Array(8);
    yield* answer(file.read(location, word));
    if (getUint64(viewOf(word), 0) !== value) stale('word', location);
  }
  const size = yield* answer(file.size());
  if (size > record.end) stale('length of the file', record.end);
  // A loss of power may have taken what no block needs of the last unit.
  if (size < record.end && roundUp(size, unitBytes) === record.end) stale('length of the file', size);
  else if (size < record.end) {
    const message = `the file has ${size} bytes, the storage reaches to ${record.end}`;
    problems.push({ message, structure: 'storage', offset: size });
  }
}

function checkTiling(pieces: readonly BlockInfo[], engine: Engine, problems: Problem[]): void {
  const { record, offset } = engine;
  let at = offset + headerBytes;
  for (const { kind, start, end, id } of pieces) {
    const what = id ? `${kind} ${id}` : kind;
    if (start > at)
      problems.push({ message: `nothing says what is here, before ${what}`, structure: kind, offset: at });
    if (start < at)
      problems.push({ message: `${what} overlaps what is before it`, structure: kind, offset: start });
    at = Math.max(at, end);
  }
  if (at !== record.end) {
    problems.push({
      message: `the pieces end at ${at}, the storage at ${record.end}`,
      structure: 'storage',
      offset: at,
    });
  }
  if (record.end < offset + controlBytes) {
    problems.push({ message: `the storage ends at ${record.end}`, structure: 'commit record' });
  }
}

function* checkTrees(engine: Engine, problems: Problem[]): Steps<void> {
  const { record, allocations, freeTree } = engine;
  const wrong = (structure: string, message: string, offset?: number) =>
    problems.push({ structure, message, ...(offset !== undefined && { offset }) });
  yield* checkBounds(allocations);
  yield* checkBounds(freeTree);
  let [count, bytes] = [0, 0];
  yield* allocations.visit({}, ({ size }) => {
    count++;
    bytes += size;
    return true;
  });
  if (count !== record.blockCount || bytes !== record.blockBytes)
    wrong('commit record', 'number or size of blocks');
  let [end, chunks, free] = [0, 0, 0];
  yield* freeTree.visit({}, ({ address, size }) => {
    if (address <= end) wrong('free-chunks node', 'free chunks that touch are not joined', address);
    end = address + size;
    chunks++;
    free += size;
    return true;
  });
  if (chunks !== record.freeCount || free !== record.freeBytes)
    wrong('commit record', 'number or size of free chunks');
}
