import type { Engine } from './engine.js';
import type { Steps } from './steps.js';

/** Figures of the committed state, in bytes where not said otherwise. */
export interface StorageStat {
  /** The number of the last commit. */
  readonly sequence: number;
  /** How many blocks there are. */
  readonly blocks: number;
  /** Their sizes, added up. */
  readonly blockBytes: number;
  /** How many free chunks there are. */
  readonly freeChunks: number;
  readonly freeBytes: number;
  /** Freed by the last two commits and not to be used yet. */
  readonly restingBytes: number;
  /** From the start of the storage to its end. */
  readonly length: number;
}

/** What the commit record says, and the list of resting ranges. */
export function* readStat({ record, space, offset }: Engine): Steps<StorageStat> {
  const { ranges } = yield* space.readResting();
  return {
    sequence: record.sequence,
    blocks: record.blockCount,
    blockBytes: record.blockBytes,
    freeChunks: record.freeCount,
    freeBytes: record.freeBytes,
    restingBytes: ranges.reduce((sum, { size }) => sum + size, 0),
    length: record.end - offset,
  };
}
