import { errors } from '../../errors.js';
import type { Reader } from '../reader.js';
import type { Sizes } from '../sizes.js';
import { Writer } from '../writer.js';
import type { Charset } from './datatype.js';

/*
 * Link message (specification IV.A.2.g): u8 version 1, u8 flags,
 *   [flags bit 3: u8 link type], [bit 2: u64 creation order], [bit 4: u8 character set],
 *   name length in 1 << (flags & 3) bytes, name, then
 *   hard: address · soft: u16 length, path · external: u16 length, u8 0, file NUL, object NUL · 64 … 255: user-defined
 */

/** One name in a group and what it leads to. */
export type Link =
  | { readonly kind: 'hard'; readonly name: string; readonly address: number }
  | { readonly kind: 'soft'; readonly name: string; readonly target: string }
  | { readonly kind: 'external'; readonly name: string; readonly file: string; readonly target: string }
  | {
      readonly kind: 'user-defined';
      readonly name: string;
      readonly type: number;
      readonly data: Uint8Array;
    };

export function decodeLink(reader: Reader): Link {
  reader.version(1);
  const flags = reader.u8();
  const type = flags & 0x08 ? reader.u8() : 0;
  if (flags & 0x04) reader.skip(8);
  if (flags & 0x10) reader.u8();
  const name = reader.text(reader.uint(1 << (flags & 3)));
  if (name === '') throw reader.bad('a link with a name', 'an empty name');
  if (type === 0) return { kind: 'hard', name, address: reader.definedAddress('a hard link') };
  if (type === 1) return { kind: 'soft', name, target: reader.text(reader.u16()) };
  if (type < 64) throw reader.bad('a link type of 0, 1 or 64 to 255', String(type));
  const data = reader.take(reader.u16()).slice();
  if (type !== 64) return { kind: 'user-defined', name, type, data };
  const [file = '', target = ''] = new TextDecoder().decode(data.subarray(1)).split('\0');
  return { kind: 'external', name, file, target };
}

/** Links are written with their character set, so that any name comes back as it went in. */
export function encodeLink(link: Link, sizes: Sizes): Uint8Array {
  const name = new TextEncoder().encode(link.name);
  const charset: Charset = name.length === link.name.length ? 'ascii' : 'utf-8';
  const width = name.length < 0x100 ? 0 : 1;
  const writer = new Writer(sizes)
    .u8(1)
    .u8(width | (link.kind === 'soft' ? 0x08 : 0) | (charset === 'utf-8' ? 0x10 : 0));
  if (link.kind === 'soft') writer.u8(1);
  if (charset === 'utf-8') writer.u8(1);
  writer.uint(name.length, 1 << width).raw(name);
  if (link.kind === 'hard') return writer.address(link.address).bytes();
  if (link.kind === 'soft') {
    const target = new TextEncoder().encode(link.target);
    return writer.u16(target.length).raw(target).bytes();
  }
  throw errors.H5_UNSUPPORTED({
    message: `${link.kind} links cannot be written yet`,
    feature: `writing ${link.kind} links`,
  });
}
