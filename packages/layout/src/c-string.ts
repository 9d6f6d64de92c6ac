import { checkOptions } from '@terrane/errors';
import type { TextEncodingName } from './description.js';
import { errors } from './errors.js';
import { type Memory, show, viewAt } from './layout.js';
import { textEncoding } from './text-encoding.js';

/** Text of any length that ends at a NUL. It has no fixed size, so it is no field of a struct. */
export interface CStringCodec {
  /** Bytes that `text` takes with its NUL. Throws what `write` would throw. */
  byteLength(text: string): number;
  /** The text at `offset` (0 by default), and the position behind its NUL. LAY_TEXT when none follows. */
  read(memory: Memory, offset?: number): { readonly value: string; readonly next: number };
  /** Writes `text` and its NUL at `offset` (0 by default), and gives the position behind it. */
  write(memory: Memory, text: string, offset?: number): number;
}

/** C strings: bytes up to a NUL, UTF-8 unless told otherwise. A NUL inside the text is refused with LAY_TEXT. */
export function cString(
  options: { readonly encoding?: Exclude<TextEncodingName, 'utf16'> } = {},
): CStringCodec {
  checkOptions(options, ['encoding'], 'cString');
  const { unit, encode, decode } = textEncoding(options.encoding ?? 'utf8');
  if (unit !== 1) throw new TypeError('cString: UTF-16 text does not end at a NUL byte');
  const encoded = (text: string): Uint8Array => {
    if (typeof text !== 'string') {
      throw errors.LAY_TYPE({ message: `a C string is wanted, not ${show(text)}` });
    }
    if (text.includes('\0'))
      throw errors.LAY_TEXT({ message: `${show(text)} has a NUL, where it would end` });
    return encode(text);
  };
  return {
    byteLength: (text) => encoded(text).length + 1,
    read: (memory, offset = 0) => {
      const view = viewAt(memory, offset, Math.max(0, memory.byteLength - offset));
      const rest = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      const end = rest.indexOf(0);
      if (end < 0) throw errors.LAY_TEXT({ message: `no NUL follows the text at offset ${offset}`, offset });
      return { value: decode(rest.subarray(0, end), true), next: offset + end + 1 };
    },
    write: (memory, text, offset = 0) => {
      const bytes = encoded(text);
      const view = viewAt(memory, offset, bytes.length + 1);
      const target = new Uint8Array(view.buffer, view.byteOffset, bytes.length + 1);
      target.set(bytes);
      target[bytes.length] = 0;
      return offset + bytes.length + 1;
    },
  };
}
