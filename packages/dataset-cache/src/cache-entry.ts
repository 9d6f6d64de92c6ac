import type { IndexFormat, IndexOrder } from '@terrane/blocks';

/** What a block is known by: the dataset with its revision, the level, and the number of the block in its grid. */
export interface BlockKey {
  /** `"3f2504e0-4f89-11d3-9a0c-0305e82c3301"`. */
  readonly guid: string;
  /** 0 or more; every change of the dataset raises it. */
  readonly revision: number;
  /** 0 is the finest. */
  readonly level: number;
  /** Row-major in the grid of the level. */
  readonly number: number;
}

/** A key as the indexes compare it. */
export interface PlainKey {
  /** The GUID's 16 bytes as four big-endian integers: the order of its text. */
  readonly guid: readonly [number, number, number, number];
  readonly revision: number;
  readonly level: number;
  readonly number: number;
}

/** What the primary index holds of a block. */
export interface CacheEntry extends PlainKey {
  /** The block of the storage that holds the value. */
  readonly block: number;
  /** Length of the value in bytes. */
  readonly length: number;
  /** CRC-32 of the value. */
  readonly checksum: number;
  /** When it was used last, and when it was stored: milliseconds since 1970. */
  readonly lastUsed: number;
  readonly stored: number;
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

/** @throws TypeError when it is not a GUID. */
export function plainKey({ guid, revision, level, number }: BlockKey): PlainKey {
  return { guid: parseGuid(guid), revision: uint31(revision), level: uint31(level), number: safe(number) };
}

/** A GUID's text as four integers, kept: a dataset asks with the same one again and again. */
export function parseGuid(text: string): PlainKey['guid'] {
  let guid = guids.get(text);
  if (guid) return guid;
  const digits = text.replaceAll('-', '');
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) {
    throw new TypeError(`not a GUID: ${JSON.stringify(text)}`);
  }
  const part = (at: number) => Number.parseInt(digits.slice(at, at + 8), 16);
  guid = [part(0), part(8), part(16), part(24)];
  if (guids.size > 1000) guids.clear();
  guids.set(text, guid);
  return guid;
}

const guids = new Map<string, PlainKey['guid']>();

function uint31(value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new RangeError('revision and level are whole numbers from 0 to 2^31 - 1');
}

function safe(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError('the number of a block is a whole number from 0 up');
}

function compareKeys(a: PlainKey, b: PlainKey): number {
  const x = a.guid;
  const y = b.guid;
  // Written out: every hit comes here some thirty times.
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
};

export const useOrder: IndexOrder<UseEntry, UseKey> = {
  keyOf: (entry) => entry,
  compare: (a, b) => a.lastUsed - b.lastUsed || a.block - b.block,
};

/*
 * Both kinds of entries begin with the key, 32 bytes:
 *
 *    0  16  GUID, in the order of its text
 *   16   4  revision
 *   20   4  level
 *   24   8  number of the block
 */
function readKey(view: DataView, at: number): PlainKey {
  return {
    guid: [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8), view.getUint32(at + 12)],
    revision: view.getInt32(at + 16, true),
    level: view.getInt32(at + 20, true),
    number: getSafe(view, at + 24),
  };
}

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
 *   40   4  length of the value
 *   44   4  CRC-32 of the value
 *   48   8  last used, milliseconds since 1970
 *   56   8  stored, milliseconds since 1970
 *   64   4  encoding: 0, as it is
 *   68   4  zeros
 */
export const primaryFormat: IndexFormat<CacheEntry> = {
  bytes: 72,
  read: (view, at) => ({
    ...readKey(view, at),
    block: getSafe(view, at + 32),
    length: view.getUint32(at + 40, true),
    checksum: view.getUint32(at + 44, true),
    lastUsed: getSafe(view, at + 48),
    stored: getSafe(view, at + 56),
  }),
  write(view, at, entry) {
    writeKey(view, at, entry);
    setSafe(view, at + 32, entry.block);
    view.setUint32(at + 40, entry.length, true);
    view.setUint32(at + 44, entry.checksum, true);
    setSafe(view, at + 48, entry.lastUsed);
    setSafe(view, at + 56, entry.stored);
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
    ...readKey(view, at),
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
