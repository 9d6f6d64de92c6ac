import type { Reader } from '../reader.js';
import type { Sizes } from '../sizes.js';
import { Writer } from '../writer.js';
import type { Charset } from './datatype.js';

/*
 * Attribute message (specification IV.A.2.m): u8 version, u8 flags (version 1: reserved), u16 name size,
 * u16 datatype size, u16 dataspace size, [version 3: u8 character set], name with NUL, datatype, dataspace, data.
 * Version 1 pads name, datatype and dataspace to multiples of 8; their sizes are given unpadded.
 * Flags bit 0: the datatype is shared, bit 1: the dataspace is.
 */

/** An attribute with its parts still encoded; `data` is as long as the message leaves room for. */
export interface AttributeMessage {
  readonly name: string;
  readonly datatype: Uint8Array;
  readonly datatypeShared: boolean;
  readonly dataspace: Uint8Array;
  readonly dataspaceShared: boolean;
  readonly data: Uint8Array;
}

export function decodeAttribute(reader: Reader): AttributeMessage {
  const version = reader.version(1, 2, 3);
  const flags = reader.u8();
  const sizes = [reader.u16(), reader.u16(), reader.u16()] as const;
  if (version === 3) reader.u8();
  const part = (size: number): Uint8Array => {
    const bytes = reader.take(size);
    if (version === 1) reader.skip((8 - (size % 8)) % 8);
    return bytes;
  };
  const name = nameOf(part(sizes[0]));
  const datatype = part(sizes[1]);
  const dataspace = part(sizes[2]);
  return {
    name,
    datatype,
    datatypeShared: version > 1 && (flags & 1) !== 0,
    dataspace,
    dataspaceShared: version > 1 && (flags & 2) !== 0,
    data: reader.take(reader.remaining),
  };
}

/** Just the name: listing attributes need not decode them. */
export function attributeName(reader: Reader): string {
  const version = reader.version(1, 2, 3);
  reader.u8();
  const size = reader.u16();
  reader.skip(version === 3 ? 5 : 4);
  return nameOf(reader.take(size));
}

function nameOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** Version 1 in old object headers, version 3 (with the name's character set) in new ones. */
export function encodeAttribute(
  name: string,
  datatype: Uint8Array,
  dataspace: Uint8Array,
  data: Uint8Array,
  version: 1 | 3,
  sizes: Sizes,
): Uint8Array {
  const encoded = new TextEncoder().encode(name);
  const charset: Charset = encoded.length === name.length ? 'ascii' : 'utf-8';
  const writer = new Writer(sizes, 64 + encoded.length + data.length).u8(version).u8(0);
  writer
    .u16(encoded.length + 1)
    .u16(datatype.length)
    .u16(dataspace.length);
  if (version === 3) writer.u8(charset === 'utf-8' ? 1 : 0);
  writer.raw(encoded).u8(0);
  if (version === 1) writer.align(8);
  for (const part of [datatype, dataspace]) {
    writer.raw(part);
    if (version === 1) writer.align(8);
  }
  return writer.raw(data).bytes();
}
