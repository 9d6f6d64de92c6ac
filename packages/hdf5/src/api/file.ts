import type { Mode, Out } from '@terrane/driver';
import type { DtypeName } from '../types/dtype.js';
import type { Dataset } from './dataset.js';
import type { FileContext } from './file-context.js';
import { Group, type Hdf5Object } from './group.js';
import { fileImage } from './image.js';

/** What a file is made of, for those who ask. */
export interface FileInfo {
  /** Version of the superblock, 0 to 3. */
  readonly superblock: number;
  /** Bytes before the HDF5 part. */
  readonly userBlock: number;
  /** End of the used address space, in bytes from the superblock. */
  readonly end: number;
  readonly writable: boolean;
}

/** An open HDF5 file. Over a synchronous driver its methods give values, over an asynchronous one promises. */
export class File<M extends Mode = Mode> implements Disposable, AsyncDisposable {
  readonly root: Group<M>;
  readonly #context: FileContext<M>;

  constructor(context: FileContext<M>) {
    this.#context = context;
    this.root = new Group(context, context.root, '/');
  }

  /** Whether its methods answer at once or by promise. */
  get mode(): M {
    return this.#context.mode;
  }

  get info(): FileInfo {
    const { superblock, store, settings } = this.#context;
    return {
      superblock: superblock.version,
      userBlock: superblock.base,
      end: store.space.end,
      writable: settings.writable,
    };
  }

  /** True once it was closed. */
  get closed(): boolean {
    return this.#context.closed;
  }

  /** The object a path leads to; `undefined` when there is none. */
  get(path: string): Out<M, Hdf5Object<M> | undefined> {
    return this.root.get(path);
  }

  /** The group a path leads to. @throws H5_NOT_FOUND, H5_WRONG_KIND */
  group(path: string): Out<M, Group<M>> {
    return this.root.group(path);
  }

  /** The dataset a path leads to. @throws H5_NOT_FOUND, H5_WRONG_KIND, H5_WRONG_TYPE */
  dataset<Name extends DtypeName = DtypeName>(path: string, type?: Name): Out<M, Dataset<M, Name>> {
    return this.root.dataset(path, type);
  }

  /** Writes all changes to the driver and has it make them durable. */
  flush(): Out<M, void> {
    return this.#context.flush();
  }

  /**
   * The whole file as bytes in fresh memory, changes included, without a user block: what `openFile` over a memory
   * driver, or any HDF5 library, opens again.
   */
  image(): Out<M, Uint8Array<ArrayBuffer>> {
    return fileImage(this.#context);
  }

  /** Writes all changes and closes the driver's file. When that fails, it stays open and can be closed again. */
  close(): Out<M, void> {
    return this.#context.close();
  }

  [Symbol.dispose](): void {
    if (this.mode === 'sync') this.close();
    else throw new TypeError('a file over an asynchronous driver is disposed of with `await using`');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
