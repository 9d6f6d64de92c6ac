import { type Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { type Codec, wrongType } from './codec.js';
import { hashBytes } from './hash.js';

const native = (String.prototype as { isWellFormed?: (this: string) => boolean }).isWellFormed;
const isWellFormed = (text: string) => (native ? native.call(text) : !/\p{Surrogate}/u.test(text));
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text and bytes: a chunk that belongs to this place alone, so that what replaces it can free it. */
export function textCodec(chunks: Chunks, nullable: boolean): Codec {
  const decode = (place: Place): string => {
    try {
      return readText(place);
    } catch {
      const { segment, at } = place;
      throw chunks.damaged('a text that is no UTF-8', segment.start + at, 'text');
    }
  };
  const check = (value: unknown, path: string) => {
    if (typeof value !== 'string') throw wrongType(path, nullable ? 'text or null' : 'text', value);
    if (!isWellFormed(value))
      throw new TypeError(`${path}: half a surrogate pair, which UTF-8 has no place for`);
  };
  const encode = (value: unknown) => encoder.encode(value as string);
  return ownedCodec(chunks, tags.text, nullable, {
    check,
    decode,
    encode,
    empty: () => '',
    ready: (value, needle) => readyText(value as string, needle),
  });
}

/** Bytes, copied in and out. */
export function bytesCodec(chunks: Chunks, nullable: boolean): Codec {
  const check = (value: unknown, path: string) => {
    if (!(value instanceof Uint8Array))
      throw wrongType(path, nullable ? 'a Uint8Array or null' : 'a Uint8Array', value);
  };
  const decode = ({ segment, at }: Place) => {
    const begin = at + chunkHeader;
    return segment.bytes.slice(begin, begin + segment.view.getUint32(at + 12, true));
  };
  const encode = (value: unknown) => value as Uint8Array;
  const ready = (value: unknown, needle: Needle) => {
    needle.bytes = value as Uint8Array;
    needle.length = needle.bytes.length;
  };
  return ownedCodec(chunks, tags.bytes, nullable, {
    check,
    decode,
    encode,
    empty: () => new Uint8Array(0),
    ready,
  });
}

/** Bytes to look for; kept, since a lookup should not make garbage. */
export interface Needle {
  bytes: Uint8Array;
  length: number;
}

/** Puts the UTF-8 of a text into a needle. */
export function readyText(value: string, needle: Needle): void {
  // No character of UTF-16 takes more than three bytes.
  if (needle.bytes.length < 3 * value.length) needle.bytes = new Uint8Array(6 * value.length);
  const { bytes } = needle;
  needle.length = value.length;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (code > 127 || index > 64) {
      needle.length = encoder.encodeInto(value, bytes).written;
      return;
    }
    bytes[index] = code;
  }
}

interface OwnedValue {
  /** Puts the bytes of a value into a needle. */
  ready(value: unknown, needle: Needle): void;
  check(value: unknown, path: string): void;
  decode(place: Place): unknown;
  encode(value: unknown): Uint8Array;
  empty(): unknown;
}

function ownedCodec(chunks: Chunks, tag: number, nullable: boolean, value: OwnedValue): Codec {
  const { heap } = chunks;
  const needle: Needle = { bytes: new Uint8Array(64), length: 0 };
  const find = (segment: Segment, at: number): Place | undefined => {
    const granule = segment.view.getUint32(at, true);
    if (granule === 0) return undefined;
    const place = findOwned(chunks, granule, segment.view.getInt32(at + 4, true), tag);
    if (place) return place;
    throw chunks.damaged('a value is not where its place says', segment.start + at);
  };
  const drop = (segment: Segment, at: number) => {
    const old = find(segment, at);
    if (old) chunks.free(old);
  };
  return {
    size: 8,
    check: (given, path) => {
      if (!(nullable && given === null)) value.check(given, path);
    },
    get: (segment, at) => {
      const place = find(segment, at);
      if (place) return value.decode(place);
      return nullable ? null : value.empty();
    },
    set: (segment, at, given) => {
      heap.own(segment, at, 8);
      const content = given === null ? undefined : value.encode(given);
      const kept = content && (content.length > 0 || nullable) ? writeOwned(chunks, tag, content) : undefined;
      drop(segment, at);
      writeReference(segment, at, kept);
    },
    drop,
    trace: (segment, at, visit) => {
      const place = find(segment, at);
      if (place) visit(place);
    },
    ...(!nullable && {
      key: {
        probe: (given: unknown) => {
          value.ready(given, needle);
          return hashBytes(needle.bytes, needle.length);
        },
        matches: (segment: Segment, at: number) => {
          const place = find(segment, at);
          if (!place) return needle.length === 0;
          const { bytes, view } = place.segment;
          if (view.getUint32(place.at + 12, true) !== needle.length) return false;
          const begin = place.at + chunkHeader;
          for (let index = 0; index < needle.length; index++) {
            if (bytes[begin + index] !== needle.bytes[index]) return false;
          }
          return true;
        },
      },
    }),
  };
}

/** The whole chunk of a text or of bytes in memory, or nothing when it is not there. @throws OBJ_DAMAGED */
export function findOwned(chunks: Chunks, granule: number, serial: number, tag: number): Place | undefined {
  const place = chunks.find(granule, serial);
  if (!place || place.segment.view.getUint32(place.at, true) !== tag) return undefined;
  const { segment, at } = place;
  chunks.heap.need(segment, at, chunkHeader + segment.view.getUint32(at + 12, true));
  return place;
}

/** A new chunk with these bytes. */
export function writeOwned(chunks: Chunks, tag: number, content: Uint8Array): Place {
  const place = chunks.allocate(tag, content.length);
  const { segment, at } = place;
  if (content.length > 0) chunks.heap.own(segment, at + chunkHeader, content.length);
  segment.bytes.set(content, at + chunkHeader);
  return place;
}

/** Writes a reference, or none, into 8 bytes that are ready for writing. */
export function writeReference(segment: Segment, at: number, place: Place | undefined): void {
  segment.view.setUint32(at, place ? (place.segment.start + place.at) / 16 : 0, true);
  segment.view.setInt32(at + 4, place ? place.segment.view.getInt32(place.at + 4, true) : 0, true);
}

/** The text of a chunk. @throws TypeError when it is no UTF-8. */
export function readText({ segment, at }: Place): string {
  const begin = at + chunkHeader;
  const length = segment.view.getUint32(at + 12, true);
  if (length <= 24) {
    // Short and plain: faster than any decoder.
    let made = '';
    for (let index = begin; index < begin + length; index++) {
      const byte = segment.bytes[index]!;
      if (byte > 127) return decoder.decode(segment.bytes.subarray(begin, begin + length));
      made += String.fromCharCode(byte);
    }
    return made;
  }
  return decoder.decode(segment.bytes.subarray(begin, begin + length));
}
