import {
  decodeFreeBlock,
  decodeLocalHeap,
  encodeFreeBlock,
  encodeLocalHeap,
  type FreeBlock,
  freeBlockBytes,
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
  const address = store.allocate(localHeapBytes(sizes) + segmentBytes, 'local-heap');
  const heap: LocalHeap = { segment: address + localHeapBytes(sizes), segmentBytes, firstFree: 8 };
  const segment = new Uint8Array(segmentBytes);
  segment.set(encodeFreeBlock({ size: segmentBytes - 8, next: undefined }, sizes), 8);
  store.write(address, encodeLocalHeap(heap, sizes));
  store.write(heap.segment, segment);
  return address;
}

/**
 * Adds a name and returns its offset. Names take the end of a free block and always leave it its first bytes,
 * which describe it: so the list of free blocks never changes, and the heap is sound before and after every
 * single write. A heap without room moves to a segment twice as large, which its head then points to; the old
 * segment stays behind unused, since other readers may still be in it.
 */
export function addHeapName(store: MetadataStore, address: number, name: Uint8Array): number {
  const { sizes } = store;
  const heap = openLocalHeap(store, address);
  const need = Math.ceil((name.length + 1) / 8) * 8;
  const padded = new Uint8Array(need);
  padded.set(name);
  const room = findRoom(store, heap, need);
  if (room !== undefined) {
    const { offset, size, next } = room;
    const left = size - need;
    store.write(heap.segment + offset + left, padded);
    store.write(heap.segment + offset, encodeFreeBlock({ size: left, next }, sizes));
    return offset + left;
  }
  const offset = heap.segmentBytes;
  const added = Math.max(offset, need + freeBlockBytes(sizes));
  const names = store.span(heap.segment, offset, 'local heap data');
  const grown = new Uint8Array(offset + added);
  grown.set(names);
  grown.set(encodeFreeBlock({ size: added - need, next: heap.firstFree }, sizes), offset);
  grown.set(padded, grown.length - need);
  const segment = store.allocate(grown.length, 'local-heap');
  store.write(segment, grown);
  store.write(address, encodeLocalHeap({ segment, segmentBytes: grown.length, firstFree: offset }, sizes));
  return grown.length - need;
}

/** The first free block that has room and can still describe itself. */
function findRoom(
  store: MetadataStore,
  heap: LocalHeap,
  need: number,
): (FreeBlock & { readonly offset: number }) | undefined {
  const head = freeBlockBytes(store.sizes);
  const seen = new Set<number>();
  for (let offset = heap.firstFree; offset !== undefined; ) {
    const reader = store.reader(heap.segment + offset, head, 'free block of a local heap');
    if (seen.has(offset)) throw reader.bad('a free list that ends', 'a loop');
    seen.add(offset);
    const block = decodeFreeBlock(heap, reader, offset);
    if (block.size >= need + head) return { ...block, offset };
    offset = block.next;
  }
  return undefined;
}
