import { errors } from './errors.js';
import { childPlace, type EntryOrder, findInLeaf, lowerBound, upperBound } from './search-node.js';
import type { Steps } from './steps.js';
import type { TreeNode } from './tree-node.js';

/** Where a tree's nodes are kept. */
export interface NodeStore<E> {
  /** The node when it is in memory. */
  resident(ref: number): TreeNode<E> | undefined;
  load(ref: number): Steps<TreeNode<E>>;
  /** A new node, to be changed at will. */
  create(level: number): Steps<TreeNode<E>>;
  /** Makes a node one that may be changed; its `ref` may become another. */
  own(node: TreeNode<E>): void;
  drop(node: TreeNode<E>): Steps<void>;
}

/** One end of a range of keys. */
export interface Bound<K> {
  readonly key: K;
  readonly included: boolean;
}

/** What to visit, and which way. */
export interface Range<K> {
  readonly from?: Bound<K> | undefined;
  readonly to?: Bound<K> | undefined;
  readonly backwards?: boolean | undefined;
}

/** What {@link Tree.findResident} reports when it cannot tell without reading. */
export const notResident = Symbol('not resident');

/** A B+-tree with unique keys, as it is read. The root is 0 while it is empty. */
export class Tree<E, K> {
  root: number;
  readonly store: NodeStore<E>;
  readonly order: EntryOrder<E, K>;
  /** How many entries a node has room for. */
  readonly room: { readonly leaf: number; readonly inner: number };

  constructor(
    store: NodeStore<E>,
    order: EntryOrder<E, K>,
    room: { readonly leaf: number; readonly inner: number },
    root: number,
  ) {
    this.store = store;
    this.order = order;
    this.room = room;
    this.root = root;
  }

  /** The entry of that key, when all nodes on the way are in memory. */
  findResident(key: K): E | undefined | typeof notResident {
    const { store, order, root } = this;
    if (root === 0) return undefined;
    let node = store.resident(root);
    while (node !== undefined) {
      const { level } = node;
      if (level === 0) return findInLeaf(node, order, key);
      node = store.resident(node.child(childPlace(node, order, key)));
      // What is damaged is found out on the other way.
      if (node?.level !== level - 1) break;
    }
    return notResident;
  }

  *find(key: K): Steps<E | undefined> {
    if (this.root === 0) return undefined;
    let node = yield* this.node(this.root);
    while (node.level > 0) node = yield* this.child(node, childPlace(node, this.order, key));
    return findInLeaf(node, this.order, key);
  }

  /**
   * Shows the entries of a range in order until `visit` returns false. The tree must not change meanwhile.
   *
   * @throws BLK_DAMAGED when a leaf does not come after the one before.
   */
  *visit(range: Range<K>, visit: (entry: E) => boolean | undefined): Steps<void> {
    if (this.root !== 0) yield* this.#visit(yield* this.node(this.root), range, visit, {});
  }

  /** Shows every node, children after their parents. @throws BLK_DAMAGED when one is in two places. */
  *nodes(visit: (node: TreeNode<E>) => void): Steps<void> {
    const waiting = this.root === 0 ? [] : [yield* this.node(this.root)];
    const seen = new Set<number>();
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      if (seen.has(node.ref)) throw damaged(node, `node ${node.ref} is in two places`);
      seen.add(node.ref);
      visit(node);
      if (node.level === 0) continue;
      for (let index = 0; index < node.count; index++) waiting.push(yield* this.child(node, index));
    }
  }

  *node(ref: number): Steps<TreeNode<E>> {
    return this.store.resident(ref) ?? (yield* this.store.load(ref));
  }

  *child(node: TreeNode<E>, index: number): Steps<TreeNode<E>> {
    const child = yield* this.node(node.child(index));
    // Levels that do not go down by one would let a damaged file lead in circles.
    if (child.level === node.level - 1) return child;
    throw damaged(
      child,
      `node ${child.ref} of level ${child.level} below node ${node.ref} of level ${node.level}`,
    );
  }

  *#visit(
    node: TreeNode<E>,
    range: Range<K>,
    visit: (entry: E) => boolean | undefined,
    before: { entry?: E },
  ): Steps<boolean> {
    const { order } = this;
    const { from, to, backwards } = range;
    const leaf = node.level === 0;
    let first = 0;
    if (from) first = leaf ? lowerBound(node, order, from.key) : childPlace(node, order, from.key);
    let last = node.count - 1;
    if (to) last = leaf ? upperBound(node, order, to.key) - 1 : childPlace(node, order, to.key);
    const step = backwards ? -1 : 1;
    if (leaf && first <= last) {
      // Otherwise nodes that are in several places would lead a long way round.
      const { entry } = before;
      const next = node.entry(backwards ? last : first);
      if (entry !== undefined && order.compare(order.keyOf(entry), next) * step >= 0) {
        throw damaged(node, `node ${node.ref} does not come after what is before it`);
      }
      before.entry = node.entry(backwards ? first : last);
    }
    for (let index = backwards ? last : first; index >= first && index <= last; index += step) {
      if (!leaf) {
        if (!(yield* this.#visit(yield* this.child(node, index), range, visit, before))) return false;
        continue;
      }
      const entry = node.entry(index);
      if (from && !from.included && order.compare(from.key, entry) === 0) continue;
      if (to && !to.included && order.compare(to.key, entry) === 0) continue;
      if (visit(entry) === false) return false;
    }
    return true;
  }
}

function damaged<E>({ ref }: TreeNode<E>, message: string): Error {
  return errors.BLK_DAMAGED({ message, structure: 'tree node', offset: ref });
}
