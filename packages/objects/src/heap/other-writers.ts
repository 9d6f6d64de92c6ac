import { BlockStorage } from '@terrane/blocks';
import type { CheckedFile } from '@terrane/driver';
import { errors } from '../errors.js';

/** Watches a file that is written here and that no lock keeps others from writing, too. */
export class OtherWriters {
  /** A reader of the same file: it sees what is committed, whoever did it. */
  readonly #reader: BlockStorage<'sync'>;

  constructor(file: CheckedFile<'sync'>, offset: number) {
    this.#reader = BlockStorage.open(file, { offset, alone: false });
    this.#reader.begin();
  }

  /** The number of the newest commit in the file. */
  newest(): number {
    this.#reader.end();
    this.#reader.begin();
    return this.#reader.sequence;
  }

  /** Whether so much was committed since `newest` that what was just read may be of a later state. */
  overtook(): boolean {
    return !this.#reader.isCurrent();
  }
}

/** The error for a writer whose file somebody else has written. */
export function conflict(target: string, cause?: unknown): Error {
  return errors.OBJ_CONFLICT({
    message: 'somebody else committed to this file since it was opened here; nothing more is committed here',
    target,
    op: 'commit',
    hint: 'what is in memory can still be read and copied; open the store again to write. A driver with locks keeps writers apart',
    ...(cause !== undefined && { cause }),
  });
}
