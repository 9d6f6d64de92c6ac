import type { Reader } from '../reader.js';
import type { Sizes } from '../sizes.js';
import { Writer } from '../writer.js';

/*
 * Data layout message (specification IV.A.2.i).
 *
 * version 1 and 2: u8 version, u8 rank, u8 class, 5 reserved, [address unless compact], rank × u32 dimensions,
 *                  of which a chunked layout has one more than the dataset, [compact: u32 size, data]
 * version 3, 4, 5: u8 version, u8 class, then
 *                  compact: u16 size, data · contiguous: address, size · virtual: more
 *                  chunked, 3: u8 rank + 1, address, (rank + 1) × u32 · 4, 5: u8 flags, u8 rank + 1, u8 width,
 *                  (rank + 1) × dimension of that width, more; the last dimension is the element's size
 */

/** Where the values of a dataset are. */
export type Layout =
  | { readonly kind: 'compact'; readonly data: Uint8Array }
  | {
      readonly kind: 'contiguous';
      /** `undefined`: nothing was allocated yet, every value is the fill value. */
      readonly address: number | undefined;
      /** Bytes of storage; `undefined` in versions 1 and 2, which leave it to shape and type. */
      readonly size: number | undefined;
    }
  | {
      readonly kind: 'chunked';
      /** Lengths of a chunk by dimension, in elements. */
      readonly chunkShape: readonly number[];
    }
  | { readonly kind: 'virtual' };

const kinds = ['compact', 'contiguous', 'chunked', 'virtual'] as const;

export function decodeLayout(reader: Reader): Layout {
  const version = reader.version(1, 2, 3, 4, 5);
  return version < 3 ? decodeOld(reader) : decodeNew(reader, version);
}

function decodeOld(reader: Reader): Layout {
  const rank = reader.u8();
  const kind = kinds[reader.u8()];
  if (kind === undefined || kind === 'virtual') throw reader.bad('a layout class of 0, 1 or 2', 'another');
  reader.skip(5);
  const address = kind === 'compact' ? undefined : reader.address();
  const dimensions = Array.from({ length: rank }, () => reader.u32());
  if (kind === 'compact') return { kind, data: reader.take(reader.u32()).slice() };
  if (kind === 'contiguous') return { kind, address, size: undefined };
  return { kind, chunkShape: chunkShape(reader, dimensions) };
}

function decodeNew(reader: Reader, version: number): Layout {
  const kind = kinds[reader.u8()];
  if (kind === undefined) throw reader.bad('a layout class of 0 to 3', 'another');
  if (kind === 'virtual' && version < 4)
    throw reader.bad('a virtual layout in version 4 or later', `version ${version}`);
  if (kind === 'compact') return { kind, data: reader.take(reader.u16()).slice() };
  if (kind === 'contiguous') return { kind, address: reader.address(), size: reader.length() };
  if (kind === 'virtual') return { kind };
  let width = 4;
  if (version > 3) reader.skip(1);
  const rank = reader.u8();
  if (version > 3) width = reader.u8();
  else reader.address();
  return {
    kind,
    chunkShape: chunkShape(
      reader,
      Array.from({ length: rank }, () => reader.uint(width)),
    ),
  };
}

/** What is left without the element's size at the end. */
function chunkShape(reader: Reader, dimensions: readonly number[]): number[] {
  if (dimensions.length < 2 || dimensions.length > 33 || dimensions.includes(0)) {
    throw reader.bad('a chunk of 1 to 32 dimensions, none of them 0', `(${dimensions.join(', ')})`);
  }
  return dimensions.slice(0, -1);
}

/** Version 3, which every library since 1.6 reads. Only what this engine writes. */
export function encodeLayout(
  layout: Extract<Layout, { kind: 'contiguous' | 'compact' }>,
  sizes: Sizes,
): Uint8Array {
  const writer = new Writer(sizes).u8(3);
  if (layout.kind === 'compact') return writer.u8(0).u16(layout.data.length).raw(layout.data).bytes();
  return writer
    .u8(1)
    .address(layout.address)
    .size(layout.size ?? 0)
    .bytes();
}
