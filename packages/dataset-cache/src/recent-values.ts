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
const places = 8192;

/**
 * Where the values read last are, so that reading them again searches no tree. Every key has one place, and takes it
 * from who was there before: chunks of one level of a dataset are not in each other's way.
 */
export class RecentValues {
  readonly #places: (RecentValue | undefined)[] = new Array(places);

  /** What is known of that key in that state of the storage. @throws TypeError when it has no GUID. */
  find(key: BlockKey, sequence: number): RecentValue | undefined {
    const guid = parseGuid(key.guid);
    const value = this.#places[placeOf(guid, key)];
    if (value === undefined || value.guid !== guid || value.sequence !== sequence) return undefined;
    const { number, level, revision } = value.entry;
    return number === key.number && level === key.level && revision === key.revision ? value : undefined;
  }

  keep(value: RecentValue): void {
    this.#places[placeOf(value.guid, value.entry)] = value;
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
