import { collectionHeadBytes, decodeCollection, decodeCollectionSize } from '../format/global-heap.js';
import type { VlenType } from '../format/messages/datatype.js';
import { Reader } from '../format/reader.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { decodeText, unpadded } from './string-codec.js';
import { unsupportedType } from './unsupported-type.js';

/** Collections are at least this long, so this much is asked for at once. */
const usualCollectionBytes = 4096;

/*
 * A variable-length value as it stands in a dataset (specification IV.B): u32 length, address of a global heap
 * collection, u32 index in it.
 */

/**
 * Decodes variable-length strings, whose text is in global heaps. Every heap is read once, all heaps together.
 *
 * @throws H5_UNSUPPORTED for variable-length sequences, H5_BAD_VALUE for references that lead nowhere
 */
export function decodeVlenStrings(store: MetadataStore, bytes: Uint8Array, type: VlenType): string[] {
  if (type.kind !== 'string') throw unsupportedType('variable-length sequence');
  const reader = new Reader(bytes, { structure: 'variable-length values', address: 0 }, store.sizes);
  const references = Array.from({ length: Math.floor(bytes.length / type.size) }, (_, index) => {
    reader.position = index * type.size;
    return { length: reader.u32(), address: reader.address(), index: reader.u32() };
  });
  const addresses = new Set<number>();
  for (const { length, address } of references)
    if (length > 0 && address !== undefined) addresses.add(address);
  const heaps = loadCollections(store, addresses);
  return references.map(({ length, address, index }) => {
    if (length === 0 || address === undefined) return '';
    const object = heaps.get(address)!.get(index);
    if (object === undefined || object.length < length) {
      throw reader.bad(
        `${length} bytes of object ${index} in the heap at ${address}`,
        `${object?.length ?? 'none'}`,
      );
    }
    return decodeText(unpadded(object.subarray(0, length), type.padding), type.charset);
  });
}

function loadCollections(
  store: MetadataStore,
  addresses: Iterable<number>,
): Map<number, Map<number, Uint8Array>> {
  const structure = 'global heap collection';
  for (const address of addresses) store.want(address, store.available(address, usualCollectionBytes));
  const sizes = new Map<number, number>();
  for (const address of addresses) {
    const size = decodeCollectionSize(
      store.reader(address, collectionHeadBytes(store.sizes.length), structure),
    );
    store.want(address, size);
    sizes.set(address, size);
  }
  const heaps = new Map<number, Map<number, Uint8Array>>();
  for (const [address, size] of sizes)
    heaps.set(address, decodeCollection(store.reader(address, size, structure)));
  return heaps;
}
