import type { Chunks, Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { findOwned, writeOwned, writeReference } from '../values/text-codec.js';
import type { KeyPart } from './tree-key.js';
import { fitsInWord, type Probe } from './tree-probe.js';

/** Chunks for the bytes that a key has beside its words, by word. */
export function writeBytes(chunks: Chunks, probe: Probe): (Place | undefined)[] {
  const made: (Place | undefined)[] = [];
  for (let word = 0; word < probe.words; word++) {
    const owned = probe.ownedAt(word);
    if (!owned || fitsInWord(owned)) continue;
    made[word] = writeOwned(chunks, owned.tag, owned.bytes.subarray(0, owned.length));
  }
  return made;
}

/** Writes a key, whose bytes have chunks, to a place that is ready for writing. */
export function writeKey(
  probe: Probe,
  segment: Segment,
  at: number,
  owned: readonly (Place | undefined)[],
): void {
  for (let word = 0; word < probe.words; word++) {
    const place = at + 8 * word;
    if (probe.ownedAt(word)) writeReference(segment, place, owned[word]);
    else {
      segment.view.setUint32(place, probe.highAt(word));
      segment.view.setUint32(place + 4, probe.lowAt(word));
    }
  }
}

/** The chunks that belong to the key of an entry. @throws OBJ_DAMAGED */
export function ownedOf(
  chunks: Chunks,
  parts: readonly KeyPart[],
  { view, start }: Segment,
  entry: number,
): Place[] {
  const found: Place[] = [];
  let at = entry;
  for (const { words, ownedWord, tag } of parts) {
    const place = at + 8 * (ownedWord ?? 0);
    at += 8 * words;
    const granule = ownedWord === undefined ? 0 : view.getUint32(place, true);
    if (granule === 0) continue;
    const owned = findOwned(chunks, granule, view.getInt32(place + 4, true), tag!);
    if (!owned) throw chunks.damaged('a key is not where its place says', start + place, 'tree');
    found.push(owned);
  }
  return found;
}
