import type { CheckedFile, Mode } from '@terrane/driver';
import { type CommitRecord, mostEntries, type WrittenRange } from './commit-record.js';
import { crc32 } from './crc32.js';
import { answer, type Steps } from './steps.js';
import type { Roots } from './storage-header.js';

/** A stretch of the file that a commit wrote. */
export interface Stretch {
  readonly address: number;
  readonly length: number;
}

/**
 * What a small commit has to say of itself to be made durable with one flush: the checksums of all that it wrote and that
 * its state consists of, so that it can be told after a loss of power whether the record is there and the rest is not.
 *
 * @param words - How many words the record has, which take the same room.
 * @returns nothing when it is too much for a record, or for an opening that looks into all of it.
 */
export function* makeManifest(
  file: CheckedFile<Mode>,
  written: readonly Stretch[],
  words: number,
  mostBytes: number,
): Steps<WrittenRange[] | undefined> {
  if (written.reduce((sum, { length }) => sum + length, 0) > mostBytes) return undefined;
  const ranges = joined(written);
  if (ranges.length > mostEntries - words) return undefined;
  const pieces = yield* readAll(file, ranges);
  return ranges.map((range, index) => ({ ...range, crc: crc32(pieces[index]!) }));
}

/** Whether all that a commit wrote is there. */
export function* isWhole(file: CheckedFile<Mode>, ranges: readonly WrittenRange[]): Steps<boolean> {
  const pieces = yield* readAll(file, ranges);
  return ranges.every(({ length, crc }, index) => {
    const piece = pieces[index]!;
    return piece.length === length && crc32(piece) === crc;
  });
}

/**
 * Whether the header proves that the flush of this commit has returned: it has a root that this very commit wrote, and it
 * is written after the flush. Spares the look at what was written.
 */
export function isProven({ ranges, allocations, free }: CommitRecord, header: Roots): boolean {
  if (ranges.length === 0) return true;
  if (header.allocations !== allocations || header.free !== free) return false;
  const wrote = (root: number) =>
    ranges.some(({ address, length }) => root >= address && root < address + length);
  return wrote(allocations) || wrote(free);
}

/** Stretches that follow each other without a gap are one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const ranges: { address: number; length: number }[] = [];
  for (const { address, length } of stretches.toSorted((a, b) => a.address - b.address)) {
    const last = ranges.at(-1);
    if (last && last.address + last.length === address) last.length += length;
    else ranges.push({ address, length });
  }
  return ranges;
}

function* readAll(file: CheckedFile<Mode>, ranges: readonly Stretch[]): Steps<Uint8Array[]> {
  if (ranges.length === 0) return [];
  const requests = ranges.map(({ address, length }) => ({
    position: address,
    target: new Uint8Array(length),
  }));
  const counts = yield* answer(file.readMany(requests));
  return requests.map(({ target }, index) => target.subarray(0, counts[index]));
}
