import type { AddressMap } from '@terrane/driver';
import { errors } from '../errors.js';
import { sealChecksum, verifyChecksum } from './checksum.js';
import { Reader } from './reader.js';
import { type Sizes, wideSizes } from './sizes.js';
import { Writer } from './writer.js';

/*
 * Superblock (specification II.A). It begins with the signature 89 48 44 46 0d 0a 1a 0a ("\x89HDF\r\n\x1a\n")
 * at 0, 512, 1024, 2048 … bytes; what stands before it is the user block.
 *
 * version 0 (1 adds the two fields in brackets)        version 2 and 3
 *  8  version 0, free space 0, root 0, reserved         8  version, offset size, length size, flags
 * 12  shared header 0, offset size, length size, 0     12  base address
 * 16  u16 group leaf K, u16 group internal K           ..  superblock extension address
 * 20  u32 flags                                        ..  end of file address
 * 24  [u16 chunk internal K, u16 0]                    ..  root group object header address
 * ..  base, free space, end of file, driver info       ..  u32 lookup3 of all before
 * ..  root group symbol table entry (see symbol-entry)
 */

/** The first eight bytes of every HDF5 file, or of what follows its user block. */
export const signature: Uint8Array = Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a);

const defaultChunkK = 32;

/** The most bytes a superblock of any version can take, with 8-byte offsets. */
export const superblockBytes = 128;

/** What a superblock says. Addresses are relative to `base`, lengths in bytes. */
export interface Superblock {
  readonly version: 0 | 1 | 2 | 3;
  readonly sizes: Sizes;
  /** Position in the file of address 0: the length of the user block. */
  readonly base: number;
  /** End of the used address space, relative to the base. */
  readonly end: number;
  /** Address of the root group's object header. */
  readonly root: number;
  /** Symbol nodes hold up to twice this many entries. */
  readonly groupLeafK: number;
  /** Nodes of group B-trees hold up to twice this many children. */
  readonly groupInternalK: number;
  /** Nodes of chunk B-trees hold up to twice this many children; only version 1 says. */
  readonly chunkInternalK: number;
  /** Consistency flags; bit 0 of version 3: somebody has it open for writing. */
  readonly flags: number;
  readonly extension: number | undefined;
  readonly driverInfo: number | undefined;
  /** Versions 0 and 1 repeat the root's B-tree and heap in its symbol table entry. */
  readonly rootCache: { readonly btree: number; readonly heap: number } | undefined;
}

/** Tells whether a superblock may begin here. */
export function hasSignature(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && signature.every((byte, index) => bytes[index] === byte);
}

/**
 * @param bytes From the signature on.
 * @param position Where in the file the signature stands.
 * @param map How addresses lead to positions, in a file over several members.
 */
export function decodeSuperblock(bytes: Uint8Array, position: number, map?: AddressMap): Superblock {
  const place = { structure: 'superblock', address: position };
  const start = new Reader(bytes, place, wideSizes);
  start.skip(8);
  const version = start.version(0, 1, 2, 3) as 0 | 1 | 2 | 3;
  const block =
    version < 2
      ? decodeOld(bytes, version as 0 | 1, position, map)
      : decodeNew(bytes, version as 2 | 3, position, map);
  if (block.end < 8) throw start.bad('an end of file behind the superblock', String(block.end), 0);
  return block;
}

function readSizes(reader: Reader, map: AddressMap | undefined): Sizes {
  const sizes = { offset: reader.u8(), length: reader.u8(), map };
  for (const width of [sizes.offset, sizes.length]) {
    if ([2, 4, 8].includes(width)) continue;
    if (width === 16 || width === 32) {
      throw errors.H5_UNSUPPORTED({
        message: `file addresses of ${width} bytes are not supported`,
        feature: `offsets of ${width} bytes`,
        structure: 'superblock',
      });
    }
    throw reader.bad('offsets and lengths of 2, 4, 8, 16 or 32 bytes', String(width));
  }
  return sizes;
}

