import { getUint64, setUint64, viewOf } from './bytes.js';
import { crc32Without } from './crc32.js';
import { errors } from './errors.js';

/*
 * Ranges that were freed by one of the last two commits and must not be used yet, little-endian:
 *
 *    0   4  'BSTR'
 *    4   4  number of ranges
 *    8   8  number of the commit that wrote the list
 *   16   4  CRC-32 of the whole chunk with this field as zero
 *   20   4  zeros
 *   24  24  per range: address, size, number of the commit that freed it; the rest of the chunk is zeros
 */
const headerBytes = 24;
const entryBytes = 24;
const magic = 0x52545342;

/** A range that was freed by the commit of that number. */
export interface RestingRange {
  readonly address: number;
  readonly size: number;
  readonly since: number;
}

/** Bytes that a list of so many ranges needs. */
export function restingListBytes(count: number): number {
  return headerBytes + entryBytes * count;
}

export function encodeRestingList(
  ranges: readonly RestingRange[],
  sequence: number,
  chunkBytes: number,
): Uint8Array {
  const bytes = new Uint8Array(chunkBytes);
  const view = viewOf(bytes);
  view.setUint32(0, magic, true);
  view.setUint32(4, ranges.length, true);
  setUint64(view, 8, sequence);
  let at = headerBytes;
  for (const { address, size, since } of ranges) {
    setUint64(view, at, address);
    setUint64(view, at + 8, size);
    setUint64(view, at + 16, since);
    at += entryBytes;
  }
  view.setUint32(16, crc32Without(bytes, 16), true);
  return bytes;
}

/** @throws BLK_DAMAGED */
export function decodeRestingList(chunk: Uint8Array, address: number): RestingRange[] {
  const view = viewOf(chunk);
  const count = chunk.length >= headerBytes ? view.getUint32(4, true) : 0;
  const length = restingListBytes(count);
  const whole = length <= chunk.length && view.getUint32(0, true) === magic;
  if (!whole || view.getUint32(16, true) !== crc32Without(chunk, 16)) {
    throw errors.BLK_DAMAGED({
      message: 'list of resting ranges',
      offset: address,
      structure: 'resting list',
    });
  }
  return Array.from({ length: count }, (_, index) => {
    const at = headerBytes + index * entryBytes;
    return { address: getUint64(view, at), size: getUint64(view, at + 8), since: getUint64(view, at + 16) };
  });
}
