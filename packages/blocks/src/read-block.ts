import type { CheckedFile } from '@terrane/driver';
import type { BlockEntry } from './block-entry.js';
import { checkCount, isCount } from './check-count.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import { answer, type Steps } from './steps.js';
import { notResident } from './tree.js';

/** A stretch of a block: `count` bytes, of which the first `stored` lie at `address` and the others are zeros. */
export interface Located {
  readonly address: number;
  readonly count: number;
  readonly stored: number;
}

const raw = { kind: 'raw' } as const;

/** Fills `target` from a block and returns how many bytes there were. */
export function* readBlock(engine: Engine, id: number, position: number, target: Uint8Array): Steps<number> {
  return yield* readLocated(engine, yield* locate(engine, id, position, target.length), target);
}

/**
 * {@link readBlock} without steps, over a synchronous file.
 *
 * @returns nothing when that takes more than what is in memory, or when something is wrong: the steps tell then.
 */
export function readBlockNow(
  engine: Engine,
  id: number,
  position: number,
  target: Uint8Array,
): number | undefined {
  const where = locateNow(engine, id, position, target.length);
  if (where === undefined) return undefined;
  const { address, count, stored } = where;
  if (engine.output.touches(address, stored)) return undefined;
  if (stored > 0) {
    const part = stored === target.length ? target : target.subarray(0, stored);
    if ((engine.file as CheckedFile<'sync'>).read(address, part, raw) !== stored) return undefined;
  }
  if (stored < count) target.fill(0, stored, count);
  return engine.watch.isCurrentNow() ? count : undefined;
}

/** Where the bytes of a block lie that were written, from `position` and at most `length`; the rest are zeros. */
export function* locate(engine: Engine, id: number, position: number, length: number): Steps<Located> {
  checkCount(position, 'position');
  return located(engine, yield* engine.entry(id), position, length);
}

/** {@link locate} without steps, when the block is there and the way to it is in memory. */
export function locateNow(engine: Engine, id: number, position: number, length: number): Located | undefined {
  const entry = engine.allocations.findResident(id);
  if (entry === undefined || entry === notResident || !isCount(position)) return undefined;
  return located(engine, entry, position, length);
}

/** Fills `target` with what was located, and returns how many bytes that were. */
export function* readLocated(
  engine: Engine,
  { address, count, stored }: Located,
  target: Uint8Array,
): Steps<number> {
  const { sequence } = engine.record;
  if (stored > 0) yield* readData(engine, address, target.subarray(0, stored));
  target.fill(0, stored, count);
  // This very storage may have gone on, too, while an asynchronous read was under way.
  const now = engine.record.sequence;
  if (now !== sequence && now !== sequence + 1) throw engine.watch.overtakenError();
  yield* engine.watch.stillThere();
  return count;
}

/** Bytes of blocks, all of them. */
export function* readData(engine: Engine, address: number, target: Uint8Array): Steps<void> {
  yield* sendBefore(engine, address, target.length);
  const count = yield* answer(engine.file.read(address, target, raw));
  if (count === target.length) return;
  yield* engine.watch.stillThere();
  throw errors.BLK_DAMAGED({
    message: 'the file ends before a block does',
    offset: address,
    length: target.length,
    structure: 'block',
  });
}

/** Bytes that are still to be written are written before somebody reads them. */
export function* sendBefore(engine: Engine, address: number, length: number): Steps<void> {
  if (engine.output.touches(address, length)) yield* engine.change(engine.output.send());
}

function located(
  { fresh }: Engine,
  { id, address, size }: BlockEntry,
  position: number,
  length: number,
): Located {
  const count = Math.max(0, Math.min(length, size - position));
  const there = address === 0 ? 0 : (fresh.get(id)?.written ?? size);
  return { address: address + position, count, stored: Math.max(0, Math.min(count, there - position)) };
}
