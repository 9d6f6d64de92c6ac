import { getUint64, pageBytes, setUint64, viewOf } from './bytes.js';
import { crc32Without } from './crc32.js';
import { isPlace } from './entry-faults.js';
import { errors } from './errors.js';

/*
 * A page of the list of ranges that one of the last two commits freed and that must not be used yet, little-endian:
 *
 *    0   4  'BSTR'
 *    4   4  number of ranges in this page
 *    8   8  number of the commit that wrote the list
 *   16   8  address of the next page, or 0
 *   24   4  CRC-32 of the page with this field as zero
 *   28   4  zeros
 *   32  24  per range: address, size, number of the commit that freed it; the rest of the page is zeros
 */
const headerBytes = 32;
const entryBytes = 24;
const magic = 0x52545342;
const perPage = Math.floor((pageBytes - headerBytes) / entryBytes);

/** A range that was freed by the commit of that number. */
export interface RestingRange {
  readonly address: number;
  readonly size: number;
  readonly since: number;
}

/** How many pages a list of so many ranges takes. */
export function restingPages(count: number): number {
  return Math.ceil(count / perPage);
}

/** The pages of a list, in the order of their addresses in `pages`. */
export function encodeRestingList(
  ranges: readonly RestingRange[],
  sequence: number,
  pages: readonly number[],
): Uint8Array[] {
  return pages.map((_, index) => {
    const bytes = new Uint8Array(pageBytes);
    const view = viewOf(bytes);
    const here = ranges.slice(index * perPage, (index + 1) * perPage);
    view.setUint32(0, magic, true);
    view.setUint32(4, here.length, true);
    setUint64(view, 8, sequence);
    setUint64(view, 16, pages[index + 1] ?? 0);
    for (const [place, { address, size, since }] of here.entries()) {
      const at = headerBytes + place * entryBytes;
      setUint64(view, at, address);
      setUint64(view, at + 8, size);
      setUint64(view, at + 16, since);
    }
    view.setUint32(24, crc32Without(bytes, 24), true);
    return bytes;
  });
}

/**
 * The ranges of one page, and where the next one is.
 *
 * @throws BLK_DAMAGED when it is no page of the list that this commit wrote, or names what lies elsewhere.
 */
export function decodeRestingPage(
  bytes: Uint8Array,
  address: number,
  sequence: number,
  bounds: { readonly start: number; readonly end: number },
): { ranges: RestingRange[]; next: number } {
  const view = viewOf(bytes);
  const count = view.getUint32(4, true);
  const right = view.getUint32(0, true) === magic && count <= perPage && getUint64(view, 8) === sequence;
  const damaged = (message: string) =>
    errors.BLK_DAMAGED({ message, offset: address, structure: 'resting list' });
  if (!right || view.getUint32(24, true) !== crc32Without(bytes, 24)) {
    throw damaged('list of resting ranges');
  }
  const ranges = Array.from({ length: count }, (_, index) => {
    const at = headerBytes + index * entryBytes;
    return { address: getUint64(view, at), size: getUint64(view, at + 8), since: getUint64(view, at + 16) };
  });
  for (const range of ranges) {
    if (range.since <= sequence && isPlace(range.address, range.size, bounds)) continue;
    throw damaged(`a resting range at ${range.address}`);
  }
  return { ranges, next: getUint64(view, 16) };
}
