import type { Reader } from '../reader.js';

/*
 * Filter pipeline message (specification IV.A.2.l): u8 version, u8 filters, [version 1: 6 reserved], then for each
 *   u16 id, [version 1, or id from 256 on: u16 name length], u16 flags, u16 values, [name], values × u32,
 *   [version 1: 4 of padding when the number of values is odd]
 * Version 1 pads names to multiples of 8. Flags bit 0: a chunk may do without the filter.
 */

/** One filter that chunks pass through when they are written. */
export interface Filter {
  /** Registered number: 1 deflate, 2 shuffle, 3 fletcher32, 4 szip, 5 nbit, 6 scaleoffset, 32000 lzf, 32001 blosc … */
  readonly id: number;
  readonly name: string | undefined;
  readonly optional: boolean;
  /** The filter's parameters, "client data". */
  readonly values: readonly number[];
}

export function decodeFilterPipeline(reader: Reader): Filter[] {
  const version = reader.version(1, 2);
  const count = reader.u8();
  if (count > 32) throw reader.bad('up to 32 filters', String(count));
  if (version === 1) reader.skip(6);
  return Array.from({ length: count }, () => decodeFilter(reader, version));
}

function decodeFilter(reader: Reader, version: number): Filter {
  const id = reader.u16();
  const hasName = version === 1 || id >= 256;
  const nameLength = hasName ? reader.u16() : 0;
  const flags = reader.u16();
  const count = reader.u16();
  const padded = version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength;
  const name = padded > 0 ? reader.text(padded) : undefined;
  const values = Array.from({ length: count }, () => reader.u32());
  if (version === 1 && count % 2 === 1) reader.skip(4);
  return { id, name, optional: (flags & 1) !== 0, values };
}
