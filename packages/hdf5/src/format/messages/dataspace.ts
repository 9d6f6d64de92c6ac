import type { Reader } from '../reader.js';
import type { Sizes } from '../sizes.js';
import { Writer } from '../writer.js';

/*
 * Dataspace message (specification IV.A.2.b).
 *
 * version 1: u8 1, u8 rank, u8 flags, 5 reserved, dimensions, [maximum dimensions]
 * version 2: u8 2, u8 rank, u8 flags, u8 type (0 scalar, 1 simple, 2 null), dimensions, [maximum dimensions]
 *
 * flags bit 0: maximum dimensions are there; every bit set in one means unlimited.
 */

/** The extent of a dataset or attribute. */
export type Dataspace =
  | { readonly kind: 'null' }
  | {
      readonly kind: 'simple';
      /** Lengths by dimension, slowest first; empty for a scalar. */
      readonly shape: readonly number[];
      /** How far each dimension may grow; `Infinity` for unlimited. Equal to `shape` where none are stored. */
      readonly maxShape: readonly number[];
    };

/** The most dimensions HDF5 allows (H5S_MAX_RANK). */
export const maxRank = 32;

export function decodeDataspace(reader: Reader): Dataspace {
  const version = reader.version(1, 2);
  const rank = reader.u8();
  if (rank > maxRank) throw reader.bad(`a rank up to ${maxRank}`, String(rank));
  const flags = reader.u8();
  let isNull = false;
  if (version === 1) reader.skip(5);
  else {
    const kind = reader.u8();
    if (kind > 2) throw reader.bad('a dataspace type of 0, 1 or 2', String(kind));
    if (kind !== 1 && rank > 0) throw reader.bad('rank 0 for a scalar or null dataspace', String(rank));
    isNull = kind === 2;
  }
  const shape = Array.from({ length: rank }, () => reader.length());
  const maxShape = flags & 1 ? Array.from({ length: rank }, () => reader.extent()) : shape;
  if (isNull) return { kind: 'null' };
  for (const [axis, length] of shape.entries()) {
    if (length > maxShape[axis]!)
      throw reader.bad(`dimension ${axis} up to its maximum ${maxShape[axis]}`, String(length));
  }
  return { kind: 'simple', shape, maxShape };
}

/** Version 1 writes what every reader opens; a null dataspace exists only in version 2. */
export function encodeDataspace(space: Dataspace, version: 1 | 2, sizes: Sizes): Uint8Array {
  const writer = new Writer(sizes);
  if (space.kind === 'null') return writer.u8(2).u8(0).u8(0).u8(2).bytes();
  const { shape, maxShape } = space;
  const growable = maxShape.some((length, axis) => length !== shape[axis]);
  writer
    .u8(version)
    .u8(shape.length)
    .u8(growable ? 1 : 0);
  if (version === 1) writer.zeros(5);
  else writer.u8(shape.length === 0 ? 0 : 1);
  for (const length of shape) writer.size(length);
  if (growable) for (const length of maxShape) writer.extent(length);
  return writer.bytes();
}

/** How many elements a dataspace has; a scalar has one, a null dataspace none. */
export function elementCount(space: Dataspace): number {
  return space.kind === 'null' ? 0 : space.shape.reduce((count, length) => count * length, 1);
}
