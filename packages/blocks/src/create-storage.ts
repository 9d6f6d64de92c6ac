import { type CommitRecord, controlBytes, encodeRecord, slotOf } from './commit-record.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import { answer, type Steps } from './steps.js';
import { encodeHeader, magicBytes } from './storage-header.js';

/** The first state of a new storage: nothing in it. */
export function emptyRecord(offset: number): CommitRecord {
  return {
    sequence: 1,
    allocations: 0,
    free: 0,
    nextId: 1,
    end: offset + controlBytes,
    resting: 0,
    restingPages: 0,
    blockCount: 0,
    blockBytes: 0,
    freeCount: 0,
    freeBytes: 0,
    words: new Map(),
    ranges: [],
  };
}

/**
 * Writes a storage. The magic comes last: where it is, all the rest is there, too.
 *
 * @param fill - Puts into it what it is to hold from the beginning; otherwise it is empty.
 * @throws BLK_FULL when the limit has no room for it.
 */
export function* createStorage(
  { file, offset, limit, target }: Engine,
  record: CommitRecord,
  fill?: () => Steps<void>,
): Steps<void> {
  if (offset + controlBytes > limit) {
    const message = `an empty storage at ${offset} takes ${offset + controlBytes} bytes, the limit is ${limit}`;
    throw errors.BLK_FULL({ message, length: controlBytes, target });
  }
  const control = new Uint8Array(controlBytes);
  const header = encodeHeader(record);
  control.set(header);
  control.fill(0, 0, magicBytes);
  control.set(encodeRecord(record), slotOf(record.sequence).at);
  yield* answer(file.truncate(offset + controlBytes));
  yield* answer(file.write(offset, control, { kind: 'superblock' }));
  yield* answer(file.flush());
  if (fill) yield* fill();
  yield* answer(file.write(offset, header.subarray(0, magicBytes), { kind: 'superblock' }));
  yield* answer(file.flush());
}
