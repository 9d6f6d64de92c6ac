import { type Chunks, chunkHeader } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { findOwned, type Needle } from '../values/text-codec.js';

/** The bytes of a text, or of bytes, and how they are stored: in a chunk of their own, with this tag. */
export interface OwnedWord extends Needle {
  readonly tag: number;
  /** -1 where the order is from the last to the first. */
  readonly sign: 1 | -1;
}

/** Whether bytes have room in the word of eight that stands before their reference: then there is no chunk. */
export function fitsInWord({ bytes, length }: Needle): boolean {
  return length === 0 || (length <= 8 && bytes[length - 1] !== 0);
}

/**
 * A key to look for, as words of eight bytes, each a high and a low half. A word that is a reference has the bytes of its
 * text instead. It may have fewer words than the keys of the tree: then it is equal to all that begin with them.
 */
export class Probe {
  readonly #chunks: Chunks;
  readonly #high: number[] = [];
  readonly #low: number[] = [];
  readonly #owned: (OwnedWord | undefined)[] = [];
  #words = 0;
  #firstHigh = 0;
  #firstLow = 0;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  get words(): number {
    return this.#words;
  }

  clear(): void {
    this.#words = 0;
  }

  /** Adds a word. */
  push(high: number, low: number): void {
    const index = this.#words++;
    this.#high[index] = high;
    this.#low[index] = low;
    this.#owned[index] = undefined;
    if (index > 0) return;
    this.#firstHigh = high;
    this.#firstLow = low;
  }

  /** Adds the word of a reference to bytes whose beginning was the word before. */
  pushOwned(owned: OwnedWord): void {
    this.push(0, 0);
    this.#owned[this.#words - 1] = owned;
  }

  /** The bytes that belong to a word that is a reference. */
  ownedAt(word: number): OwnedWord | undefined {
    return this.#owned[word];
  }

  highAt(word: number): number {
    return this.#high[word]!;
  }

  lowAt(word: number): number {
    return this.#low[word]!;
  }

  /** A text that equal keys have in common, and no others. */
  signature(): string {
    const words = Array.from({ length: this.#words }, (_, word) => {
      const owned = this.#owned[word];
      return owned ? String(owned.bytes.subarray(0, owned.length)) : `${this.#high[word]}:${this.#low[word]}`;
    });
    return words.join(' ');
  }

  /** Less than 0 when the key at a place comes before this one, more when it comes after it. */
  compare(segment: Segment, at: number): number {
    const { view } = segment;
    const difference = view.getUint32(at) - this.#firstHigh || view.getUint32(at + 4) - this.#firstLow;
    return difference !== 0 || this.#words === 1 ? difference : this.#compareRest(segment, at);
  }

  #compareRest(segment: Segment, at: number): number {
    const { view } = segment;
    for (let word = 1; word < this.#words; word++) {
      const place = at + 8 * word;
      const owned = this.#owned[word];
      const difference = owned
        ? owned.sign * this.#compareOwned(segment, place, owned)
        : view.getUint32(place) - this.#high[word]! || view.getUint32(place + 4) - this.#low[word]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** The same for bytes whose first eight are known to be equal, those that are not there being 0. */
  #compareOwned({ view, start }: Segment, at: number, owned: OwnedWord): number {
    const fits = fitsInWord(owned);
    const granule = view.getUint32(at, true);
    if (granule === 0) return fits ? 0 : -1;
    if (fits) return 1;
    const place = findOwned(this.#chunks, granule, view.getInt32(at + 4, true), owned.tag);
    if (!place) throw this.#chunks.damaged('a key is not where its place says', start + at, 'tree');
    const { segment } = place;
    const begin = place.at + chunkHeader;
    const length = segment.view.getUint32(place.at + 12, true);
    const { bytes } = segment;
    const shorter = Math.min(length, owned.length);
    for (let index = shorter < 8 ? 0 : 8; index < shorter; index++) {
      const difference = bytes[begin + index]! - owned.bytes[index]!;
      if (difference !== 0) return difference;
    }
    return length - owned.length;
  }
}
