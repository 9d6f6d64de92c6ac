import { type CheckedFile, type Mode, memoryDriver, openWith } from '@terrane/driver';
import { CallCount, delayed } from '@terrane/driver/testing';
import { describe } from 'vitest';
import { type CreateFileOptions, createFile } from './create-file.js';
import type { File } from './file.js';
import { type OpenFileOptions, openChecked, openFile } from './open-file.js';

/**
 * One way to run a test: everything is awaited, so that the same lines serve a file that answers at once and one
 * that answers by promise.
 */
export interface TestMode {
  readonly name: string;
  readonly mode: Mode;
  /** A driver's file over a copy of `bytes`, or over nothing. */
  handle(bytes?: Uint8Array, mode?: 'r' | 'r+' | 'w'): Promise<TestHandle>;
  open(bytes: Uint8Array, options?: OpenFileOptions): Promise<TestFile>;
  create(options?: CreateFileOptions): Promise<TestFile>;
}

/** A driver's file, and what lies under it. */
export interface TestHandle {
  readonly handle: CheckedFile<Mode>;
  /** The bytes on the imaginary disk now. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** How often the driver was called; only promises are counted. */
  readonly count: CallCount;
}

/** An HDF5 file in memory. */
export interface TestFile extends TestHandle {
  readonly file: File<Mode>;
}

/** Both of them. */
export const testModes: readonly TestMode[] = [testMode('sync'), testMode('async')];

/** Pages that hold next to nothing and are forgotten at once, so that everything is begun again and again. */
export const forgetfulMode: TestMode = testMode('async', 24);

/** Declares the same tests for both modes. */
export function inBothModes(name: string, tests: (mode: TestMode) => void): void {
  describe.each(testModes)(`${name} ($name)`, tests);
}

function testMode(mode: Mode, pageBytes?: number): TestMode {
  const handle = async (bytes?: Uint8Array, access: 'r' | 'r+' | 'w' = 'r'): Promise<TestHandle> => {
    const memory = memoryDriver(bytes === undefined ? {} : { 'a.h5': bytes });
    const count = new CallCount();
    const driver = mode === 'sync' ? memory : delayed(memory, { count });
    const file = await openWith<Mode>(driver as never, { name: 'a.h5', mode: access });
    return { handle: file, bytes: () => new Uint8Array(memory.files.get('a.h5')!.bytes), count };
  };
  return {
    name: pageBytes === undefined ? mode : `${mode}, forgetful`,
    mode,
    handle,
    async open(bytes, options = {}) {
      const under = await handle(bytes, options.mode ?? 'r');
      if (pageBytes === undefined) return { ...under, file: await openFile<Mode>(under.handle, options) };
      const file = await openChecked<Mode>(under.handle, { ...options, cacheBytes: 0 }, pageBytes);
      return { ...under, file };
    },
    async create(options) {
      const under = await handle(undefined, 'w');
      return { ...under, file: await createFile<Mode>(under.handle, options) };
    },
  };
}
