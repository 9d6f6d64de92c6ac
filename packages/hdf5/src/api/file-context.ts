import { type CheckedFile, chain, type Mode, type Out, settled } from '@terrane/driver';
import { errors } from '../errors.js';
import type { Superblock } from '../format/superblock.js';
import type { Tree } from '../index/resolve-path.js';
import type { FileTraits } from '../index/superblock-extension.js';
import { commitStaged } from '../store/commit.js';
import { inMode } from '../store/in-turn.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { Runner } from '../store/runner.js';

/** What the objects of one open file share. */
export class FileContext<M extends Mode> implements Tree {
  readonly store: MetadataStore;
  readonly handle: CheckedFile<M>;
  readonly #runner: Runner<M>;
  #superblock: Superblock;
  #closed = false;
  /** The last change under way; the next waits for it. */
  #tail: PromiseLike<unknown> | undefined;

  constructor(
    handle: CheckedFile<M>,
    store: MetadataStore,
    superblock: Superblock,
    readonly traits: FileTraits,
    readonly settings: { readonly writable: boolean; readonly trackTimes: boolean },
  ) {
    this.handle = handle;
    this.store = store;
    this.#superblock = superblock;
    this.#runner = new Runner(handle, store);
  }

  get mode(): M {
    return this.handle.mode;
  }

  get superblock(): Superblock {
    return this.#superblock;
  }

  get k(): FileTraits['k'] {
    return this.traits.k;
  }

  get root(): number {
    return this.#superblock.root;
  }

  /** Objects are written the old way beside an old superblock, so that readers of every age open them. */
  get generation(): 'old' | 'new' {
    return this.#superblock.version < 2 ? 'old' : 'new';
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs restartable code. @throws H5_CLOSED */
  run<T>(attempt: () => T): Out<M, T> {
    return this.guard(() => this.#runner.run(attempt));
  }

  /** Runs any code of the file's mode, unless the file is closed; failures come the way the mode has them. */
  guard<T>(action: () => Out<M, T>): Out<M, T> {
    return inMode(this.mode, () => {
      if (this.#closed) throw this.closedError();
      return action();
    });
  }

  /** What every use of a closed file ends in. */
  closedError(): Error {
    const { target } = this.handle.manifest;
    return errors.H5_CLOSED({ message: `${target} is closed`, target });
  }

  /** Runs a change: one after another, whatever the mode. @throws H5_READ_ONLY, H5_CLOSED */
  edit<T>(change: () => Out<M, T>): Out<M, T> {
    return this.guard(() =>
      this.exclusively(() => {
        if (this.settings.writable) return change();
        throw errors.H5_READ_ONLY({
          message: `${this.handle.manifest.target} was opened for reading only`,
          target: this.handle.manifest.target,
          hint: "open it with the mode 'r+' or 'a'",
        });
      }),
    );
  }

  /** Runs something while nothing else changes the file. */
  exclusively<T>(action: () => Out<M, T>): Out<M, T> {
    if (this.mode === 'sync') return action();
    const result = Promise.resolve(this.#tail).then(action, action) as Promise<T>;
    this.#tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result as Out<M, T>;
  }

  /** Writes what is staged; on a file that cannot be written there is nothing to do. */
  flush(): Out<M, void> {
    return this.guard(() => this.exclusively(() => this.flushNow()));
  }

  /** As `flush`, for those who have the file exclusively already. */
  flushNow(): Out<M, void> {
    if (!this.settings.writable) return settled(this.mode, undefined) as Out<M, void>;
    return chain<M, Superblock, void>(
      commitStaged(this.handle, this.store, this.#superblock),
      (superblock) => {
        this.#superblock = superblock;
        return settled(this.mode, undefined) as Out<M, void>;
      },
    );
  }

  /** Writes what is staged and closes the handle. When that fails the file stays open and can be closed again. */
  close(): Out<M, void> {
    const nothing = settled(this.mode, undefined) as Out<M, void>;
    return this.exclusively(() => {
      if (this.#closed) return nothing;
      return chain<M, void, void>(this.flushNow(), () =>
        chain<M, void, void>(this.handle.close(), () => {
          this.#closed = true;
          return nothing;
        }),
      );
    });
  }
}
