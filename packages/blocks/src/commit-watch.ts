import type { CheckedFile, Lease, Mode } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { getUint64, viewOf } from './bytes.js';
import { type CommitRecord, slots } from './commit-record.js';
import { errors } from './errors.js';
import { answer, type Steps } from './steps.js';

/** From the number of the first record to behind that of the second one. */
const firstHead = slots[0].at + 8;
const secondHead = slots[1].at - slots[0].at;
const headsBytes = secondHead + 8;

/** Before there is a view of the two numbers they are read so often: a first view may cost milliseconds, and each read one thousandth. */
const mostReads = 64;

/** What {@link CommitWatch} asks of the storage it watches. */
export interface Watched {
  readonly file: CheckedFile<Mode>;
  readonly offset: number;
  /** Nobody else writes the file. */
  readonly alone: boolean;
  readonly writing: boolean;
  /** The state shown. */
  readonly record: CommitRecord;
  newest(): Steps<CommitRecord>;
}

/**
 * Tells whether a writer elsewhere went on so far that what was read may be of a later state: when the newest commit
 * is neither the one shown nor the next. An earlier one is that of a file that was made anew.
 */
export class CommitWatch {
  readonly #storage: Watched;
  readonly #canView: boolean;
  /** The numbers of both records, where they lie. */
  #lease: Lease | undefined;
  #looks = 0;
  #seen: Uint8Array | undefined;
  #view: DataView | undefined;
  readonly #read = new Uint8Array(headsBytes);
  readonly #readView = viewOf(this.#read);

  constructor(storage: Watched) {
    this.#storage = storage;
    this.#canView = storage.file.mode === 'sync' && storage.file.manifest.capabilities.view === true;
  }

  /** Whether what was read is certain to be of the state shown, over a synchronous file. {@link stillThere} makes sure. */
  isCurrentNow(): boolean {
    const { alone, writing, offset } = this.#storage;
    if (alone || writing) return true;
    const file = this.#storage.file as CheckedFile<'sync'>;
    if (this.#canView && this.#looks++ > mostReads) {
      this.#lease ??= file.view(offset + firstHead, headsBytes);
      const bytes = this.#lease?.bytes;
      if (bytes?.length === headsBytes) {
        if (bytes !== this.#seen) {
          this.#seen = bytes;
          this.#view = viewOf(bytes);
        }
        return this.#isHere(this.#view!);
      }
    }
    this.#read.fill(0);
    file.read(offset + firstHead, this.#read);
    return this.#isHere(this.#readView);
  }

  *isOvertaken(): Steps<boolean> {
    const { alone, writing } = this.#storage;
    if (alone || writing) return false;
    if (this.#isHere(yield* this.#heads())) return false;
    const { sequence } = yield* this.#storage.newest();
    const shown = this.#storage.record.sequence;
    return sequence !== shown && sequence !== shown + 1;
  }

  /** Whether the file holds no other commit than the one shown. */
  *isNewest(): Steps<boolean> {
    const { record } = this.#storage;
    const view = yield* this.#heads();
    if (Math.max(getUint64(view, 0), getUint64(view, secondHead)) === record.sequence) return true;
    return (yield* this.#storage.newest()).sequence === record.sequence;
  }

  /** @throws BLK_CHANGED when the file holds a later commit than this one's writer began with. */
  *mustBeNewest(): Steps<void> {
    if (yield* this.isNewest()) return;
    throw errors.BLK_CHANGED({
      message: 'somebody else committed meanwhile',
      target: this.#storage.file.manifest.target,
      hint: 'two writers need a driver with locks, or an agreement of their own',
    });
  }

  /** @throws BLK_OVERTAKEN when what was just read may belong to a later state. */
  *stillThere(): Steps<void> {
    if (yield* this.isOvertaken()) throw this.overtakenError();
  }

  /** What to throw for a structure that is not what it should be: damage, or a writer that went on. */
  *judge(error: unknown): Steps<unknown> {
    if (isTerraneError(error, 'BLK_DAMAGED')) yield* this.stillThere();
    return error;
  }

  overtakenError(): Error {
    return errors.BLK_OVERTAKEN({
      message: 'a writer went on; begin again to read the latest state',
      op: 'read',
    });
  }

  *#heads(): Steps<DataView> {
    const { file, offset } = this.#storage;
    // Over an asynchronous file somebody else may be reading at the same time.
    const heads = file.mode === 'sync' ? this.#read.fill(0) : new Uint8Array(headsBytes);
    yield* answer(file.read(offset + firstHead, heads));
    return viewOf(heads);
  }

  /** Whether the records say at first sight that the state is there. A torn one may hide it. */
  #isHere(heads: DataView): boolean {
    const { sequence } = this.#storage.record;
    const newest = Math.max(getUint64(heads, 0), getUint64(heads, secondHead));
    return newest === sequence || newest === sequence + 1;
  }
}
