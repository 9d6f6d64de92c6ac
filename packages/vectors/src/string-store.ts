import { cString, type TextEncodingName } from '@terrane/layout';
import type { Mapping } from '@terrane/mmap';
import type { ElementStore } from './element-store.js';
import { errors } from './errors.js';

/** How strings are stored in a file. */
export interface StringOptions {
  /** `"utf8"` by default. */
  readonly encoding?: Exclude<TextEncodingName, 'utf16'>;
  /** The text that stands for a missing value, read as `null`; none by default. */
  readonly missing?: string;
}

/** The start of every 32nd string is remembered: 8 bytes for 32 strings, and a search over 31 at most. */
const sampling = 32;

/**
 * Strings that each end at a NUL; a file's last one need not. The file is searched once, for the NULs, when a length
 * or an element is first asked for. Strings of any length and bytes are found right.
 */
export class StringStore implements ElementStore<string | null> {
  readonly kind = 'string';
  readonly #mapping: Mapping;
  readonly #segments: readonly Uint8Array[];
  readonly #segmentSize: number;
  readonly #codec: ReturnType<typeof cString>;
  readonly #missing: string | undefined;
  #index: { readonly count: number; readonly starts: Float64Array } | undefined;

  constructor(mapping: Mapping, { encoding = 'utf8', missing }: StringOptions) {
    this.#mapping = mapping;
    this.#segments = mapping.segments.map((buffer) => new Uint8Array(buffer));
    this.#segmentSize = Math.max(1, this.#segments[0]?.length ?? 1);
    this.#codec = cString({ encoding });
    this.#missing = missing;
  }

  get length(): number {
    return this.#indexed().count;
  }

  get(index: number): string | null {
    const { starts } = this.#indexed();
    let from = starts[Math.floor(index / sampling)]!;
    for (let skip = index % sampling; skip > 0; skip--) from = this.#end(from) + 1;
    const end = this.#end(from);
    const bytes = new Uint8Array(end - from + 1);
    this.#mapping.read(from, bytes.subarray(0, end - from));
    const { value } = this.#codec.read(bytes);
    return value === this.#missing ? null : value;
  }

  check(): void {
    throw errors.VEC_READ_ONLY({
      message: 'strings of varying length cannot be replaced in place',
      hint: 'use text of a fixed width, or write a new file with createStrings',
    });
  }

  /** The position of the first NUL from `from` on, or of the end. */
  #end(from: number): number {
    for (let at = from; at < this.#mapping.length; ) {
      const number = Math.floor(at / this.#segmentSize);
      const found = this.#segments[number]!.indexOf(0, at - number * this.#segmentSize);
      if (found >= 0) return number * this.#segmentSize + found;
      at = (number + 1) * this.#segmentSize;
    }
    return this.#mapping.length;
  }

  #indexed() {
    if (this.#index !== undefined) return this.#index;
    const starts: number[] = [];
    let count = 0;
    for (let from = 0; from < this.#mapping.length; from = this.#end(from) + 1) {
      if (count % sampling === 0) starts.push(from);
      count++;
    }
    this.#index = { count, starts: Float64Array.from(starts) };
    return this.#index;
  }
}
