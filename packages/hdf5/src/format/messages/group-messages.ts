import type { Reader } from '../reader.js';
import type { Sizes } from '../sizes.js';
import { Writer } from '../writer.js';

/*
 * The messages that make an object a group.
 *
 * Symbol table (IV.A.2.r), old groups:  B-tree address, local heap address
 * Link info (IV.A.2.c), new groups:     u8 0, u8 flags, [bit 0: u64 next creation index], fractal heap address,
 *                                       name index B-tree address, [bit 1: creation order B-tree address]
 * Group info (IV.A.2.k), new groups:    u8 0, u8 flags, [bit 0: u16 max compact, u16 min dense], [bit 1: u16 entries, u16 name length]
 */

/** Addresses of an old group's index. */
export interface SymbolTable {
  readonly btree: number;
  readonly heap: number;
}

export function decodeSymbolTable(reader: Reader): SymbolTable {
  return {
    btree: reader.definedAddress("the group's B-tree"),
    heap: reader.definedAddress("the group's local heap"),
  };
}

export function encodeSymbolTable(table: SymbolTable, sizes: Sizes): Uint8Array {
  return new Writer(sizes).address(table.btree).address(table.heap).bytes();
}

/** How a new group keeps its links. */
export interface LinkInfo {
  /** Creation order is tracked: new links must carry a number. */
  readonly tracksOrder: boolean;
  /** Address of the fractal heap with the links; `undefined` while they are messages of the object header. */
  readonly fractalHeap: number | undefined;
}

export function decodeLinkInfo(reader: Reader): LinkInfo {
  reader.version(0);
  const flags = reader.u8();
  if (flags & 1) reader.skip(8);
  return { tracksOrder: (flags & 1) !== 0, fractalHeap: reader.address() };
}

/** A group whose links are all messages, in no particular order. */
export function encodeLinkInfo(sizes: Sizes): Uint8Array {
  return new Writer(sizes).u8(0).u8(0).address(undefined).address(undefined).bytes();
}

/** Default group info: the library needs the message to add links. */
export function encodeGroupInfo(): Uint8Array {
  return new Writer().u8(0).u8(0).bytes();
}
