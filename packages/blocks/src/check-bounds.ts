import { errors } from './errors.js';
import type { Steps } from './steps.js';
import type { Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/**
 * Makes sure that a search finds what is there: every leaf's entries lie between the bounds that lead to it.
 *
 * @throws BLK_DAMAGED
 */
export function* checkBounds<E, K>(tree: Tree<E, K>): Steps<void> {
  const { order } = tree;
  const isBefore = (a: E, b: E) => order.compare(order.keyOf(a), b) < 0;
  const waiting: { node: TreeNode<E>; low?: E | undefined; high?: E | undefined }[] = [];
  const seen = new Set<number>();
  if (tree.root !== 0) waiting.push({ node: yield* tree.node(tree.root) });
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, low, high } = next;
    const { ref, level, count } = node;
    const damaged = (what: string) =>
      errors.BLK_DAMAGED({ message: `node ${ref} ${what}`, offset: ref, structure: 'tree node' });
    if (seen.has(ref)) throw damaged('is in two places');
    seen.add(ref);
    // The first bound of an inner node says nothing.
    const first = level === 0 ? 0 : 1;
    if (first === count) {
      waiting.push({ node: yield* tree.child(node, 0), low, high });
      continue;
    }
    const [smallest, largest] = [node.entry(first), node.entry(count - 1)];
    const fits =
      (low === undefined || !isBefore(smallest, low)) && (high === undefined || isBefore(largest, high));
    if (!fits) throw damaged('has entries that belong elsewhere');
    if (level === 0) continue;
    for (let index = 0; index < count; index++) {
      waiting.push({
        node: yield* tree.child(node, index),
        low: index === 0 ? low : node.entry(index),
        high: index + 1 < count ? node.entry(index + 1) : high,
      });
    }
  }
}
