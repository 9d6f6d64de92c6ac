import type { LockLease } from '@terrane/driver';
import { commit, tidy } from './commit.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import type { Steps } from './steps.js';
import { busy, lockForWriting } from './write-lock.js';

/** Who may do what at a storage: any number of readers here, or one writer, which also keeps other processes out. */
export class Access {
  readonly #engine: Engine;
  #readers = 0;
  #lock: LockLease | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  *begin(): Steps<void> {
    if (this.#engine.writing) throw busy('this storage is being written');
    if (this.#readers === 0) yield* this.#engine.refresh();
    this.#readers++;
  }

  *refresh(): Steps<void> {
    if (this.#engine.writing) throw busy('this storage is being written');
    yield* this.#engine.refresh();
  }

  *end(): Steps<void> {
    const { writing } = this.#engine;
    if (!writing && this.#readers === 0) {
      throw errors.BLK_NOT_WRITING({ message: 'end() without begin()', op: 'end' });
    }
    if (!writing) {
      this.#readers--;
      return;
    }
    yield* this.commit(false);
    this.#leave();
  }

  *beginWrite(): Steps<void> {
    if (this.#engine.writing) throw busy('this storage is being written');
    if (this.#readers > 0) throw busy('this storage is being read: upgrade() or end() first');
    yield* this.#enter();
  }

  *upgrade(): Steps<void> {
    const engine = this.#engine;
    if (engine.writing || this.#readers !== 1) throw busy('upgrade() needs exactly one begin() before it');
    yield* this.#enter(engine.record.sequence);
  }

  *relinquish(): Steps<void> {
    this.#engine.needWriting();
    yield* this.commit(false);
    this.#leave();
    this.#readers = Math.max(this.#readers, 1);
  }

  *commit(always: boolean): Steps<void> {
    const engine = this.#engine;
    engine.needWriting();
    if (engine.changed || always) yield* engine.change(commit(engine));
  }

  *rollback(): Steps<void> {
    const engine = this.#engine;
    if (!engine.writing) return;
    // First of all what needs no file.
    engine.show(engine.record);
    try {
      yield* engine.refresh();
      yield* tidy(engine);
    } finally {
      this.#leave();
    }
  }

  /** @param read - The state that is to be written, when it is not just the newest one. */
  *#enter(read?: number): Steps<void> {
    const engine = this.#engine;
    this.#lock = yield* lockForWriting(engine);
    try {
      if (read !== undefined && (yield* engine.newest()).sequence !== read) {
        throw errors.BLK_CHANGED({ message: 'the state that was read is not the newest: begin again' });
      }
      yield* engine.refresh();
      yield* engine.mustBeWhole();
      yield* tidy(engine);
      yield* engine.space.prepare();
      engine.writing = true;
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  #leave(): void {
    this.#engine.writing = false;
    this.#lock?.release();
    this.#lock = undefined;
  }
}
