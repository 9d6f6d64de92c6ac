import {
  type Driver,
  type DriverFile,
  defineManifest,
  ioErrors,
  type Manifest,
  type OpenMode,
  openIntent,
} from '@terrane/driver';

/** The part of a browser's `FileSystemSyncAccessHandle` that is used. */
export interface SyncAccessHandle {
  getSize(): number;
  read(target: Uint8Array, options: { readonly at: number }): number;
  write(source: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/**
 * A file of the browser's origin-private file system, at once and without copies; in a worker, where alone browsers
 * allow that. Elsewhere the file can be read through the driver `blob`.
 *
 * Resource `handle`: what {@link openOpfsHandle} gives for the same name and mode. Nobody else can open the file
 * meanwhile.
 */
export const opfs: Driver<'sync'> = Object.freeze({
  name: 'opfs',
  contract: 1,
  mode: 'sync',
  resources: ['handle'],
  open(spec, resources) {
    const handle = resources?.handle as SyncAccessHandle | undefined;
    if (handle === undefined) {
      throw ioErrors.IO_NOT_FOUND({
        message: 'no handle was handed in',
        hint: 'give what openOpfsHandle answers as the resource `handle`',
      });
    }
    return new OpfsFile(handle, spec.name ?? '(handle)', openIntent(spec.mode).write);
  },
} satisfies Driver<'sync'>);

/** Where to look for a file: anything like a `FileSystemDirectoryHandle`. */
interface Folder {
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<unknown>;
}

/**
 * Opens a file of the origin-private file system for the driver {@link opfs}: finds, makes or empties it as the mode says.
 *
 * @param folder - The root unless given.
 * @throws IO_NOT_FOUND, IO_EXISTS, IO_IS_DIRECTORY, IO_LOCKED when another handle is open, IO_UNSUPPORTED outside of workers.
 */
export async function openOpfsHandle(
  name: string,
  mode: OpenMode = 'r',
  folder?: Folder,
): Promise<SyncAccessHandle> {
  const intent = openIntent(mode);
  const { navigator } = globalThis as unknown as {
    navigator?: { storage?: { getDirectory(): Promise<Folder> } };
  };
  const root = folder ?? (await navigator?.storage?.getDirectory());
  if (!root) throw unsupported(name);
  try {
    if (intent.exclusive) await refuseExisting(root, name);
    const file = (await root.getFileHandle(name, { create: intent.create })) as {
      createSyncAccessHandle?(): Promise<SyncAccessHandle>;
    };
    if (!file.createSyncAccessHandle) throw unsupported(name);
    const handle = await file.createSyncAccessHandle();
    if (intent.empty) handle.truncate(0);
    return handle;
  } catch (error) {
    throw browserError(error, name);
  }
}

async function refuseExisting(root: Folder, name: string): Promise<void> {
  const found = await root.getFileHandle(name).catch(() => undefined);
  if (found) throw ioErrors.IO_EXISTS({ message: `${name} exists`, target: name });
}

function unsupported(name: string): Error {
  return ioErrors.IO_UNSUPPORTED({
    message: 'there is no origin-private file system with synchronous access here',
    target: name,
    feature: 'createSyncAccessHandle',
    hint: 'use it in a dedicated worker of a secure page',
  });
}

/** What the names of a browser's exceptions mean to us. */
const meanings = {
  NotFoundError: 'IO_NOT_FOUND',
  TypeMismatchError: 'IO_IS_DIRECTORY',
  NoModificationAllowedError: 'IO_LOCKED',
  NotAllowedError: 'IO_PERMISSION',
  SecurityError: 'IO_PERMISSION',
  QuotaExceededError: 'IO_NO_SPACE',
  InvalidStateError: 'IO_CLOSED',
} as const;

function browserError(error: unknown, target: string): unknown {
  const { name, message } = (error ?? {}) as { name?: string; message?: string };
  const code = meanings[name as keyof typeof meanings];
  return code ? ioErrors[code]({ message: `${target}: ${message}`, target, cause: error }) : error;
}

class OpfsFile implements DriverFile<'sync'> {
  readonly mode = 'sync';
  readonly manifest: Manifest;
  readonly #handle: SyncAccessHandle;
  readonly #name: string;

  constructor(handle: SyncAccessHandle, name: string, writable: boolean) {
    this.#handle = handle;
    this.#name = name;
    this.manifest = defineManifest({
      driver: 'opfs',
      target: name,
      capabilities: writable ? { write: true, truncate: true, flush: true } : {},
      // The browser lets nobody else open the file while there is a handle.
      guarantees: writable ? { durableFlush: true } : { immutable: true },
      hints: { latency: 'local', blockBytes: 4096 },
    });
  }

  size(): number {
    return this.#typed(() => this.#handle.getSize());
  }

  read(position: number, target: Uint8Array): number {
    return this.#typed(() => this.#handle.read(target, { at: position }));
  }

  write(position: number, source: Uint8Array): void {
    for (let done = 0; done < source.length; ) {
      const count = this.#typed(() => this.#handle.write(source.subarray(done), { at: position + done }));
      if (count === 0) throw ioErrors.IO_NO_SPACE({ message: `${this.#name} takes no more bytes` });
      done += count;
    }
  }

  truncate(size: number): void {
    this.#typed(() => this.#handle.truncate(size));
  }

  flush(): void {
    this.#typed(() => this.#handle.flush());
  }

  close(): void {
    this.#handle.close();
  }

  #typed<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw browserError(error, this.#name);
    }
  }
}
