import {
  decodeFreeList,
  decodeLocalHeap,
  encodeFreeList,
  encodeLocalHeap,
  type FreeBlock,
  type LocalHeap,
  localHeapBytes,
} from '../format/local-heap.js';
import { Reader } from '../format/reader.js';
import type { MetadataStore } from '../store/metadata-store.js';

/** Heaps up to this size are asked for whole, in one trip, since a search needs names all over them. */
const wholeHeapBytes = 256 * 1024;

/** Names of usual length are here in one go. */
const usualNameBytes = 64;

/** Reads the heap's head and declares that its names will be needed. */
export function openLocalHeap(store: MetadataStore, address: number): LocalHeap {
  const heap = decodeLocalHeap(store.reader(address, localHeapBytes(store.sizes), 'local heap'));
  if (heap.segmentBytes <= wholeHeapBytes) store.want(heap.segment, heap.segmentBytes);
  return heap;
}

/** The bytes of a NUL-terminated name, without the NUL. */
export function heapName(store: MetadataStore, heap: LocalHeap, offset: number): Uint8Array {
  const rest = heap.segmentBytes - offset;
  for (let length = Math.min(usualNameBytes, rest); length > 0; length = Math.min(length * 4, rest)) {
    const bytes = store.span(heap.segment + offset, length, 'local heap data');
    const end = bytes.indexOf(0);
    if (end >= 0) return bytes.subarray(0, end);
    if (length === rest) break;
  }
  const place = { structure: 'local heap', address: heap.segment };
  throw new Reader(new Uint8Array(), place, store.sizes).bad(
    'a name that ends inside the heap',
    `offset ${offset}`,
    offset,
  );
}

/** An empty heap, ready for names: returns its address. The empty name stands at offset 0. */
export function createLocalHeap(store: MetadataStore, segmentBytes = 88): number {
  const { sizes } = store;
  const address = store.allocate(localHeapBytes(sizes) + segmentBytes);
  const heap: LocalHeap = { segment: address + localHeapBytes(sizes), segmentBytes, firstFree: 8 };
  const segment = new Uint8Array(segmentBytes);
  encodeFreeList([{ offset: 8, size: segmentBytes - 8 }], segment, sizes);
  store.write(address, encodeLocalHeap(heap, sizes));
  store.write(heap.segment, segment);
  return address;
}

/**
 * Adds a name and returns its offset. A heap without room moves to a segment twice as large; the old one stays
 * behind unused, since other readers may still be in it.
 */
export function addHeapName(store: MetadataStore, address: number, name: Uint8Array): number {
  const { sizes } = store;
  const heap = openLocalHeap(store, address);
  const need = Math.ceil((name.length + 1) / 8) * 8;
  const bytes = store.span(heap.segment, heap.segmentBytes, 'local heap data');
  const place = { structure: 'local heap data', address: heap.segment };
  const blocks = decodeFreeList(heap, new Reader(bytes, place, sizes));
  const fitting = findRoom(blocks, need, 2 * sizes.length);
  if (fitting !== undefined) {
    const segment = bytes.slice();
    const { free, offset } = fitting;
    const firstFree = placeName(segment, offset, name, need, free, store);
    store.write(heap.segment, segment);
    store.write(address, encodeLocalHeap({ ...heap, firstFree }, sizes));
    return offset;
  }
  const segmentBytes = heap.segmentBytes + Math.max(heap.segmentBytes, need + 2 * sizes.length);
  const grown = new Uint8Array(segmentBytes);
  grown.set(bytes);
  const room = [...blocks, { offset: heap.segmentBytes, size: segmentBytes - heap.segmentBytes }];
  const { free, offset } = findRoom(room, need, 2 * sizes.length)!;
  const firstFree = placeName(grown, offset, name, need, free, store);
  const segment = store.allocate(segmentBytes);
  store.write(segment, grown);
  store.write(address, encodeLocalHeap({ segment, segmentBytes, firstFree }, sizes));
  return offset;
}

/** The first block that fits exactly, or leaves enough for a free block to describe itself. */
function findRoom(
  blocks: readonly FreeBlock[],
  need: number,
  smallest: number,
): { offset: number; free: FreeBlock[] } | undefined {
  const index = blocks.findIndex(({ size }) => size === need || size >= need + smallest);
  const block = blocks[index];
  if (block === undefined) return undefined;
  const rest = block.size === need ? [] : [{ offset: block.offset + need, size: block.size - need }];
  return { offset: block.offset, free: blocks.toSpliced(index, 1, ...rest) };
}

function placeName(
  segment: Uint8Array,
  offset: number,
  name: Uint8Array,
  need: number,
  free: readonly FreeBlock[],
  store: MetadataStore,
): number | undefined {
  segment.fill(0, offset, offset + need);
  segment.set(name, offset);
  return encodeFreeList(free, segment, store.sizes);
}
