import { leastEntries, removeNow, upsertNow } from './change-leaf.js';
import { childPlace, lowerBound } from './search-node.js';
import type { Steps } from './steps.js';
import { notResident, type Tree } from './tree.js';
import type { TreeNode } from './tree-node.js';

/** How an insertion ended in one subtree. */
interface Inserted<E> {
  readonly ref: number;
  readonly right?: { readonly entry: E; readonly ref: number };
  readonly old?: E;
}

/** Adds the entry, or puts it in the place of the one with its key, which is returned. */
export function* upsert<E, K>(tree: Tree<E, K>, entry: E): Steps<E | undefined> {
  const now = upsertNow(tree, entry);
  if (now !== notResident) return now;
  if (tree.root === 0) {
    const leaf = yield* tree.store.create(0);
    leaf.entries.push(entry);
    tree.root = leaf.ref;
    return undefined;
  }
  const root = yield* tree.node(tree.root);
  const { ref, right, old } = yield* insert(tree, root, entry, tree.order.keyOf(entry));
  tree.root = ref;
  if (right) {
    const above = yield* tree.store.create(root.level + 1);
    above.entries.push(root.entry(0), right.entry);
    above.children.push(ref, right.ref);
    tree.root = above.ref;
  }
  return old;
}

/** Removes and returns the entry of that key, if there is one. */
export function* remove<E, K>(tree: Tree<E, K>, key: K): Steps<E | undefined> {
  if (tree.root === 0) return undefined;
  const now = removeNow(tree, key);
  if (now !== notResident) return now;
  let root = yield* tree.node(tree.root);
  const old = yield* removeBelow(tree, root, key);
  while (root.level > 0 && root.count === 1) {
    const only = yield* tree.child(root, 0);
    yield* tree.store.drop(root);
    root = only;
  }
  if (root.count === 0) {
    yield* tree.store.drop(root);
    tree.root = 0;
  } else {
    tree.root = root.ref;
  }
  return old;
}

/** Makes every node one that is to be written anew. */
export function* renew<E, K>(tree: Tree<E, K>): Steps<void> {
  if (tree.root !== 0) tree.root = yield* renewBelow(tree, yield* tree.node(tree.root));
}

function* renewBelow<E, K>(tree: Tree<E, K>, node: TreeNode<E>): Steps<number> {
  tree.store.own(node);
  for (let index = 0; index < node.children.length; index++) {
    node.children[index] = yield* renewBelow(tree, yield* tree.child(node, index));
  }
  return node.ref;
}

function* insert<E, K>(tree: Tree<E, K>, node: TreeNode<E>, entry: E, key: K): Steps<Inserted<E>> {
  const { store, order, room } = tree;
  let old: E | undefined;
  let place: number;
  if (node.level === 0) {
    place = lowerBound(node, order, key);
    const same = place < node.count && order.compare(key, node.entry(place)) === 0;
    store.own(node);
    old = node.entries.splice(place, same ? 1 : 0, entry)[0];
  } else {
    place = childPlace(node, order, key);
    const child = yield* tree.child(node, place);
    const below = yield* insert(tree, child, entry, key);
    old = below.old;
    if (below.ref !== node.child(place) || below.right) {
      store.own(node);
      node.children[place] = below.ref;
    }
    if (below.right) {
      place++;
      node.entries.splice(place, 0, below.right.entry);
      node.children.splice(place, 0, below.right.ref);
    }
  }
  const length = node.count;
  const done = { ref: node.ref, ...(old !== undefined && { old }) };
  if (length <= (node.level === 0 ? room.leaf : room.inner)) return done;
  // What arrives in ascending order leaves full nodes behind.
  const at = place === length - 1 ? Math.min(Math.ceil(length * 0.9), length - 2) : length >> 1;
  const right = yield* store.create(node.level);
  right.entries = node.entries.splice(at);
  right.children = node.children.splice(at);
  return { ...done, right: { entry: right.entries[0]!, ref: right.ref } };
}

function* removeBelow<E, K>(tree: Tree<E, K>, node: TreeNode<E>, key: K): Steps<E | undefined> {
  const { store, order, room } = tree;
  if (node.level === 0) {
    const place = lowerBound(node, order, key);
    if (place === node.count || order.compare(key, node.entry(place)) !== 0) return undefined;
    store.own(node);
    return node.entries.splice(place, 1)[0];
  }
  const place = childPlace(node, order, key);
  const child = yield* tree.child(node, place);
  const old = yield* removeBelow(tree, child, key);
  if (old === undefined) return undefined;
  if (child.ref !== node.child(place)) {
    store.own(node);
    node.children[place] = child.ref;
  }
  const full = child.level === 0 ? room.leaf : room.inner;
  const isMeagre = child.count < leastEntries(tree, child);
  if (isMeagre && node.count > 1) yield* mend(tree, node, Math.max(place, 1), full);
  return old;
}

/** Joins the children before and at `place`, or shares their entries between them when they are too many. */
function* mend<E, K>(tree: Tree<E, K>, node: TreeNode<E>, place: number, full: number): Steps<void> {
  const { store } = tree;
  const left = yield* tree.child(node, place - 1);
  const right = yield* tree.child(node, place);
  store.own(node);
  store.own(left);
  node.children[place - 1] = left.ref;
  const after = right.lists();
  // The parent's entry is the bound that holds; the node's own first one need not.
  if (right.level > 0) after.entries[0] = node.entries[place]!;
  const entries = [...left.entries, ...after.entries];
  const children = [...left.children, ...after.children];
  if (entries.length <= full) {
    left.entries = entries;
    left.children = children;
    node.entries.splice(place, 1);
    node.children.splice(place, 1);
    yield* store.drop(right);
    return;
  }
  store.own(right);
  const half = entries.length >> 1;
  right.entries = entries.splice(half);
  right.children = children.splice(half);
  left.entries = entries;
  left.children = children;
  node.children[place] = right.ref;
  node.entries[place] = right.entries[0]!;
}