function decodeOld(
  bytes: Uint8Array,
  version: 0 | 1,
  position: number,
  map: AddressMap | undefined,
): Superblock {
  const head = new Reader(bytes, { structure: 'superblock', address: position }, wideSizes);
  head.skip(13);
  const sizes = readSizes(head, map);
  const reader = new Reader(bytes, head.place, sizes);
  reader.skip(16);
  const groupLeafK = reader.u16();
  const groupInternalK = reader.u16();
  if (groupLeafK === 0 || groupInternalK === 0) throw reader.bad('group K values above 0', '0');
  const flags = reader.u32();
  const chunkInternalK = version === 1 ? reader.u16() : defaultChunkK;
  if (version === 1) reader.skip(2);
  const base = reader.definedAddress('the base');
  reader.address();
  const end = reader.definedAddress('the end of file');
  const driverInfo = reader.address();
  reader.length();
  const root = reader.definedAddress('the root group');
  const cacheType = reader.u32();
  reader.skip(4);
  const rootCache =
    cacheType === 1
      ? {
          btree: reader.definedAddress("the root group's B-tree"),
          heap: reader.definedAddress("the root group's heap"),
        }
      : undefined;
  return {
    version,
    sizes,
    base: realBase(base, position),
    end: end - base,
    root,
    groupLeafK,
    groupInternalK,
    chunkInternalK,
    flags,
    extension: undefined,
    driverInfo,
    rootCache,
  };
}

function decodeNew(
  bytes: Uint8Array,
  version: 2 | 3,
  position: number,
  map: AddressMap | undefined,
): Superblock {
  const head = new Reader(bytes, { structure: 'superblock', address: position }, wideSizes);
  head.skip(9);
  const sizes = readSizes(head, map);
  const flags = head.u8();
  const reader = new Reader(bytes, head.place, sizes);
  // The checksum comes first: what it does not protect is not worth an opinion.
  verifyChecksum(reader.take(12 + 4 * sizes.offset + 4), head.place);
  reader.position = 12;
  const base = reader.definedAddress('the base');
  const extension = reader.address();
  const end = reader.definedAddress('the end of file');
  const root = reader.definedAddress('the root group');
  return {
    version,
    sizes,
    base: realBase(base, position),
    end: end - base,
    root,
    groupLeafK: 4,
    groupInternalK: 16,
    chunkInternalK: defaultChunkK,
    flags,
    extension,
    driverInfo: undefined,
    rootCache: undefined,
  };
}

/** A user block that was put before a finished file leaves a wrong base in the superblock; where it stands is right. */
function realBase(stored: number, position: number): number {
  return stored === position ? stored : position;
}

/** The bytes of a superblock, in the version it says. */
export function encodeSuperblock(block: Superblock): Uint8Array {
  const { sizes, base } = block;
  const writer = new Writer(sizes, superblockBytes).raw(signature).u8(block.version);
  if (block.version < 2) {
    writer.zeros(4).u8(sizes.offset).u8(sizes.length).u8(0);
    writer.u16(block.groupLeafK).u16(block.groupInternalK).u32(block.flags);
    if (block.version === 1) writer.u16(block.chunkInternalK).u16(0);
    writer
      .address(base)
      .address(undefined)
      .address(base + block.end)
      .address(block.driverInfo);
    writer.size(0).address(block.root);
    if (block.rootCache === undefined) return writer.u32(0).u32(0).zeros(16).bytes();
    return writer
      .u32(1)
      .u32(0)
      .address(block.rootCache.btree)
      .address(block.rootCache.heap)
      .zeros(16 - 2 * sizes.offset)
      .bytes();
  }
  writer.u8(sizes.offset).u8(sizes.length).u8(block.flags);
  writer
    .address(base)
    .address(block.extension)
    .address(base + block.end)
    .address(block.root)
    .zeros(4);
  sealChecksum(writer.bytes());
  return writer.bytes();
}
