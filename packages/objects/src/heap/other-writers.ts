import { BlockStorage } from '@terrane/blocks';
import type { CheckedFile } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';

/** Watches a file that is written here and that no lock keeps others from writing, too. */
export class OtherWriters {
  /** A reader of the same file: it sees what is committed, whoever did it. */
  readonly #reader: BlockStorage<'sync'>;
  #reading = false;

  constructor(file: CheckedFile<'sync'>, offset: number) {
    this.#reader = BlockStorage.open(file, { offset, alone: false });
    this.#begin();
  }

  /** What is committed now is our own. When that cannot be read, it is tried again with the next question. */
  committed(): void {
    if (this.#reading) this.#reader.end();
    this.#reading = false;
    try {
      this.#begin();
    } catch (error) {
      if (!isTerraneError(error)) throw error;
    }
  }

  /** Whether so much was committed since `committed` that what was just read may be of a later state. */
  overtook(): boolean {
    if (!this.#reading) this.#begin();
    return !this.#reader.isCurrent();
  }

  #begin(): void {
    this.#reader.begin();
    this.#reading = true;
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
