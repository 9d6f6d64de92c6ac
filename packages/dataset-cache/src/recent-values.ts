import type { Lease } from '@terrane/driver';
import { type BlockKey, type PlainKey, parseGuid } from './block-key.js';
import type { CacheEntry } from './cache-entry.js';

/** A value that was found, looked at and right. */
export interface RecentValue {
  readonly guid: PlainKey['guid'];
  readonly entry: CacheEntry;
  /** The commit that was shown: with another one the value may lie elsewhere. */
  readonly sequence: number;
  /** Its bytes, where the file can share them. */
  readonly lease: Lease | undefined;
  /** When it was last said that it was used. */
  touched: number;
}

/** A power of two. */
const places = 32_768;

/**
 * Where the values read last are, so that reading them again searches no tree. Every key has one place, and takes it
 * from who was there before: chunks of one level of a dataset are not in each other's way. It does so when it was the
 * last one that did not find itself there: of keys that come by once, none gets in, and costs nothing.
 */
export class RecentValues {
  readonly #places: (RecentValue | undefined)[] = new Array(places);
  /** Of each place the block that was offered last, in 32 bits. */
  readonly #offered = new Uint32Array(places);

  /** What is known of that key in that state of the storage. @throws TypeError when it has no GUID. */
  find(key: BlockKey, sequence: number): RecentValue | undefined {
    const guid = parseGuid(key.guid);
    const value = this.#places[placeOf(guid, key)];
    if (value === undefined || value.guid !== guid || value.sequence !== sequence) return undefined;
    const { number, level, revision } = value.entry;
    return number === key.number && level === key.level && revision === key.revision ? value : undefined;
  }

  /** A value that was not found here. */
  offer(value: RecentValue): void {
    const place = placeOf(value.guid, value.entry);
    const block = value.entry.block >>> 0;
    if (this.#offered[place] === block) this.#places[place] = value;
    else this.#offered[place] = block;
  }

  /** The value of that key is another one now, or gone. */
  forget(key: PlainKey): void {
    this.#places[placeOf(key.guid, key)] = undefined;
  }

  clear(): void {
    this.#places.fill(undefined);
  }
}

function placeOf(
  guid: PlainKey['guid'],
  { number, level, revision }: { readonly number: number; readonly level: number; readonly revision: number },
): number {
  const which = Math.imul(guid[3] ^ guid[0], 0x9e3779b1) ^ Math.imul(level * 31 + revision, 0x85ebca6b);
  return (number + (which >>> 8)) & (places - 1);
}
