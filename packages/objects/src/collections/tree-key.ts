import { type Chunks, chunkHeader, tags } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { EnumKind, Kind } from '../schema/kinds.js';
import { findOwned, readText, readyText } from '../values/text-codec.js';
import type { OwnedWord, Probe } from './tree-probe.js';

/*
 * Keys of trees are words of 8 bytes, the most significant first, which are compared one after the other as unsigned
 * numbers:
 *
 *     numbers, dates, booleans, enumerations   the float64 (a date's milliseconds, 0 or 1, the index; 0 for -0, and
 *                                              7FF8000000000000 for NaN): all bits inverted when it is negative, or else
 *                                              the first
 *     int64, uint64                            the number, an int64 with its first bit inverted
 *     text, bytes                              the first eight bytes, then zeros; a word that is a reference to a chunk
 *                                              with all of them (address 4, serial 4, as references are), or zero when
 *                                              they are in the word before: at most eight, the last not 0
 *     optional                                 a word before, 1, or 0 for null; then all others are zero
 *
 * So text is in the order of its UTF-8 bytes, which is that of its code points; NaN comes last, null first. In a
 * descending order all bits of the words are inverted, but for references.
 */

/** One part of a key: how its values become words, and words its values. */
export interface KeyPart {
  /** How many words it has. */
  readonly words: number;
  /** Which of them is a reference to a chunk that belongs to the key alone. */
  readonly ownedWord?: number;
  /** The tag of that chunk. */
  readonly tag?: number;
  /** Adds the words of a value that was checked. */
  encode(probe: Probe, value: unknown): void;
  /** The value at a place. @throws OBJ_DAMAGED */
  decode(segment: Segment, at: number): unknown;
}

/** A word of a kind that has but one. */
interface Word {
  encode(value: unknown): void;
  decode(): unknown;
}

const scratch = new DataView(new ArrayBuffer(8));

function floatWord(toNumber: (value: never) => number, fromNumber: (value: number) => unknown): Word {
  return {
    encode: (value) => {
      const number = toNumber(value as never);
      scratch.setFloat64(0, number === 0 ? 0 : number);
      if (Number.isNaN(number)) scratch.setUint32(0, 0x7ff80000);
      const high = scratch.getUint32(0);
      const negative = high >= 0x80000000;
      scratch.setUint32(0, negative ? ~high : high ^ 0x80000000);
      if (negative) scratch.setUint32(4, ~scratch.getUint32(4));
    },
    decode: () => {
      const high = scratch.getUint32(0);
      const negative = high < 0x80000000;
      scratch.setUint32(0, negative ? ~high : high ^ 0x80000000);
      if (negative) scratch.setUint32(4, ~scratch.getUint32(4));
      return fromNumber(scratch.getFloat64(0));
    },
  };
}

const same = (value: number) => value;
const whole = floatWord(same, (value) => (Number.isInteger(value) ? value : undefined));
const words: Readonly<Record<string, Word>> = {
  int8: whole,
  uint8: whole,
  int16: whole,
  uint16: whole,
  int32: whole,
  uint32: whole,
  int53: floatWord(same, (value) => (Number.isSafeInteger(value) ? value : undefined)),
  float32: floatWord(Math.fround, same),
  float64: floatWord(same, same),
  bool: floatWord(Number, (value) => value === 1),
  date: floatWord(
    (value: Date) => value.getTime(),
    (value) => (Number.isNaN(new Date(value).getTime()) ? undefined : new Date(value)),
  ),
  int64: {
    encode: (value) => scratch.setBigInt64(0, (value as bigint) ^ -(2n ** 63n)),
    decode: () => scratch.getBigInt64(0) ^ -(2n ** 63n),
  },
  uint64: {
    encode: (value) => scratch.setBigUint64(0, value as bigint),
    decode: () => scratch.getBigUint64(0),
  },
};

function enumWord({ values }: EnumKind): Word {
  const index = new Map(values.map((value, position) => [value, position]));
  return floatWord(
    (value: string) => index.get(value)!,
    (position) => values[position],
  );
}

