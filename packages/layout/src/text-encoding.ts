import type { ByteOrder } from './byte-order.js';
import type { TextEncodingName } from './description.js';
import { errors } from './errors.js';
import { show } from './layout.js';

/** One way to store text: its unit, and both directions. */
export interface TextEncoding {
  /** Bytes of one code unit: what a NUL or a space takes. */
  readonly unit: 1 | 2;
  /** The bytes of `text`. Throws LAY_TEXT when it has characters that the encoding lacks. */
  encode(text: string): Uint8Array;
  /** The text of `bytes`; malformed bytes throw LAY_TEXT when `fatal`, and read as U+FFFD otherwise. */
  decode(bytes: Uint8Array, fatal: boolean): string;
}

/** Text up to this many bytes is put together from its character codes: a decoder costs more than that. */
const shortText = 32;

/** The encoding of that name. UTF-8 and the single-byte ones have no byte order. */
export function textEncoding(name: TextEncodingName, byteOrder: ByteOrder = 'little'): TextEncoding {
  const make = encodings[name];
  if (make === undefined) throw new TypeError(`no text encoding ${show(name)} (${Object.keys(encodings)})`);
  return make(byteOrder);
}

const encodings: Readonly<Record<TextEncodingName, (byteOrder: ByteOrder) => TextEncoding>> = {
  utf8: () => ({
    unit: 1,
    encode: (text) => {
      if (/\p{Surrogate}/u.test(text)) throw unencodable(text, 'utf8', 'a lone surrogate');
      return new TextEncoder().encode(text);
    },
    decode: (bytes, fatal) => asciiText(bytes) ?? decodeBy('utf-8', bytes, fatal),
  }),
  ascii: () => ({
    unit: 1,
    encode: (text) => encodeBytes(text, 'ascii', 0x7f),
    decode: (bytes, fatal) => {
      const malformed = bytes.findIndex((byte) => byte > 0x7f);
      if (malformed < 0) return latin1Text(bytes);
      if (fatal) throw undecodable('ascii', bytes[malformed]!);
      return latin1Text(bytes).replace(/[^\0-\x7f]/g, '\ufffd');
    },
  }),
  latin1: () => ({
    unit: 1,
    encode: (text) => encodeBytes(text, 'latin1', 0xff),
    // Not a TextDecoder: to those, "latin1" is windows-1252.
    decode: (bytes) => latin1Text(bytes),
  }),
  utf16: (byteOrder) => {
    const little = byteOrder === 'little';
    return {
      unit: 2,
      encode: (text) => {
        if (/\p{Surrogate}/u.test(text)) throw unencodable(text, 'utf16', 'a lone surrogate');
        const view = new DataView(new ArrayBuffer(2 * text.length));
        for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), little);
        return new Uint8Array(view.buffer);
      },
      decode: (bytes, fatal) => decodeBy(little ? 'utf-16le' : 'utf-16be', bytes, fatal),
    };
  },
};

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

function decodeBy(label: string, bytes: Uint8Array, fatal: boolean): string {
  const key = `${label} ${fatal}`;
  let decoder = decoders.get(key);
  if (decoder === undefined) {
    decoder = new TextDecoder(label, { fatal, ignoreBOM: true });
    decoders.set(key, decoder);
  }
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw errors.LAY_TEXT({ message: `the stored bytes are not ${label}`, length: bytes.length, cause });
  }
}

/** The text of a few bytes if all are ASCII. */
function asciiText(bytes: Uint8Array): string | undefined {
  if (bytes.length > shortText) return undefined;
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes[i]!;
    if (code > 0x7f) return undefined;
    text += String.fromCharCode(code);
  }
  return text;
}

function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 4096) {
    text += String.fromCharCode(...bytes.subarray(start, start + 4096));
  }
  return text;
}

function encodeBytes(text: string, name: string, most: number): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > most) throw unencodable(text, name, `U+${code.toString(16).toUpperCase().padStart(4, '0')}`);
    bytes[i] = code;
  }
  return bytes;
}

function unencodable(text: string, name: string, character: string) {
  return errors.LAY_TEXT({ message: `${show(text)} has ${character}, which ${name} cannot store` });
}

function undecodable(name: string, byte: number) {
  return errors.LAY_TEXT({ message: `the stored byte 0x${byte.toString(16)} is not ${name}` });
}
