import {
  type CheckedFile,
  chain,
  checked,
  type DriverFile,
  type DriverInfo,
  type Mode,
  type Out,
  settled,
} from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import { encodeDriverInfo } from '../format/driver-info.js';
import { decodeSymbolTable } from '../format/messages/group-messages.js';
import { messageType } from '../format/messages/message-type.js';
import { wideSizes } from '../format/sizes.js';
import { encodeSuperblock, type Superblock } from '../format/superblock.js';
import { loadHeader, readMessage } from '../index/object-header.js';
import { inMode } from '../store/in-turn.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { Runner } from '../store/runner.js';
import { File } from './file.js';
import { FileContext } from './file-context.js';
import { createGroupObject } from './new-object.js';
import { newStore, pageBytesFor } from './open-file.js';

/** How a new file is made. */
export interface CreateFileOptions {
  /** Bytes left free for others before the HDF5 part: 0, or a power of two from 512 on. */
  readonly userBlock?: number;
  /**
   * Which library versions must be able to read the file. `earliest` (the default): every one, with superblock 0,
   * version 1 headers and symbol tables. `v108`: 1.8 and later, with superblock 2, checksummed headers and links.
   */
  readonly format?: 'earliest' | 'v108';
  /** Whether datasets carry their time of modification; they do unless this is false. */
  readonly trackTimes?: boolean;
}

const createOptions = ['userBlock', 'format', 'trackTimes'] as const;

/**
 * Makes an HDF5 file with an empty root group. The handle must be writable; what it held is gone at once.
 * Closing the file closes the handle.
 *
 * @throws H5_READ_ONLY when the driver cannot write
 */
export function createFile<M extends Mode>(
  handle: DriverFile<M>,
  options: CreateFileOptions = {},
): Out<M, File<M>> {
  const file = checked(handle);
  return inMode(file.mode, () => {
    checkOptions(options, createOptions, 'createFile');
    return createChecked(file, options);
  });
}

function createChecked<M extends Mode>(file: CheckedFile<M>, options: CreateFileOptions): Out<M, File<M>> {
  const base = checkUserBlock(options.userBlock ?? 0);
  const version = versionFor(options.format ?? 'earliest');
  if (!file.manifest.capabilities.write || !file.manifest.capabilities.truncate) {
    const { target, driver } = file.manifest;
    throw errors.H5_READ_ONLY({ message: `${target} cannot be written`, target, driver });
  }
  const isSet = file.manifest.capabilities.driverInfo === true;
  if (isSet && (version !== 0 || base !== 0)) throw noNewSet(file.manifest.driver);
  return chain<M, void, File<M>>(file.truncate(0), () =>
    chain<M, DriverInfo | undefined, File<M>>(
      isSet ? file.driverInfo() : settled(file.mode, undefined),
      (info) => createOver(file, base, version, info, options),
    ),
  );
}

function createOver<M extends Mode>(
  file: CheckedFile<M>,
  base: number,
  version: 0 | 2,
  info: DriverInfo | undefined,
  options: CreateFileOptions,
): Out<M, File<M>> {
  const store = newStore(file, pageBytesFor(file), 0);
  store.base = base;
  store.sizes = { ...wideSizes, map: store.space.map };
  return chain<M, FileContext<M>, File<M>>(
    new Runner(file, store).run(() => {
      const superblock = createSuperblock(store, version, info);
      const k = { leaf: superblock.groupLeafK, internal: superblock.groupInternalK };
      const settings = { writable: true, trackTimes: options.trackTimes ?? true };
      // Nothing is in the file yet: its end is behind all that is staged only once that is written.
      const unwritten = { ...superblock, end: 0 };
      return new FileContext(file, store, unwritten, { k, editObstacle: undefined }, settings);
    }),
    (context) => settled(file.mode, new File(context)),
  );
}

function noNewSet(driver: string): Error {
  return errors.H5_UNSUPPORTED({
    message: `files over several members are made with the format "earliest" and without a user block`,
    feature: 'driver information in the superblock extension',
    driver,
  });
}

function checkUserBlock(bytes: number): number {
  if (bytes === 0 || (bytes >= 512 && Number.isSafeInteger(Math.log2(bytes)))) return bytes;
  throw new RangeError(`userBlock is 0 or a power of two from 512 on, not ${bytes}`);
}

function versionFor(format: string): 0 | 2 {
  if (format === 'earliest') return 0;
  if (format === 'v108') return 2;
  throw new RangeError(`format is "earliest" or "v108", not ${JSON.stringify(format)}`);
}

function createSuperblock(store: MetadataStore, version: 0 | 2, info: DriverInfo | undefined): Superblock {
  const draft: Superblock = {
    version,
    sizes: store.sizes,
    base: store.base,
    end: 0,
    root: 0,
    groupLeafK: 4,
    groupInternalK: 16,
    chunkInternalK: 32,
    flags: 0,
    extension: undefined,
    driverInfo: undefined,
    rootCache: undefined,
  };
  store.allocate(encodeSuperblock({ ...draft, rootCache: { btree: 0, heap: 0 } }).length, 'superblock');
  const driverInfo = info && store.allocate(encodeDriverInfo(info).length, 'superblock');
  const k = { leaf: draft.groupLeafK, internal: draft.groupInternalK };
  const root = createGroupObject(store, version < 2 ? 'old' : 'new', k);
  const rootCache = readMessage(
    store,
    loadHeader(store, root.address),
    messageType.symbolTable,
    decodeSymbolTable,
  );
  return { ...draft, root: root.address, rootCache, driverInfo };
}
