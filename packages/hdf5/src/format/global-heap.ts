import type { Reader } from './reader.js';

/*
 * Global heap collection (specification III.E): values of variable length, shared by the whole file.
 *
 *  0  "GCOL", u8 1, 3 reserved, bytes of the collection (all of it)
 * 16  objects: u16 index, u16 reference count, 4 reserved, bytes of data, data padded to 8
 *
 * Index 0 is the free space at the end; its size counts its own head.
 */

/** Bytes before the first object. */
export const collectionHeadBytes = (lengthWidth: number): number => 8 + lengthWidth;

/** The size of the whole collection, from its head. */
export function decodeCollectionSize(reader: Reader): number {
  reader.signature('GCOL');
  reader.version(1);
  reader.skip(3);
  const size = reader.length();
  if (size < collectionHeadBytes(reader.sizes.length))
    throw reader.bad('a collection longer than its head', String(size));
  return size;
}

/** The data of every object by its index. `reader` is over the whole collection. */
export function decodeCollection(reader: Reader): Map<number, Uint8Array> {
  decodeCollectionSize(reader);
  const objects = new Map<number, Uint8Array>();
  const head = 8 + reader.sizes.length;
  while (reader.remaining >= head) {
    const index = reader.u16();
    if (index === 0) break;
    reader.skip(6);
    const size = reader.length();
    objects.set(index, reader.take(size));
    reader.skip(Math.min(reader.remaining, (8 - (size % 8)) % 8));
  }
  return objects;
}
