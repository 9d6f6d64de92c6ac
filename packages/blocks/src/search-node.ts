import { nodeHeaderBytes, type TreeNode } from './tree-node.js';

/** The order of entries by keys that are part of them. */
export interface EntryOrder<E, K> {
  keyOf(entry: E): K;
  /** Negative when `key` comes before that of `entry`, positive when after, 0 when it is the same. */
  compare(key: K, entry: E): number;
  /**
   * The same for an entry that lies in bytes, as its format writes it. Spares the search to decode entries, which is
   * most of what a lookup costs; must agree with `compare`.
   */
  compareAt?(key: K, view: DataView, at: number): number;
}

/** The first place whose entry is not before the key. */
export function lowerBound<E, K>(node: TreeNode<E>, order: EntryOrder<E, K>, key: K): number {
  let low = 0;
  let high = node.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareAt(node, order, key, middle) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place whose entry is after the key. */
export function upperBound<E, K>(node: TreeNode<E>, order: EntryOrder<E, K>, key: K): number {
  let low = 0;
  let high = node.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareAt(node, order, key, middle) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The place of the child of an inner node that the key belongs to. */
export function childPlace<E, K>(node: TreeNode<E>, order: EntryOrder<E, K>, key: K): number {
  const place = upperBound(node, order, key);
  return place === 0 ? 0 : place - 1;
}

/** The entry of a leaf with that key. */
export function findInLeaf<E, K>(node: TreeNode<E>, order: EntryOrder<E, K>, key: K): E | undefined {
  const place = lowerBound(node, order, key);
  if (place === node.count || compareAt(node, order, key, place) !== 0) return undefined;
  return node.entry(place);
}

function compareAt<E, K>(node: TreeNode<E>, order: EntryOrder<E, K>, key: K, place: number): number {
  const { page } = node;
  if (page === undefined || order.compareAt === undefined) return order.compare(key, node.entry(place));
  return order.compareAt(key, page, nodeHeaderBytes + place * node.stride);
}
