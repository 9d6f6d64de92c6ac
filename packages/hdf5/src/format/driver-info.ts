import type { DriverInfo } from '@terrane/driver';
import type { Reader } from './reader.js';
import { Writer } from './writer.js';

/*
 * Driver information block (specification II.B), behind an old superblock:
 *
 *  0  u8 0, 3 reserved, u32 bytes of content
 *  8  8 letters: the driver that put the file's members together
 * 16  content, which only that driver understands
 *
 * Driver info message (IV.A.2.u), in the superblock extension of new files: u8 0, 8 letters, u16 bytes, content.
 *
 * Content of "NCSAmult", multi and split files: 6 owners, 2 zero, then for every member u64 first address, u64 length.
 */

/** Bytes of the block before its content. */
export const driverInfoHeadBytes = 16;

export function encodeDriverInfo({ id, bytes }: DriverInfo): Uint8Array {
  return new Writer().u8(0).zeros(3).u32(bytes.length).ascii(id).raw(bytes).bytes();
}

/** The driver's name, and the reader left at its content. */
export function decodeDriverInfoBlock(reader: Reader): { readonly id: string; readonly length: number } {
  reader.version(0);
  reader.skip(3);
  const length = reader.u32();
  return { id: reader.text(8), length };
}

export function decodeDriverInfoMessage(reader: Reader): { readonly id: string; readonly length: number } {
  reader.version(0);
  return { id: reader.text(8), length: reader.u16() };
}

/** How long each member of a multi or split file is, by its first address as stored. */
export function decodeMemberLengths(reader: Reader): Map<bigint, number> {
  const owners = reader.take(6);
  reader.skip(2);
  const distinct = new Set(owners.map((owner, kind) => owner || kind + 1));
  const lengths = new Map<bigint, number>();
  for (let member = 0; member < distinct.size; member++) lengths.set(reader.u64(), reader.uint(8));
  return lengths;
}
