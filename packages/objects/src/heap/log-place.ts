import { type BlockStorage, WordSlot } from '@terrane/blocks';
import { errors } from '../errors.js';
import { ChangeLog } from './change-log.js';
import { pageBytes } from './segment.js';

/*
 * Words of the store's header, which each commit of pages sets: the id of the log's block, and the number of the log, which goes on
 * also while there is none.
 */
const blockSlot = WordSlot.at(16);
const numberSlot = WordSlot.at(24);

/** The least and the most that a log is long. */
export const leastLog = 1 << 16;
const mostLog = 1 << 20;

/** How long the log of so many pages should be: an eighth of the heap, within limits. */
export function logBytesFor(pages: number): number {
  const eighth = 2 ** Math.ceil(Math.log2((Math.max(1, pages) * pageBytes) / 8));
  return Math.min(mostLog, Math.max(leastLog, eighth));
}

/** A log without a place, which never has room. */
export function noLog(storage: BlockStorage<'sync'>): ChangeLog {
  return new ChangeLog(storage, 0, 0, 0);
}

/** A log as far as it can be read, and why not farther when it is damaged. */
interface ReadLog {
  readonly log: ChangeLog;
  readonly damage?: Error;
}

/** Reads the log that belongs to the state that a storage shows. */
export function readLog(storage: BlockStorage<'sync'>): ReadLog {
  const block = storage.readSlot(blockSlot);
  const number = storage.readSlot(numberSlot);
  const isThere = block !== 0 && storage.has(block);
  const read = isThere ? readBlock(storage, block, number) : { log: noLog(storage) };
  if (read.damage) return read;
  // The copy in the header is written after a commit: one that is ahead is of a commit that was there, and so is the next log.
  const isPassed =
    (block !== 0 && !isThere) ||
    numberInHeader(storage) === number + 1 ||
    (isThere && new ChangeLog(storage, block, number + 1, storage.sizeOf(block)).hasMore());
  if (!isPassed || !storage.isNewest()) return read;
  return { ...read, damage: damaged(storage, 'the record of the last commit of pages is gone') };
}

function readBlock(storage: BlockStorage<'sync'>, block: number, number: number): ReadLog {
  const bytes = storage.sizeOf(block);
  if (bytes < 2 * leastLog || bytes > 2 * mostLog || bytes % 16 !== 0)
    return { log: noLog(storage), damage: damaged(storage, `a log cannot be ${bytes} bytes long`) };
  const log = new ChangeLog(storage, block, number, bytes);
  log.readOn();
  // What was there before it was read may have been written before the rest was: then it is there now.
  while (!log.closed && log.isTorn()) {
    if (log.readOn() > 0) continue;
    const message = `a record at ${log.length} of the log is not what its checksum says`;
    return { log, damage: damaged(storage, message) };
  }
  return { log };
}

/** The copy of the log's number that stands in the file. */
function numberInHeader({ file }: BlockStorage<'sync'>): number {
  const word = new Uint8Array(8);
  file.read(numberSlot.location, word);
  return Number(new DataView(word.buffer).getBigUint64(0, true));
}

function damaged({ file }: BlockStorage<'sync'>, message: string): Error {
  return errors.OBJ_DAMAGED({ message, structure: 'log', target: file.manifest.target });
}

/**
 * Stages the log that follows on another one with the next commit of pages.
 *
 * @param wanted - How long it should be: it stays in the same block, in the other half, unless that is much less. With 0,
 *   there is none any more.
 */
export function nextLog(storage: BlockStorage<'sync'>, before: ChangeLog, wanted: number): ChangeLog {
  const number = storage.readSlot(numberSlot) + 1;
  const keeps = wanted !== 0 && before.block !== 0 && wanted < 4 * before.room;
  if (!keeps && before.block !== 0) storage.free(before.block);
  const bytes = 2 * (keeps ? before.room : wanted);
  const block = keeps ? before.block : bytes === 0 ? 0 : storage.allocateInPlace(bytes);
  // Also when what it leads to could not be read.
  if (storage.readSlot(blockSlot) !== block) storage.writeSlot(blockSlot, block);
  storage.writeSlot(numberSlot, number);
  return new ChangeLog(storage, block, number, bytes);
}
