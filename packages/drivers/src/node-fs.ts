import { driverErrors } from '@terrane/driver';

/** What `fstatSync` and `statSync` must tell. */
export interface FileStats {
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/**
 * The calls of `node:fs` that the drivers for local files use. Another implementation can be handed in as the
 * resource `fs`: a virtual file system in a browser, or one that fails on purpose.
 */
export interface FileSystem {
  readonly constants: Readonly<
    Record<'O_RDONLY' | 'O_RDWR' | 'O_CREAT' | 'O_EXCL' | 'O_TRUNC' | 'R_OK' | 'W_OK', number>
  > & { readonly O_NONBLOCK?: number };
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(fd: number): void;
  readSync(fd: number, target: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(fd: number, source: Uint8Array, offset: number, length: number, position: number): number;
  ftruncateSync(fd: number, length: number): void;
  fsyncSync(fd: number): void;
  fdatasyncSync(fd: number): void;
  fstatSync(fd: number): FileStats;
  statSync(path: string, options: { readonly throwIfNoEntry: false }): FileStats | undefined;
  fchmodSync(fd: number, mode: number): void;
  fchownSync(fd: number, uid: number, gid: number): void;
  accessSync(path: string, mode: number): void;
  realpathSync(path: string): string;
  renameSync(from: string, to: string): void;
  linkSync(existing: string, added: string): void;
  unlinkSync(path: string): void;
}

/** The given file system, else Node's own, else nothing: there is none in a browser. */
export function findFileSystem(given?: unknown): FileSystem | undefined {
  if (given !== undefined) return given as FileSystem;
  // Taken when it is needed, so that bundles for browsers do not mention it.
  return globalThis.process?.getBuiltinModule?.('node:fs');
}

/** @throws DRV_DEPENDENCY_MISSING where there is no file system. */
export function needFileSystem(driver: string, given?: unknown): FileSystem {
  const fs = findFileSystem(given);
  if (fs) return fs;
  throw driverErrors.DRV_DEPENDENCY_MISSING({
    message: `driver "${driver}" needs files, and this runtime has none`,
    driver,
    hint: 'use core with an image, blob or http; or hand in an `fs` as a resource',
  });
}
