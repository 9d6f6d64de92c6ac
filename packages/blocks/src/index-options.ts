import type { EntryOrder } from './search-node.js';
import type { EntryFormat } from './tree-node.js';
import type { WordSlot } from './word-slot.js';

/** The order of an index: the key is derived from the value, and from nothing else. */
export type IndexOrder<V, K> = EntryOrder<V, K>;

/** How the values of an index are kept: always `bytes` bytes, at `at` in the view. */
export type IndexFormat<V> = EntryFormat<V>;

/** What an index needs to know of its values, and where its root's id is kept. */
export interface IndexOptions<V, K> {
  readonly order: IndexOrder<V, K>;
  readonly format: IndexFormat<V>;
  /** Holds the block id of the root node, 0 while the index is empty. */
  readonly root: WordSlot;
  /** How many nodes of its own are kept in memory. Unless given they are among those of the storage. */
  readonly cachedNodes?: number;
}
