import type { IndexFormat, IndexOrder } from '@terrane/blocks';
import type { PlainKey } from './block-key.js';

/** What the primary index holds of a block. */
export interface CacheEntry extends PlainKey {
  /** The block of the storage that holds the value. */
  readonly block: number;
  /** Length of the value as it is stored, in bytes. */
  readonly length: number;
  /** CRC-32 of the value as it is stored. */
  readonly checksum: number;
  /** When it was used last, and when it was stored: milliseconds since 1970. */
  readonly lastUsed: number;
  readonly stored: number;
  /** Number of the codec that made the stored bytes: 0 for none. */
  readonly encoding: number;
  /** Length of the value when it is decoded; 0 when the encoding is 0. */
  readonly decodedLength: number;
}

/** What the index LastUsed holds: when a block was used, and whose it is. */
export interface UseEntry extends PlainKey {
  readonly lastUsed: number;
  readonly block: number;
}

/** The order of LastUsed: by time, then by block, which no two share. */
export interface UseKey {
  readonly lastUsed: number;
  readonly block: number;
}

function compareKeys(a: PlainKey, b: PlainKey): number {
  const x = a.guid;
  const y = b.guid;
  return (
    x[0] - y[0] ||
    x[1] - y[1] ||
    x[2] - y[2] ||
    x[3] - y[3] ||
    a.revision - b.revision ||
    a.level - b.level ||
    a.number - b.number
  );
}

export const primaryOrder: IndexOrder<CacheEntry, PlainKey> = {
  keyOf: (entry) => entry,
  compare: compareKeys,
  compareAt: (a, view, at) =>
    a.guid[0] - view.getUint32(at) ||
    a.guid[1] - view.getUint32(at + 4) ||
    a.guid[2] - view.getUint32(at + 8) ||
    a.guid[3] - view.getUint32(at + 12) ||
    a.revision - view.getInt32(at + 16, true) ||
    a.level - view.getInt32(at + 20, true) ||
    a.number - getSafe(view, at + 24),
};

export const useOrder: IndexOrder<UseEntry, UseKey> = {
  keyOf: (entry) => entry,
  compare: (a, b) => a.lastUsed - b.lastUsed || a.block - b.block,
  compareAt: (a, view, at) => a.lastUsed - getSafe(view, at + 32) || a.block - getSafe(view, at + 40),
};

/*
 * Both kinds of entries begin with the key, 32 bytes:
 *
 *    0  16  GUID, in the order of its text
 *   16   4  revision
 *   20   4  level
 *   24   8  number of the block
 */
/** The same array as for the entry before, mostly: one dataset's entries are side by side. */
function readGuid(view: DataView, at: number): PlainKey['guid'] {
  const [a, b] = [view.getUint32(at), view.getUint32(at + 4)];
  const [c, d] = [view.getUint32(at + 8), view.getUint32(at + 12)];
  if (d !== before[3] || c !== before[2] || b !== before[1] || a !== before[0]) before = [a, b, c, d];
  return before;
}

let before: PlainKey['guid'] = [0, 0, 0, 0];

function writeKey(view: DataView, at: number, { guid, revision, level, number }: PlainKey): void {
  for (let part = 0; part < 4; part++) view.setUint32(at + 4 * part, guid[part]!);
  view.setInt32(at + 16, revision, true);
  view.setInt32(at + 20, level, true);
  setSafe(view, at + 24, number);
}

/*
 * An entry of the primary index, 72 bytes:
 *
 *    0  32  key
 *   32   8  block id
 *   40   4  length of the value as it is stored
 *   44   4  CRC-32 of the value as it is stored
 *   48   8  last used, milliseconds since 1970
 *   56   8  stored, milliseconds since 1970
 *   64   4  encoding: 0, as it is; 1, deflate; from 256 on, of the caller
 *   68   4  length of the value decoded, 0 for encoding 0
 */
export const primaryFormat: IndexFormat<CacheEntry> = {
  bytes: 72,
  read: (view, at) => ({
    guid: readGuid(view, at),
    revision: view.getInt32(at + 16, true),
    level: view.getInt32(at + 20, true),
    number: getSafe(view, at + 24),
    block: getSafe(view, at + 32),
    length: view.getUint32(at + 40, true),
    checksum: view.getUint32(at + 44, true),
    lastUsed: getSafe(view, at + 48),
    stored: getSafe(view, at + 56),
    encoding: view.getUint32(at + 64, true),
    decodedLength: view.getUint32(at + 68, true),
  }),
  write(view, at, entry) {
    writeKey(view, at, entry);
    setSafe(view, at + 32, entry.block);
    view.setUint32(at + 40, entry.length, true);
    view.setUint32(at + 44, entry.checksum, true);
    setSafe(view, at + 48, entry.lastUsed);
    setSafe(view, at + 56, entry.stored);
    view.setUint32(at + 64, entry.encoding, true);
    view.setUint32(at + 68, entry.decodedLength, true);
  },
};

/*
 * An entry of LastUsed, 48 bytes:
 *
 *    0  32  key
 *   32   8  last used, milliseconds since 1970
 *   40   8  block id
 */
export const useFormat: IndexFormat<UseEntry> = {
  bytes: 48,
  read: (view, at) => ({
    guid: readGuid(view, at),
    revision: view.getInt32(at + 16, true),
    level: view.getInt32(at + 20, true),
    number: getSafe(view, at + 24),
    lastUsed: getSafe(view, at + 32),
    block: getSafe(view, at + 40),
  }),
  write(view, at, entry) {
    writeKey(view, at, entry);
    setSafe(view, at + 32, entry.lastUsed);
    setSafe(view, at + 40, entry.block);
  },
};

function getSafe(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
}

function setSafe(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % 0x1_0000_0000, true);
  view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}
