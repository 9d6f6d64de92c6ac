import type { OpenMode, Resources, Spec } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';

/** Options of `openFile`, named as PyTables' parameters. Unknown ones are refused. */
export interface OpenFileOptions {
  /** Title of a new file; one that exists keeps its own. */
  readonly title?: string;
  /** `H5FD_SEC2` (the default) or `H5FD_CORE`; `sec2` and `core` mean the same. */
  readonly driver?: string;
  /** Core only: whether changes are saved to the disk file; they are unless this is false or 0. */
  readonly driverCoreBackingStore?: boolean | 0 | 1;
  /** Core only: the least the memory grows by, in bytes. */
  readonly driverCoreIncrement?: number;
  /** Core only: the bytes of an HDF5 file to start with, as `getFileImage` gives them. They are never changed. */
  readonly driverCoreImage?: Uint8Array | ArrayBuffer;
  /** Bytes left free before the HDF5 part of a new file: 0, or a power of two from 512 on. */
  readonly userBlockSize?: number;
  /** Whether a new file gets PyTables' system attributes; it does unless this is false. */
  readonly pytablesSysAttrs?: boolean;
}

const known: readonly (keyof OpenFileOptions)[] = [
  'title',
  'driver',
  'driverCoreBackingStore',
  'driverCoreIncrement',
  'driverCoreImage',
  'userBlockSize',
  'pytablesSysAttrs',
];

/** What the modes of PyTables ask of a driver. */
const modes: readonly OpenMode[] = ['r', 'r+', 'a', 'w'];

/** A mode of `openFile`. */
export type TablesMode = 'r' | 'r+' | 'a' | 'w';

/**
 * What a driver needs to know of the options.
 *
 * @throws TypeError for unknown options, for a mode that is none, and for core options beside another driver
 */
export function toSpec(
  filename: string,
  mode: TablesMode,
  options: OpenFileOptions,
): { readonly spec: Spec; readonly resources: Resources } {
  checkOptions(options, known, 'openFile');
  if (typeof filename !== 'string' || filename === '')
    throw new TypeError('openFile: the file name is missing');
  if (!modes.includes(mode)) {
    throw new TypeError(`openFile: the mode is one of ${modes.join(', ')}, not ${JSON.stringify(mode)}`);
  }
  const driver = options.driver ?? 'H5FD_SEC2';
  const { driverCoreBackingStore: backing, driverCoreIncrement: increment, driverCoreImage: image } = options;
  const isCore = driver === 'H5FD_CORE' || driver === 'core';
  const coreOption = known.find((name) => name.startsWith('driverCore') && options[name] !== undefined);
  if (!isCore && coreOption !== undefined) {
    throw new TypeError(
      `openFile: ${coreOption} goes with driver: "H5FD_CORE", not with ${JSON.stringify(driver)}`,
    );
  }
  const coreOptions = {
    ...(backing === undefined ? {} : { backingStore: Boolean(backing) }),
    ...(increment === undefined ? {} : { increment }),
  };
  return {
    spec: { driver, name: filename, mode, ...(isCore ? { options: coreOptions } : {}) },
    resources: image === undefined ? {} : { image },
  };
}
