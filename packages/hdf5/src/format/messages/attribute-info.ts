import type { Reader } from '../reader.js';
import type { Sizes } from '../sizes.js';
import { Writer } from '../writer.js';

/*
 * Attribute info message (specification IV.A.2.v), new headers only: u8 0, u8 flags, [bit 0: u16 next creation
 * index], fractal heap address, name index B-tree address, [bit 1: creation order B-tree address].
 */

/** How an object with a version 2 header keeps its attributes. */
export interface AttributeInfo {
  /** Address of the fractal heap with the attributes; `undefined` while they are messages of the object header. */
  readonly fractalHeap: number | undefined;
}

export function decodeAttributeInfo(reader: Reader): AttributeInfo {
  reader.version(0);
  if (reader.u8() & 1) reader.skip(2);
  return { fractalHeap: reader.address() };
}

/** Attributes that are all messages. Without this message the C library takes a version 2 header to have none. */
export function encodeAttributeInfo(sizes: Sizes): Uint8Array {
  return new Writer(sizes).u8(0).u8(0).address(undefined).address(undefined).bytes();
}
