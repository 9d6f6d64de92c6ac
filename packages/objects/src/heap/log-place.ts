import { type BlockStorage, WordSlot } from '@terrane/blocks';
import { errors } from '../errors.js';
import { ChangeLog } from './change-log.js';
import { pageBytes } from './segment.js';

/*
 * Words of the store's header, which a commit of the block storage sets: the id of the log's block, and the number of the log.
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

/** Reads the log that belongs to the state that a storage shows: as far as it goes, and why not farther when it is damaged. */
export function readLog(storage: BlockStorage<'sync'>): { log: ChangeLog; damage?: Error } {
  const damaged = (message: string) => {
    const { target } = storage.file.manifest;
    return errors.OBJ_DAMAGED({ message, structure: 'log', target });
  };
  const block = storage.readSlot(blockSlot);
  const number = storage.readSlot(numberSlot);
  if (block === 0) return { log: noLog(storage) };
  if (!storage.has(block))
    return { log: noLog(storage), damage: damaged('the commit record is gone that made the log') };
  const bytes = storage.sizeOf(block);
  if (bytes < 2 * leastLog || bytes > 2 * mostLog || bytes % 16 !== 0)
    return { log: noLog(storage), damage: damaged(`a log cannot be ${bytes} bytes long`) };
  const log = new ChangeLog(storage, block, number, bytes);
  log.readOn();
  // What was there before it was read may have been written before the rest was: then it is there now.
  while (!log.closed && log.isTorn()) {
    if (log.readOn() > 0) continue;
    return { log, damage: damaged(`a record at ${log.length} of the log is not what its checksum says`) };
  }
  return new ChangeLog(storage, block, number + 1, bytes).hasMore()
    ? { log, damage: damaged('the commit record is gone that the next log goes on from') }
    : { log };
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
  if (block !== 0) storage.writeSlot(numberSlot, number);
  return new ChangeLog(storage, block, number, bytes);
}
