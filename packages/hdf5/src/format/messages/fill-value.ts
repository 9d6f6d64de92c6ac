import type { Reader } from '../reader.js';
import { Writer } from '../writer.js';

/*
 * Fill value message (specification IV.A.2.f), type 0x05, and its predecessor 0x04.
 *
 * old (0x04):      u32 size, value
 * version 1 and 2: u8 version, u8 allocation time, u8 fill time, u8 defined, [u32 size, value; version 2: if defined]
 * version 3:       u8 3, u8 flags (bits 0-1 allocation time, 2-3 fill time, 4 undefined, 5 defined), [u32 size, value]
 */

/** What elements hold that nobody wrote. */
export interface FillValue {
  /** One element as it stands on disk; `undefined` means all zeros. */
  readonly value: Uint8Array | undefined;
}

export function decodeFillValue(reader: Reader): FillValue {
  const version = reader.version(1, 2, 3);
  if (version === 3) {
    const flags = reader.u8();
    return { value: flags & 0x20 ? sized(reader) : undefined };
  }
  reader.skip(2);
  const defined = reader.u8();
  if (version === 2 && defined === 0) return { value: undefined };
  return { value: sized(reader) };
}

export function decodeOldFillValue(reader: Reader): FillValue {
  return { value: sized(reader) };
}

function sized(reader: Reader): Uint8Array | undefined {
  const size = reader.u32();
  // Version 1 marks "no value" by a size of all ones; 0 means the library's default, zeros.
  if (size === 0 || size === 0xffffffff) return undefined;
  return reader.take(size).slice();
}

/** The default fill value, allocated late and written if set: what PyTables and h5py leave in contiguous datasets. */
export function encodeDefaultFillValue(version: 2 | 3): Uint8Array {
  const late = 2;
  const ifSet = 2;
  if (version === 3)
    return new Writer()
      .u8(3)
      .u8(late | (ifSet << 2))
      .bytes();
  return new Writer().u8(2).u8(late).u8(ifSet).u8(1).u32(0).bytes();
}
