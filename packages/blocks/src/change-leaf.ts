import { childPlace, lowerBound } from './search-node.js';
import { notResident, type Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/*
 * Changes of a tree that come down to one leaf which is in memory, changes anyway, and stays within its bounds: most of those
 * of a large transaction. They are plain calls; `upsert` and `remove` do all others.
 */

/** Adds the entry, or puts it in the place of the one with its key. @returns that one, or `notResident` when it takes more. */
export function upsertNow<E, K>(tree: Tree<E, K>, entry: E): E | undefined | typeof notResident {
  const { order, room } = tree;
  const key = order.keyOf(entry);
  const leaf = changingLeaf(tree, key);
  if (leaf === undefined) return notResident;
  const { entries } = leaf;
  const place = lowerBound(leaf, order, key);
  const old = entries[place];
  if (old !== undefined && order.compare(key, old) === 0) {
    entries[place] = entry;
    return old;
  }
  if (entries.length === room.leaf) return notResident;
  entries.splice(place, 0, entry);
  return undefined;
}

/** Removes the entry of that key. @returns it, nothing when there is none, or `notResident` when it takes more. */
export function removeNow<E, K>(tree: Tree<E, K>, key: K): E | undefined | typeof notResident {
  const { order } = tree;
  const leaf = changingLeaf(tree, key);
  if (leaf === undefined || leaf.entries.length <= leastEntries(tree, leaf)) return notResident;
  const { entries } = leaf;
  const place = lowerBound(leaf, order, key);
  if (place === entries.length || order.compare(key, entries[place]!) !== 0) return undefined;
  return entries.splice(place, 1)[0];
}

/** With fewer a node is joined with a neighbour, or takes entries from it. */
export function leastEntries<E, K>({ room }: Tree<E, K>, { level }: TreeNode<E>): number {
  return level === 0 ? Math.max(1, room.leaf >> 2) : Math.max(2, room.inner >> 2);
}

function changingLeaf<E, K>({ root, store, order }: Tree<E, K>, key: K): TreeNode<E> | undefined {
  if (root === 0) return undefined;
  let node = store.resident(root);
  while (node !== undefined && node.level > 0) {
    const child = store.resident(node.child(childPlace(node, order, key)));
    // What is damaged is found out on the other way.
    node = child?.level === node.level - 1 ? child : undefined;
  }
  return node?.page === undefined ? node : undefined;
}
