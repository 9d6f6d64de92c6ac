import { granuleBytes } from '../heap/chunk-class.js';
import type { Chunks, Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';

/** An object as a word of a key: its address in units of 16 bytes, its serial. */
export type ObjectWord = readonly [granule: number, serial: number];

/** The word of an object. */
export function wordOf({ segment, at }: Place): ObjectWord {
  return [(segment.start + at) / granuleBytes, segment.view.getUint32(at + 4, true)];
}

/** The word of the object that a reference leads to. */
export function wordOfReference({ view }: Segment, at: number): ObjectWord {
  return [view.getUint32(at, true), view.getUint32(at + 4, true)];
}

/** The object of a word, or nothing when it was freed. */
export function placeOf(chunks: Chunks, [granule, serial]: ObjectWord): Place | undefined {
  return chunks.find(granule, serial | 0);
}
