import { BlockStorage, errors as blockErrors } from '@terrane/blocks';
import { type CheckedFile, type LockLease, MemoryFile, MemoryStore } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';

/*
 * The first 64 bytes of a store:
 *
 *     0  8  89 'TOB' 0D 0A 1A 0A
 *     8  2  version, 1
 *    10 54  zero
 */
export const headerBytes = 64;
const signature = [0x89, 0x54, 0x4f, 0x42, 0x0d, 0x0a, 0x1a, 0x0a];
const version = 1;

/** A block storage begins with this. */
const storageSignature = [0x89, 0x42, 0x53, 0x54, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Whether a file can become a store: it is empty, or holds no more than what is left behind by one who died while making a
 * store, before the header. Where there are no locks that may as well be somebody who is just making one.
 */
export function isUnmade(file: CheckedFile<'sync'>): boolean {
  const size = file.size();
  if (size === 0 || !file.manifest.capabilities.lock) return size === 0;
  const header = new Uint8Array(headerBytes + storageSignature.length);
  file.read(0, header);
  if (header.subarray(0, headerBytes).some((byte) => byte !== 0)) return false;
  if (storageSignature.every((byte, index) => header[headerBytes + index] === byte)) return true;
  // Then there is at most a part of an empty storage.
  const whole = emptyStorage();
  if (size > whole.length) return false;
  const bytes = new Uint8Array(size);
  file.read(0, bytes);
  return bytes.every((byte, at) => byte === 0 || byte === whole[at]);
}

/** A file with nothing but an empty block storage. */
function emptyStorage(): Uint8Array {
  const store = new MemoryStore();
  BlockStorage.create(new MemoryFile(store, 'empty', true), { offset: headerBytes });
  return store.bytes;
}

/** Makes a file a store. It comes last, so that what is half made is none. */
export function writeHeader(file: CheckedFile<'sync'>): void {
  const header = new Uint8Array(headerBytes);
  header.set(signature);
  new DataView(header.buffer).setUint16(8, version, true);
  file.write(0, header, { kind: 'superblock' });
  file.flush();
}

/**
 * @param locked - The file is locked by the caller, so that nobody can be making it.
 * @throws OBJ_NOT_A_STORE, OBJ_TOO_NEW; BLK_BUSY when somebody is just making it.
 */
export function checkHeader(file: CheckedFile<'sync'>, locked = false): void {
  const { target } = file.manifest;
  let header = readHeader(file);
  if (!header && !locked) {
    // While it is made it is locked; and it may have been made just now.
    lockFile(file, 'shared')?.release();
    header = readHeader(file);
  }
  if (!header) {
    throw errors.OBJ_NOT_A_STORE({
      message: 'the file does not begin as an object store does',
      target,
      offset: 0,
    });
  }
  const found = new DataView(header.buffer).getUint16(8, true);
  if (found === version) return;
  throw errors.OBJ_TOO_NEW({ message: `format version ${found}`, target, offset: 8, found: String(found) });
}

function readHeader(file: CheckedFile<'sync'>): Uint8Array<ArrayBuffer> | undefined {
  const header = new Uint8Array(10);
  const count = file.read(0, header, { kind: 'superblock' });
  const isOne = count === header.length && signature.every((byte, index) => header[index] === byte);
  return isOne ? header : undefined;
}

/** Locks a file whose driver has locks. @throws BLK_BUSY when somebody is in the way, as a block storage does. */
export function lockFile(file: CheckedFile<'sync'>, kind: LockLease['kind']): LockLease | undefined {
  if (!file.manifest.capabilities.lock) return undefined;
  try {
    return file.lock(kind);
  } catch (cause) {
    if (!isTerraneError(cause, 'IO_LOCKED')) throw cause;
    const { target } = file.manifest;
    throw blockErrors.BLK_BUSY({ message: `${target}: another process writes it`, target, cause });
  }
}
