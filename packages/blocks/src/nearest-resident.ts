import { childPlace, lowerBound, upperBound } from './search-node.js';
import { notResident, type Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/** From where a search goes, and which way: towards greater keys, or backwards. The key itself is found, too. */
export interface Nearest<K> {
  /** Nothing to begin at the end of the tree that lies behind. */
  readonly from?: { readonly key: K };
  readonly backwards: boolean;
}

/** The first entry on that way, when all nodes that it leads through are in memory. */
export function nearestResident<E, K>(
  tree: Tree<E, K>,
  { from, backwards }: Nearest<K>,
): E | undefined | typeof notResident {
  if (tree.root === 0) return undefined;
  const root = tree.store.resident(tree.root);
  return root === undefined ? notResident : nearestBelow(tree, root, from, backwards);
}

function nearestBelow<E, K>(
  tree: Tree<E, K>,
  node: TreeNode<E>,
  from: { readonly key: K } | undefined,
  backwards: boolean,
): E | undefined | typeof notResident {
  const { order, store } = tree;
  const { level, count } = node;
  let place = backwards ? count - 1 : 0;
  if (level === 0) {
    if (from !== undefined) {
      place = backwards ? upperBound(node, order, from.key) - 1 : lowerBound(node, order, from.key);
    }
    return place < 0 || place === count ? undefined : node.entry(place);
  }
  let limit = from;
  if (limit !== undefined) place = childPlace(node, order, limit.key);
  for (; place >= 0 && place < count; place += backwards ? -1 : 1) {
    const child = store.resident(node.child(place));
    // What is damaged is found out on the other way.
    if (child?.level !== level - 1) return notResident;
    const found = nearestBelow(tree, child, limit, backwards);
    if (found !== undefined) return found;
    // The child was that of the key, which may lie between it and the next one.
    limit = undefined;
  }
  return undefined;
}