function wordPart(chunks: Chunks, word: Word, flip: number): KeyPart {
  return {
    words: 1,
    encode: (probe, value) => {
      word.encode(value);
      probe.push((scratch.getUint32(0) ^ flip) >>> 0, (scratch.getUint32(4) ^ flip) >>> 0);
    },
    decode: ({ view, start }, at) => {
      scratch.setUint32(0, view.getUint32(at) ^ flip);
      scratch.setUint32(4, view.getUint32(at + 4) ^ flip);
      const value = word.decode();
      if (value !== undefined) return value;
      throw chunks.damaged('a key is no value of its kind', start + at, 'tree');
    },
  };
}

function ownedPart(chunks: Chunks, isText: boolean, flip: number): KeyPart {
  const tag = isText ? tags.text : tags.bytes;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const whole = (segment: Segment, at: number) => {
    const { view } = segment;
    const granule = view.getUint32(at + 8, true);
    const place = granule === 0 ? undefined : findOwned(chunks, granule, view.getInt32(at + 12, true), tag);
    if (granule !== 0 && !place) {
      throw chunks.damaged('a key is not where its place says', segment.start + at, 'tree');
    }
    return place;
  };
  const short = ({ view }: Segment, at: number): Uint8Array => {
    scratch.setUint32(0, view.getUint32(at) ^ flip);
    scratch.setUint32(4, view.getUint32(at + 4) ^ flip);
    let length = 8;
    while (length > 0 && scratch.getUint8(length - 1) === 0) length--;
    return new Uint8Array(scratch.buffer.slice(0, length));
  };
  const owned: OwnedWord = { bytes: new Uint8Array(64), length: 0, tag, sign: flip === 0 ? 1 : -1 };
  return {
    words: 2,
    ownedWord: 1,
    tag,
    encode: (probe, value) => {
      if (isText) readyText(value as string, owned);
      else {
        owned.bytes = value as Uint8Array;
        owned.length = owned.bytes.length;
      }
      scratch.setUint32(0, 0);
      scratch.setUint32(4, 0);
      for (let index = 0; index < owned.length && index < 8; index++)
        scratch.setUint8(index, owned.bytes[index]!);
      probe.push((scratch.getUint32(0) ^ flip) >>> 0, (scratch.getUint32(4) ^ flip) >>> 0);
      probe.pushOwned(owned);
    },
    decode: (segment, at) => {
      const place = whole(segment, at);
      if (!isText) {
        if (!place) return short(segment, at);
        const begin = place.at + chunkHeader;
        return place.segment.bytes.slice(begin, begin + place.segment.view.getUint32(place.at + 12, true));
      }
      try {
        return place ? readText(place) : decoder.decode(short(segment, at));
      } catch {
        throw chunks.damaged('a key that is no UTF-8', segment.start + at, 'tree');
      }
    },
  };
}

/** A part that may be null, which comes before all others. */
function nullablePart(of: KeyPart, flip: number): KeyPart {
  const flipped = flip >>> 0;
  return {
    ...of,
    words: of.words + 1,
    ...(of.ownedWord !== undefined && { ownedWord: of.ownedWord + 1 }),
    encode: (probe, value) => {
      probe.push(flipped, ((value === null ? 0 : 1) ^ flip) >>> 0);
      if (value !== null) of.encode(probe, value);
      // Nothing is compared with them but the same.
      else for (let word = 0; word < of.words; word++) probe.push(0, 0);
    },
    decode: (segment, at) => {
      return ((segment.view.getUint32(at + 4) ^ flip) & 1) === 0 ? null : of.decode(segment, at + 8);
    },
  };
}

/** How values of a kind that has an order are keys. @param nullable - Whether they may be null, which optional ones may anyhow. */
export function keyPart(chunks: Chunks, kind: Kind, descending = false, nullable = false): KeyPart {
  const flip = descending ? -1 : 0;
  if (kind.kind === 'optional') return keyPart(chunks, kind.of, descending, true);
  const part =
    kind.kind === 'text' || kind.kind === 'interned' || kind.kind === 'bytes'
      ? ownedPart(chunks, kind.kind !== 'bytes', flip)
      : wordPart(chunks, kind.kind === 'enum' ? enumWord(kind) : words[kind.kind]!, flip);
  return nullable ? nullablePart(part, flip) : part;
}

/** The part that tells equal keys apart: two halves of a word, given as they are. */
export const tiePart: KeyPart = {
  words: 1,
  encode: (probe, value) => {
    const [high, low] = value as readonly [number, number];
    probe.push(high, low);
  },
  decode: ({ view }, at) => [view.getUint32(at), view.getUint32(at + 4)] as const,
};
