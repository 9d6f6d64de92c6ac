import {
  type CheckedFile,
  chain,
  checked,
  type DriverFile,
  type Mode,
  type Out,
  settled,
} from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import { decodeSuperblock, hasSignature, type Superblock, superblockBytes } from '../format/superblock.js';
import { readTraits } from '../index/superblock-extension.js';
import { AddressSpace } from '../store/address-space.js';
import { inMode } from '../store/in-turn.js';
import { MetadataStore } from '../store/metadata-store.js';
import { PageCache } from '../store/page-cache.js';
import { Runner } from '../store/runner.js';
import { File } from './file.js';
import { FileContext } from './file-context.js';

/** How a file is opened. */
export interface OpenFileOptions {
  /** `r`: for reading (the default). `r+`: for reading and writing. */
  readonly mode?: 'r' | 'r+';
  /** Bytes of metadata kept in memory; 16 MiB unless given. */
  readonly cacheBytes?: number;
  /** Whether datasets made from now on carry their time of modification; they do unless this is false. */
  readonly trackTimes?: boolean;
  /** Reads a file that is marked as being written, or was never closed by its writer. What it shows may be half done. */
  readonly ignoreWriteMark?: boolean;
}

const openOptions = ['mode', 'cacheBytes', 'trackTimes', 'ignoreWriteMark'] as const;
const defaultCacheBytes = 16 * 1024 * 1024;
const pageBytesByLatency = { memory: 4096, local: 16_384, remote: 65_536 } as const;

/**
 * Opens an HDF5 file that a driver has opened. A file over a synchronous driver answers at once, one over an
 * asynchronous driver by promise. Closing the file closes the handle; when opening fails, it stays open.
 *
 * @throws H5_NOT_HDF5 for what is no HDF5 file, H5_TRUNCATED for one that was cut, H5_IN_USE for one that is
 *   marked as being written, H5_UNSUPPORTED by name for what is not read yet
 */
export function openFile<M extends Mode>(
  handle: DriverFile<M>,
  options: OpenFileOptions = {},
): Out<M, File<M>> {
  const file = checked(handle);
  return inMode(file.mode, () => {
    checkOptions(options, openOptions, 'openFile');
    if (!['r', 'r+'].includes(options.mode ?? 'r')) {
      throw new RangeError(`mode is "r" or "r+", not ${JSON.stringify(options.mode)}`);
    }
    return openChecked(file, options, pageBytesFor(file));
  });
}

/** As `openFile`, over a checked file, with a given page size. */
export function openChecked<M extends Mode>(
  file: CheckedFile<M>,
  options: OpenFileOptions,
  pageBytes: number,
): Out<M, File<M>> {
  return chain<M, number, File<M>>(file.size(), (size) => {
    const store = newStore(file, pageBytes, size, options.cacheBytes);
    const runner = new Runner(file, store);
    return chain<M, FileContext<M>, File<M>>(
      runner.run(() => {
        const superblock = findSuperblock(store, file.manifest.target);
        if (superblock.flags & 1 && superblock.version === 3 && !options.ignoreWriteMark)
          throw inUse(file.manifest.target);
        store.sizes = superblock.sizes;
        store.base = superblock.base;
        const traits = readTraits(store, superblock, file.manifest.driver);
        store.space.resume(superblock.end, traits.memberLengths);
        refuseCut(store, file.manifest.target);
        const writable = options.mode === 'r+';
        if (writable) requireEditable(file, traits.editObstacle);
        const settings = { writable, trackTimes: options.trackTimes ?? true };
        return new FileContext(file, store, superblock, traits, settings);
      }),
      (context) => settled(file.mode, new File(context)),
    );
  });
}

/** How much metadata is read at once from files of a kind. */
export function pageBytesFor(file: CheckedFile<Mode>): number {
  const { blockBytes, latency } = file.manifest.hints;
  return Math.max(blockBytes ?? 0, pageBytesByLatency[latency ?? 'local']);
}

/** An empty store over a file, before its superblock is known. */
export function newStore(
  file: CheckedFile<Mode>,
  pageBytes: number,
  physicalSize: number,
  cacheBytes = defaultCacheBytes,
): MetadataStore {
  const space = new AddressSpace(file.manifest);
  return new MetadataStore(new PageCache(pageBytes, cacheBytes), { space, physicalSize });
}

/** Looks for the signature at 0, 512, 1024, 2048 … (specification II.A); all but the first in one trip. */
function findSuperblock(store: MetadataStore, target: string): Superblock {
  store.base = 0;
  let found = 'no bytes';
  for (let position = 0; position < store.physicalSize; position = position === 0 ? 512 : position * 2) {
    const length = store.available(position, superblockBytes);
    const bytes = store.span(position, length, 'superblock');
    if (hasSignature(bytes)) return decodeSuperblock(bytes, position, store.space.map);
    if (position > 0) continue;
    found = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    for (let next = 512; next < store.physicalSize; next *= 2) store.want(next, superblockBytes);
  }
  const empty = store.physicalSize === 0;
  throw errors.H5_NOT_HDF5({
    message: empty ? `${target} is empty, so it is no HDF5 file` : `${target} is no HDF5 file`,
    target,
    offset: 0,
    expected: 'the signature 89 48 44 46 0d 0a 1a 0a at 0, 512, 1024, 2048 …',
    found,
  });
}

function refuseCut(store: MetadataStore, target: string): void {
  const expected = store.base + store.space.end;
  if (store.physicalSize >= expected) return;
  throw errors.H5_TRUNCATED({
    message: `${target} was cut: it is shorter than its superblock says`,
    target,
    structure: 'superblock',
    expected: `${expected} bytes`,
    found: `${store.physicalSize} bytes`,
  });
}

function inUse(target: string): Error {
  return errors.H5_IN_USE({
    message: `${target} is marked as open for writing`,
    target,
    hint: 'wait for its writer, or clear the mark with h5clear; ignoreWriteMark reads it all the same',
    retry: 'maybe',
  });
}

/** Refuses to write where the driver does not, or where this version does not know how to keep the file sound. */
function requireEditable<M extends Mode>(file: CheckedFile<M>, obstacle: string | undefined): void {
  const { target, driver, capabilities } = file.manifest;
  if (!capabilities.write || !capabilities.truncate) {
    throw errors.H5_READ_ONLY({ message: `${target} is open for reading only`, target, driver });
  }
  if (obstacle === undefined) return;
  throw errors.H5_EDIT_UNSUPPORTED({
    message: `${target} cannot be edited safely yet: it uses ${obstacle}`,
    feature: obstacle,
    target,
  });
}
