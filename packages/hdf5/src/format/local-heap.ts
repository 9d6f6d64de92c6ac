import type { Reader } from './reader.js';
import type { Sizes } from './sizes.js';
import { Writer } from './writer.js';

/*
 * Local heap (specification III.D): the names of an old group.
 *
 *  0  "HEAP", u8 0, 3 reserved
 *  8  bytes of the data segment, offset of the first free block in it (1: none), address of the data segment
 *
 * A free block begins with the offset of the next one (1: none) and its own size. Text is NUL-terminated and
 * padded to 8; offset 0 holds the empty name.
 */
export interface LocalHeap {
  readonly segment: number;
  readonly segmentBytes: number;
  /** Offset of the first free block, `undefined` when there is none. */
  readonly firstFree: number | undefined;
}

/** What stands for "no more free blocks". */
const noFreeBlock = 1;

export const localHeapBytes = (sizes: Sizes): number => 8 + 2 * sizes.length + sizes.offset;

export function decodeLocalHeap(reader: Reader): LocalHeap {
  reader.signature('HEAP');
  reader.version(0);
  reader.skip(3);
  const segmentBytes = reader.length();
  const free = reader.extent();
  const segment = reader.definedAddress("the local heap's data segment");
  const firstFree = free === noFreeBlock || free === Infinity ? undefined : free;
  if (firstFree !== undefined && firstFree >= segmentBytes) {
    throw reader.bad(`a free block inside ${segmentBytes} bytes`, `offset ${firstFree}`);
  }
  return { segment, segmentBytes, firstFree };
}

export function encodeLocalHeap(heap: LocalHeap, sizes: Sizes): Uint8Array {
  return new Writer(sizes)
    .ascii('HEAP')
    .u8(0)
    .zeros(3)
    .size(heap.segmentBytes)
    .size(heap.firstFree ?? noFreeBlock)
    .address(heap.segment)
    .bytes();
}

/** What a free block begins with. */
export interface FreeBlock {
  readonly size: number;
  /** Offset of the next one, `undefined` at the end of the list. */
  readonly next: number | undefined;
}

export const freeBlockBytes = (sizes: Sizes): number => 2 * sizes.length;

/** @param offset Where in the data segment the block begins. */
export function decodeFreeBlock(heap: LocalHeap, reader: Reader, offset: number): FreeBlock {
  const next = reader.length();
  const size = reader.length();
  if (offset + size > heap.segmentBytes) throw reader.bad('a free block inside the heap', `${size} bytes`, 0);
  return { size, next: next === noFreeBlock ? undefined : next };
}

export function encodeFreeBlock({ next, size }: FreeBlock, sizes: Sizes): Uint8Array {
  return new Writer(sizes)
    .size(next ?? noFreeBlock)
    .size(size)
    .bytes();
}
