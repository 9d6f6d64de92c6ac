import type { Driver, Spec } from './driver.js';
import { ioErrors } from './errors.js';
import { MemoryFile, MemoryStore } from './memory-file.js';
import { openIntent } from './open-mode.js';

/** {@link memoryDriver}'s result: a driver, and what lies on its imaginary disk. */
export interface MemoryDriver extends Driver<'sync'> {
  /** The files by name. Whoever opens a name gets the same bytes as everybody else who has it open. */
  readonly files: Map<string, MemoryStore>;
}

/**
 * The reference driver: an imaginary disk in memory, its own for every call, with all optional operations.
 * Other drivers are compared with it; for in-memory files with saving and images use `core` of `@terrane/drivers`.
 *
 * @param initial - Files that are there from the beginning; their bytes are copied.
 */
export function memoryDriver(initial: Readonly<Record<string, Uint8Array>> = {}): MemoryDriver {
  const files = new Map(Object.entries(initial).map(([name, bytes]) => [name, new MemoryStore(bytes)]));
  return {
    name: 'memory',
    contract: 1,
    mode: 'sync',
    schemes: ['memory'],
    files,
    open({ name, mode }: Spec) {
      const intent = openIntent(mode);
      // A file without a name is nobody else's.
      let store = name === undefined ? undefined : files.get(name);
      if (!store && !intent.create) {
        throw ioErrors.IO_NOT_FOUND({ message: `there is no memory file ${JSON.stringify(name ?? '')}` });
      }
      if (store && intent.exclusive)
        throw ioErrors.IO_EXISTS({ message: `there is a memory file "${name}"` });
      if (store && intent.empty) store.resize(0);
      store ??= new MemoryStore();
      if (name !== undefined) files.set(name, store);
      return new MemoryFile(store, name ?? '(memory)', intent.write);
    },
  };
}
