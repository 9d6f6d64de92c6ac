import { getUint64, setUint64, viewOf } from './bytes.js';
import { errors } from './errors.js';

/*
 * The published header, 32 bytes, little-endian:
 *
 *    0   8  89 'B' 'S' 'T' 0D 0A 1A 0A
 *    8   2  version of the format: 1
 *   10   8  address of the root node of the allocations B-tree, 0 when the tree is empty
 *   18   8  address of the root node of the free-chunks B-tree, 0 when the tree is empty
 *   26   6  zeros
 */
export const headerBytes = 32;
export const magicBytes = 8;
const magic = [0x89, 0x42, 0x53, 0x54, 0x0d, 0x0a, 0x1a, 0x0a];

/** The two roots in the header: a copy of what the newest commit record says. */
export interface Roots {
  readonly allocations: number;
  readonly free: number;
}

export function encodeHeader({ allocations, free }: Roots): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const view = viewOf(bytes);
  bytes.set(magic);
  view.setUint16(8, 1, true);
  setUint64(view, 10, allocations);
  setUint64(view, 18, free);
  return bytes;
}

/** @throws BLK_NOT_A_STORAGE, BLK_TOO_NEW, BLK_DAMAGED when version or reserved bytes are wrong. */
export function decodeHeader(bytes: Uint8Array, offset: number): Roots {
  const structure = 'storage header';
  if (bytes.length < headerBytes || magic.some((byte, at) => bytes[at] !== byte)) {
    throw errors.BLK_NOT_A_STORAGE({ message: `no block storage at offset ${offset}`, offset, structure });
  }
  const view = viewOf(bytes);
  const version = view.getInt16(8, true);
  if (version > 1) {
    throw errors.BLK_TOO_NEW({
      message: `block storage of version ${version}, this reads version 1`,
      offset: offset + 8,
      structure,
      expected: '1',
      found: String(version),
    });
  }
  const reserved = bytes.subarray(26, 32);
  if (version < 1 || reserved.some((byte) => byte !== 0)) {
    throw errors.BLK_DAMAGED({
      message: 'the storage header has a wrong version or reserved bytes that are not zero',
      offset,
      structure,
    });
  }
  return { allocations: getUint64(view, 10), free: getUint64(view, 18) };
}
