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

/** A free block of the data segment. */
export interface FreeBlock {
  readonly offset: number;
  readonly size: number;
}

/** The free blocks in the order of their list. */
export function decodeFreeList(heap: LocalHeap, segment: Reader): FreeBlock[] {
  const blocks: FreeBlock[] = [];
  const seen = new Set<number>();
  for (let offset = heap.firstFree; offset !== undefined; ) {
    if (seen.has(offset)) throw segment.bad('a free list that ends', 'a loop', offset);
    seen.add(offset);
    segment.position = 0;
    segment.skip(offset);
    const next = segment.length();
    const size = segment.length();
    if (offset + size > heap.segmentBytes)
      throw segment.bad('a free block inside the heap', `${size} bytes`, offset);
    blocks.push({ offset, size });
    offset = next === noFreeBlock ? undefined : next;
  }
  return blocks;
}

/** Writes the free list into the data segment and returns the offset of its first block. */
export function encodeFreeList(
  blocks: readonly FreeBlock[],
  segment: Uint8Array,
  sizes: Sizes,
): number | undefined {
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1]?.offset ?? noFreeBlock;
    segment.set(new Writer(sizes).size(next).size(block.size).bytes(), block.offset);
  }
  return blocks[0]?.offset;
}
