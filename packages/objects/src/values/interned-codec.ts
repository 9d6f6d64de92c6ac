import type { Chunks, Place } from '../heap/chunks.js';
import type { Codec } from './codec.js';
import { textCodec, writeReference } from './text-codec.js';

/** Where texts are kept once each. */
export interface TextRegistry {
  /** The one chunk of a text, made when it is new. */
  intern(text: string): Place;
}

/** Text in a chunk that may be in many places: what replaces it leaves it. */
export function internedCodec(chunks: Chunks, texts: TextRegistry, nullable: boolean): Codec {
  const { drop: _owned, ...codec } = textCodec(chunks, nullable);
  return {
    ...codec,
    set: (segment, at, value) => {
      const isNone = value === null || (value === '' && !nullable);
      const place = isNone ? undefined : texts.intern(value as string);
      chunks.heap.own(segment, at, 8);
      writeReference(segment, at, place);
    },
  };
}
