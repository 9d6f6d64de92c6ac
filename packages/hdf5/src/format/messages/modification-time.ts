import type { Reader } from '../reader.js';
import { Writer } from '../writer.js';

/*
 * Object modification time message (specification IV.A.2.s): u8 version 1, 3 reserved, u32 seconds since 1970 UTC.
 */

export function decodeModificationTime(reader: Reader): Date {
  reader.version(1);
  reader.skip(3);
  return new Date(reader.u32() * 1000);
}

export function encodeModificationTime(time: Date): Uint8Array {
  return new Writer()
    .u8(1)
    .zeros(3)
    .u32(Math.floor(time.getTime() / 1000))
    .bytes();
}
