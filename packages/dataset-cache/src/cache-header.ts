import { errors } from './errors.js';

/*
 * The published header, 64 bytes, little-endian:
 *
 *    0   8  89 'H' 'G' 'C' 0D 0A 1A 0A
 *    8   2  version of the format: 1
 *   10   8  maximum size of the file in bytes
 *   18  22  zeros
 *   40   8  block id of the root of the primary index, 0 when it is empty
 *   48   8  zeros
 *   56   8  block id of the root of the index LastUsed, 0 when it is empty
 *   64      a block storage
 */
export const cacheHeaderBytes = 64;
export const primaryRootAt = 40;
export const lastUsedRootAt = 56;
const magic = [0x89, 0x48, 0x47, 0x43, 0x0d, 0x0a, 0x1a, 0x0a];

/** The header of a new cache: both indexes are empty. */
export function encodeCacheHeader(maximumFileSize: number): Uint8Array {
  const bytes = new Uint8Array(cacheHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setInt16(8, 1, true);
  view.setBigInt64(10, BigInt(maximumFileSize), true);
  return bytes;
}

/**
 * The maximum size that a cache file states.
 *
 * @throws CACHE_NOT_A_CACHE, CACHE_TOO_NEW, CACHE_DAMAGED
 */
export function decodeCacheHeader(bytes: Uint8Array, target: string): number {
  const structure = 'dataset cache header';
  if (bytes.length < magic.length || magic.some((byte, at) => bytes[at] !== byte)) {
    throw errors.CACHE_NOT_A_CACHE({ message: `${target} is no dataset cache`, target, structure });
  }
  const damaged = (what: string, offset: number) =>
    errors.CACHE_DAMAGED({ message: `${target}: ${what}`, target, structure, offset });
  if (bytes.length < cacheHeaderBytes) throw damaged('the header is cut short', bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const version = view.getInt16(8, true);
  if (version > 1) {
    throw errors.CACHE_TOO_NEW({
      message: `${target} is a dataset cache of version ${version}, this reads version 1`,
      target,
      structure,
      expected: '1',
      found: String(version),
    });
  }
  if (version < 1) throw damaged(`version ${version}`, 8);
  const reserved = [...bytes.subarray(18, 40), ...bytes.subarray(48, 56)];
  if (reserved.some((byte) => byte !== 0)) throw damaged('reserved bytes that are not zero', 18);
  const maximum = view.getBigInt64(10, true);
  if (maximum <= 0n || maximum > Number.MAX_SAFE_INTEGER) throw damaged(`a maximum size of ${maximum}`, 10);
  return Number(maximum);
}
