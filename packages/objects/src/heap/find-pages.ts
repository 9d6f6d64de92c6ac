import { type BlockStorage, crc32 } from '@terrane/blocks';
import { isTerraneError } from '@terrane/errors';
import { PageDirectory } from './page-directory.js';
import { pageBytes } from './segment.js';

/** What is in a page's block after the page: its number (4), that of the commit that wrote it (4), CRC-32 of all before (4), zero (4). */
export const pageTrailer = 16;

/** The number of the page that a block holds, or nothing when it is not a whole page. */
export function pageIn(block: Uint8Array): number | undefined {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  if (block.length !== pageBytes + pageTrailer) return undefined;
  if (view.getUint32(pageBytes + 8, true) !== crc32(block.subarray(0, pageBytes + 8))) return undefined;
  return view.getUint32(pageBytes, true);
}

/**
 * The directory of pages, made anew from the pages themselves: each says its number, and of one number only one is
 * there. Reads the whole file.
 */
export function findPages(storage: BlockStorage<'sync'>): PageDirectory {
  const found: [page: number, block: number][] = [];
  for (const info of storage.blocks()) {
    if (info.kind !== 'block' || storage.sizeOf(info.id) !== pageBytes + pageTrailer) continue;
    try {
      const page = pageIn(storage.read(info.id));
      if (page !== undefined) found.push([page, info.id]);
    } catch (error) {
      // What cannot be read is no page.
      if (!isTerraneError(error)) throw error;
    }
  }
  const directory = PageDirectory.empty();
  for (const [page, block] of found.sort(([a], [b]) => a - b)) directory.add(page, block);
  directory.pages = (found.at(-1)?.[0] ?? -1) + 1;
  return directory;
}
