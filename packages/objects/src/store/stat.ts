import type { Realm } from '../realm/realm.js';

/** Figures of a store. */
export interface StoreStat {
  /** Chunks in use: objects, texts, elements, tables. */
  readonly chunks: number;
  /** Their bytes. */
  readonly bytes: number;
  /** Bytes of the heap, with what is free in it. */
  readonly heapBytes: number;
}

/** The figures that a heap keeps of itself. */
export function statOf(realm: Realm): StoreStat {
  const { chunks, bytes, top } = realm.chunks.figures;
  return { chunks, bytes, heapBytes: top };
}
