import type { CheckedFile, Mode } from '@terrane/driver';
import { getUint64, setUint64, viewOf } from './bytes.js';
import { controlBytes } from './commit-record.js';
import { errors } from './errors.js';
import { answer, type Steps } from './steps.js';

/*
 * What a writer without locks puts into the last bytes of the control area before it writes anything else of a
 * transaction, little-endian:
 *
 *    0   4  'BSTW'
 *    4   4  zeros
 *    8   8  a number drawn at random, below 2^53
 *   16  16  zeros
 */
export const claimBytes = 32;
const magic = 0x57545342;

/**
 * By which two writers without locks find out that both are staging: the one that began to write first sees, before its
 * next write and before its commit, that the claim is no longer its own.
 */
export class WriterClaim {
  readonly #file: CheckedFile<Mode>;
  readonly #at: number;
  readonly #number: number;
  #held = false;

  constructor(file: CheckedFile<Mode>, offset: number) {
    this.#file = file;
    this.#at = offset + controlBytes - claimBytes;
    const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
    this.#number = (high & 0x1f_ffff) * 0x1_0000_0000 + low;
  }

  /** Takes what is to be written as a transaction of its own, or makes sure that nobody took it since. @throws BLK_CHANGED */
  *hold(): Steps<void> {
    const bytes = new Uint8Array(claimBytes);
    const view = viewOf(bytes);
    if (this.#held) {
      yield* answer(this.#file.read(this.#at, bytes));
      if (view.getUint32(0, true) === magic && getUint64(view, 8) === this.#number) return;
      throw errors.BLK_CHANGED({
        message: 'somebody else began to write, maybe to the same places',
        target: this.#file.manifest.target,
        hint: 'two writers need a driver with locks, or an agreement of their own',
      });
    }
    view.setUint32(0, magic, true);
    setUint64(view, 8, this.#number);
    yield* answer(this.#file.write(this.#at, bytes, { kind: 'superblock' }));
    this.#held = true;
  }

  /** The transaction is over. */
  end(): void {
    this.#held = false;
  }
}
