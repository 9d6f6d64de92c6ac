import { type ByteOrderOptions, byteOrderOf } from './byte-order-option.js';
import { checkCount } from './check-count.js';
import type { TextEncodingName, TextEnding } from './description.js';
import { errors } from './errors.js';
import { defineLayout, type Layout, show } from './layout.js';
import { textEncoding } from './text-encoding.js';

/** How text of a fixed width is stored. */
export interface TextOptions extends ByteOrderOptions {
  /** `"utf8"` by default. */
  readonly encoding?: TextEncodingName;
  /**
   * How text shorter than the width ends. `"nul"` (default): NULs fill the rest, and may be none. `"terminator"`:
   * a NUL always follows, and what comes after it means nothing. `"space"`: spaces fill the rest.
   */
  readonly ending?: TextEnding;
  /** Stored bytes that are no such text: `"throw"` (default, LAY_TEXT), or `"replace"` by U+FFFD. */
  readonly malformed?: 'throw' | 'replace';
  /** Text that is too long: `"throw"` (default, LAY_TEXT), or `"truncate"` after the last whole character. */
  readonly overflow?: 'throw' | 'truncate';
}

/** The byte that fills, by ending. */
const fillers: Readonly<Record<TextEnding, number>> = { terminator: 0, nul: 0, space: 0x20 };

/**
 * Text in a field of `size` bytes, a terminator included. Text that would not come back as it was (a NUL inside
 * terminated text, padding at its end) is refused with LAY_TEXT, as is what does not fit.
 *
 * @throws LAY_DEFINITION when `size` is no positive multiple of the encoding's unit.
 */
export function text(size: number, options: TextOptions = {}): Layout<string> {
  checkCount('text', size);
  const byteOrder = byteOrderOf('text', options, [
    'byteOrder',
    'encoding',
    'ending',
    'malformed',
    'overflow',
  ]);
  const { encoding = 'utf8', ending = 'nul', malformed = 'throw', overflow = 'throw' } = options;
  const { unit, encode, decode } = textEncoding(encoding, byteOrder);
  const filler = fillers[ending];
  if (filler === undefined) throw new TypeError(`text: no ending ${show(ending)} (${Object.keys(fillers)})`);
  for (const [name, value, other] of [
    ['malformed', malformed, 'replace'],
    ['overflow', overflow, 'truncate'],
  ] as const) {
    if (value !== 'throw' && value !== other) {
      throw new TypeError(`text: ${name} is "throw" or "${other}", not ${show(value)}`);
    }
  }
  const room = ending === 'terminator' ? size - unit : size;
  if (size % unit !== 0 || room < 0) {
    throw errors.LAY_DEFINITION({ message: `text: ${size} bytes are no whole number of ${encoding} units` });
  }
  // The lower address of a 16-bit unit holds the filler in little-endian text, the higher one in big-endian text.
  const fillerAt = unit === 2 && byteOrder === 'big' ? 1 : 0;
  const isFiller = (bytes: Uint8Array, i: number) =>
    bytes[i + fillerAt] === filler && (unit === 1 || bytes[i + 1 - fillerAt] === 0);

  const encoded = (value: unknown): Uint8Array => {
    if (typeof value !== 'string') {
      throw errors.LAY_TYPE({ message: `text holds a string, not ${show(value)}` });
    }
    if (ending === 'terminator' ? value.includes('\0') : value.endsWith(String.fromCharCode(filler))) {
      const what = ending === 'terminator' ? 'has a NUL' : 'ends in what fills the field';
      throw errors.LAY_TEXT({ message: `${show(value)} ${what}, which would be lost` });
    }
    const bytes = encode(value);
    if (bytes.length <= room) return bytes;
    if (overflow === 'truncate') return encode(cut(value, room, encode));
    throw errors.LAY_TEXT({
      message: `${show(value)} takes ${bytes.length} bytes`,
      expected: `at most ${room} bytes of ${encoding}`,
      found: `${bytes.length} bytes`,
    });
  };

  const stored = (bytes: Uint8Array): Uint8Array => {
    if (ending === 'terminator') {
      let end = 0;
      while (end < size && !isFiller(bytes, end)) end += unit;
      if (end < size || malformed === 'replace') return bytes.subarray(0, end);
      throw errors.LAY_TEXT({ message: `no terminator in the ${size} bytes of a text` });
    }
    let end = size;
    while (end > 0 && isFiller(bytes, end - unit)) end -= unit;
    return bytes.subarray(0, end);
  };

  return defineLayout<string>({
    description: {
      type: 'text',
      size,
      encoding,
      ending,
      ...(unit === 2 && byteOrder === 'big' ? { byteOrder } : {}),
      ...(malformed === 'replace' ? { malformed } : {}),
      ...(overflow === 'truncate' ? { overflow } : {}),
    },
    size,
    alignment: unit,
    access: (view) => {
      const all = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      return {
        get: (at) => {
          if (!(at >= 0 && at + size <= all.length))
            throw new RangeError(`text at ${at}: outside the memory`);
          return decode(stored(all.subarray(at, at + size)), malformed === 'throw');
        },
        set: (at, value) => {
          const bytes = encoded(value);
          if (!(at >= 0 && at + size <= all.length))
            throw new RangeError(`text at ${at}: outside the memory`);
          all.set(bytes, at);
          for (let i = bytes.length; i < size; i++) all[at + i] = i % unit === fillerAt ? filler : 0;
        },
      };
    },
    check: (value) => void encoded(value),
  });
}

/** The longest beginning of `value` made of whole characters that takes at most `room` bytes. */
function cut(value: string, room: number, encode: (text: string) => Uint8Array): string {
  let used = 0;
  let end = 0;
  for (const character of value) {
    used += encode(character).length;
    if (used > room) break;
    end += character.length;
  }
  return value.slice(0, end);
}
