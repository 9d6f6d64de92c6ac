import type { Reader } from './reader.js';
import type { Sizes } from './sizes.js';
import { Writer } from './writer.js';

/*
 * Symbol table node (specification III.B): "SNOD", u8 1, u8 0, u16 entries, then room for 2K entries by name.
 *
 * Symbol table entry (III.C): name offset in the heap, object header address, u32 cache type, 4 reserved, 16 scratch:
 *   cache type 0: nothing · 1: B-tree address, heap address of a group · 2: u32 offset in the heap of a soft link's target
 */
export interface SymbolEntry {
  readonly nameOffset: number;
  /** Undefined for soft links. */
  readonly header: number | undefined;
  readonly cache:
    | { readonly kind: 'none' }
    | { readonly kind: 'group'; readonly btree: number; readonly heap: number }
    | { readonly kind: 'soft'; readonly targetOffset: number };
}

export const symbolEntryBytes = (sizes: Sizes): number => sizes.length + sizes.offset + 24;
export const symbolNodeBytes = (leafK: number, sizes: Sizes): number =>
  8 + 2 * leafK * symbolEntryBytes(sizes);

export function decodeSymbolNode(reader: Reader, leafK: number): SymbolEntry[] {
  reader.signature('SNOD');
  reader.version(1);
  reader.skip(1);
  const count = reader.u16();
  if (count > 2 * leafK) throw reader.bad(`up to ${2 * leafK} symbols`, String(count));
  return Array.from({ length: count }, () => decodeEntry(reader));
}

function decodeEntry(reader: Reader): SymbolEntry {
  const nameOffset = reader.length();
  const header = reader.address();
  const type = reader.u32();
  reader.skip(4);
  const end = reader.position + 16;
  const cache = decodeCache(reader, type);
  reader.position = Math.min(end, reader.bytes.length);
  if (header === undefined && cache.kind !== 'soft')
    throw reader.bad('the address of an object header', 'none');
  return { nameOffset, header, cache };
}

function decodeCache(reader: Reader, type: number): SymbolEntry['cache'] {
  if (type === 0) return { kind: 'none' };
  if (type === 2) return { kind: 'soft', targetOffset: reader.u32() };
  if (type !== 1) throw reader.bad('a cache type of 0, 1 or 2', String(type));
  return { kind: 'group', btree: reader.definedAddress('a B-tree'), heap: reader.definedAddress('a heap') };
}

/** The node in its full size, whatever it holds. */
export function encodeSymbolNode(entries: readonly SymbolEntry[], leafK: number, sizes: Sizes): Uint8Array {
  const total = symbolNodeBytes(leafK, sizes);
  const writer = new Writer(sizes, total).ascii('SNOD').u8(1).u8(0).u16(entries.length);
  for (const { nameOffset, header, cache } of entries) {
    const end = writer.length + symbolEntryBytes(sizes);
    writer.size(nameOffset).address(header);
    if (cache.kind === 'none') writer.u32(0).u32(0);
    if (cache.kind === 'group') writer.u32(1).u32(0).address(cache.btree).address(cache.heap);
    if (cache.kind === 'soft') writer.u32(2).u32(0).u32(cache.targetOffset);
    writer.zeros(end - writer.length);
  }
  return writer.zeros(total - writer.length).bytes();
}
