import { errors } from '../errors.js';
import type { Charset, StringPadding, StringType } from '../format/messages/datatype.js';
import { wrongValue } from './typed-array-codec.js';
import type { ValueCodec } from './value-codec.js';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder('latin1');
const encoder = new TextEncoder();

/** The codec of fixed-length strings. */
export function stringCodec(type: StringType): ValueCodec<string[]> {
  const { size, padding, charset } = type;
  return {
    elementBytes: size,
    create: (count) => new Array<string>(count).fill(''),
    accepts: (array): array is string[] => Array.isArray(array),
    decode(source, target, at) {
      for (let from = 0, index = at; from < source.length; from += size, index++) {
        target[index] = decodeText(unpadded(source.subarray(from, from + size), padding), charset);
      }
    },
    encode(values, at, count) {
      const bytes = new Uint8Array(size * count).fill(padding === 'space-pad' ? 0x20 : 0);
      for (let index = 0; index < count; index++) {
        const value: unknown = values[at + index];
        if (typeof value !== 'string') throw wrongValue(value, at + index, 'text');
        const text = encoder.encode(value);
        if (text.length > size) throw tooLong(value, text.length, size);
        bytes.set(text, index * size);
      }
      return bytes;
    },
  };
}

/** The text without what fills it up. A NUL ends only text that is NUL-terminated. */
export function unpadded(bytes: Uint8Array, padding: StringPadding): Uint8Array {
  if (padding === 'null-terminate') {
    const end = bytes.indexOf(0);
    return end < 0 ? bytes : bytes.subarray(0, end);
  }
  const filler = padding === 'space-pad' ? 0x20 : 0;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === filler) end--;
  return bytes.subarray(0, end);
}

/**
 * Text from its bytes. What is declared ASCII and is no valid UTF-8 either is taken for Latin-1, byte by byte,
 * which loses nothing; text declared UTF-8 that is not is an error.
 *
 * @throws H5_BAD_VALUE
 */
export function decodeText(bytes: Uint8Array, charset: Charset): string {
  try {
    return utf8.decode(bytes);
  } catch {
    if (charset === 'ascii') return latin1.decode(bytes);
    throw errors.H5_BAD_VALUE({
      message: 'a string is declared UTF-8 and is not',
      structure: 'string',
      expected: 'valid UTF-8',
      found: `bytes ${[...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}`,
    });
  }
}

function tooLong(value: string, length: number, size: number): Error {
  return errors.H5_WRONG_TYPE({
    message: `${JSON.stringify(value.slice(0, 40))} is ${length} bytes long and the type holds ${size}`,
    expected: `up to ${size} bytes of UTF-8`,
    found: `${length} bytes`,
  });
}
