import { errors } from './errors.js';
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

/** The order of entries by keys that are part of them. */
export interface EntryOrder<E, K> {
  keyOf(entry: E): K;
  /** Negative when `key` comes before that of `entry`, positive when after, 0 when it is the same. */
  compare(key: K, entry: E): number;
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

/** What {@link Tree.find} reports when it cannot tell without reading. */
export const notResident = Symbol('not resident');

/** How an insertion ended in one subtree. */
interface Inserted<E> {
  readonly ref: number;
  readonly right?: { readonly entry: E; readonly ref: number };
  readonly old?: E;
}

/** A B+-tree with unique keys. The root is 0 while it is empty. */
export class Tree<E, K> {
  root: number;
  readonly #store: NodeStore<E>;
  readonly #order: EntryOrder<E, K>;
  readonly #room: { readonly leaf: number; readonly inner: number };

  constructor(
    store: NodeStore<E>,
    order: EntryOrder<E, K>,
    room: { readonly leaf: number; readonly inner: number },
    root: number,
  ) {
    this.#store = store;
    this.#order = order;
    this.#room = room;
    this.root = root;
  }

  /** The entry of that key, when all nodes on the way are in memory. */
  findResident(key: K): E | undefined | typeof notResident {
    let ref = this.root;
    if (ref === 0) return undefined;
    for (;;) {
      const node = this.#store.resident(ref);
      if (!node) return notResident;
      if (node.level === 0) return this.#inLeaf(node, key);
      ref = node.children[this.#childOf(node, key)]!;
    }
  }

  *find(key: K): Steps<E | undefined> {
    if (this.root === 0) return undefined;
    let node = yield* this.#node(this.root);
    while (node.level > 0) node = yield* this.#child(node, this.#childOf(node, key));
    return this.#inLeaf(node, key);
  }

  /** Adds the entry, or puts it in the place of the one with its key, which is returned. */
  *upsert(entry: E): Steps<E | undefined> {
    if (this.root === 0) {
      const leaf = yield* this.#store.create(0);
      leaf.entries.push(entry);
      this.root = leaf.ref;
      return undefined;
    }
    const root = yield* this.#node(this.root);
    const { ref, right, old } = yield* this.#insert(root, entry, this.#order.keyOf(entry));
    this.root = ref;
    if (right) {
      const above = yield* this.#store.create(root.level + 1);
      above.entries.push(root.entries[0]!, right.entry);
      above.children.push(ref, right.ref);
      this.root = above.ref;
    }
    return old;
  }

  /** Removes and returns the entry of that key, if there is one. */
  *remove(key: K): Steps<E | undefined> {
    if (this.root === 0) return undefined;
    let root = yield* this.#node(this.root);
    const old = yield* this.#remove(root, key);
    while (root.level > 0 && root.children.length === 1) {
      const only = yield* this.#child(root, 0);
      yield* this.#store.drop(root);
      root = only;
    }
    if (root.entries.length === 0) {
      yield* this.#store.drop(root);
      this.root = 0;
    } else {
      this.root = root.ref;
    }
    return old;
  }

  /** Shows the entries of a range in order until `visit` returns false. The tree must not change meanwhile. */
  *visit(range: Range<K>, visit: (entry: E) => boolean | undefined): Steps<void> {
    if (this.root !== 0) yield* this.#visit(yield* this.#node(this.root), range, visit);
  }

  /** Shows every node, children after their parents. */
  *nodes(visit: (node: TreeNode<E>) => void): Steps<void> {
    const waiting = this.root === 0 ? [] : [yield* this.#node(this.root)];
    for (let node = waiting.pop(); node; node = waiting.pop()) {
      visit(node);
      for (let index = 0; index < node.children.length; index++)
        waiting.push(yield* this.#child(node, index));
    }
  }

  /** Makes every node one that is to be written anew. */
  *renew(): Steps<void> {
    if (this.root !== 0) this.root = yield* this.#renew(yield* this.#node(this.root));
  }

  *#renew(node: TreeNode<E>): Steps<number> {
    this.#store.own(node);
    for (let index = 0; index < node.children.length; index++) {
      node.children[index] = yield* this.#renew(yield* this.#child(node, index));
    }
    return node.ref;
  }

  *#node(ref: number): Steps<TreeNode<E>> {
    return this.#store.resident(ref) ?? (yield* this.#store.load(ref));
  }

  *#child(node: TreeNode<E>, index: number): Steps<TreeNode<E>> {
    const child = yield* this.#node(node.children[index]!);
    // Levels that do not go down by one would let a damaged file lead in circles.
    if (child.level === node.level - 1) return child;
    throw errors.BLK_DAMAGED({
      message: `node ${child.ref} of level ${child.level} below node ${node.ref} of level ${node.level}`,
      structure: 'tree node',
      offset: child.ref,
    });
  }

  *#insert(node: TreeNode<E>, entry: E, key: K): Steps<Inserted<E>> {
    let old: E | undefined;
    let place: number;
    if (node.level === 0) {
      place = this.#lowerBound(node, key);
      const same = place < node.entries.length && this.#order.compare(key, node.entries[place]!) === 0;
      this.#store.own(node);
      old = node.entries.splice(place, same ? 1 : 0, entry)[0];
    } else {
      place = this.#childOf(node, key);
      const child = yield* this.#child(node, place);
      const below = yield* this.#insert(child, entry, key);
      old = below.old;
      if (below.ref !== node.children[place] || below.right) this.#store.own(node);
      node.children[place] = below.ref;
      if (below.right) {
        place++;
        node.entries.splice(place, 0, below.right.entry);
        node.children.splice(place, 0, below.right.ref);
      }
    }
    const { length } = node.entries;
    const done = { ref: node.ref, ...(old !== undefined && { old }) };
    if (length <= (node.level === 0 ? this.#room.leaf : this.#room.inner)) return done;
    // What arrives in ascending order leaves full nodes behind.
    const at = place === length - 1 ? Math.min(Math.ceil(length * 0.9), length - 2) : length >> 1;
    const right = yield* this.#store.create(node.level);
    right.entries = node.entries.splice(at);
    right.children = node.children.splice(at);
    return { ...done, right: { entry: right.entries[0]!, ref: right.ref } };
  }

  *#remove(node: TreeNode<E>, key: K): Steps<E | undefined> {
    if (node.level === 0) {
      const place = this.#lowerBound(node, key);
      if (place === node.entries.length || this.#order.compare(key, node.entries[place]!) !== 0)
        return undefined;
      this.#store.own(node);
      return node.entries.splice(place, 1)[0];
    }
    const place = this.#childOf(node, key);
    const child = yield* this.#child(node, place);
    const old = yield* this.#remove(child, key);
    if (old === undefined) return undefined;
    if (child.ref !== node.children[place]) {
      this.#store.own(node);
      node.children[place] = child.ref;
    }
    const full = child.level === 0 ? this.#room.leaf : this.#room.inner;
    const least = Math.max(child.level === 0 ? 1 : 2, full >> 2);
    if (child.entries.length < least && node.children.length > 1)
      yield* this.#mend(node, Math.max(place, 1), full);
    return old;
  }

  /** Joins the children before and at `place`, or shares their entries between them when they are too many. */
  *#mend(node: TreeNode<E>, place: number, full: number): Steps<void> {
    const left = yield* this.#child(node, place - 1);
    const right = yield* this.#child(node, place);
    this.#store.own(node);
    this.#store.own(left);
    node.children[place - 1] = left.ref;
    // The parent's entry is the bound that holds; the node's own first one need not.
    if (right.level > 0) right.entries[0] = node.entries[place]!;
    const entries = [...left.entries, ...right.entries];
    const children = [...left.children, ...right.children];
    if (entries.length <= full) {
      left.entries = entries;
      left.children = children;
      node.entries.splice(place, 1);
      node.children.splice(place, 1);
      yield* this.#store.drop(right);
      return;
    }
    this.#store.own(right);
    const half = entries.length >> 1;
    right.entries = entries.splice(half);
    right.children = children.splice(half);
    left.entries = entries;
    left.children = children;
    node.children[place] = right.ref;
    node.entries[place] = right.entries[0]!;
  }

  *#visit(node: TreeNode<E>, range: Range<K>, visit: (entry: E) => boolean | undefined): Steps<boolean> {
    const { from, to, backwards } = range;
    const leaf = node.level === 0;
    let first = 0;
    if (from) first = leaf ? this.#lowerBound(node, from.key) : this.#childOf(node, from.key);
    let last = node.entries.length - 1;
    if (to) last = leaf ? this.#upperBound(node, to.key) - 1 : this.#childOf(node, to.key);
    const step = backwards ? -1 : 1;
    for (let index = backwards ? last : first; index >= first && index <= last; index += step) {
      if (!leaf) {
        if (!(yield* this.#visit(yield* this.#child(node, index), range, visit))) return false;
        continue;
      }
      const entry = node.entries[index]!;
      if (from && !from.included && this.#order.compare(from.key, entry) === 0) continue;
      if (to && !to.included && this.#order.compare(to.key, entry) === 0) continue;
      if (visit(entry) === false) return false;
    }
    return true;
  }

  #inLeaf(node: TreeNode<E>, key: K): E | undefined {
    const entry = node.entries[this.#lowerBound(node, key)];
    return entry !== undefined && this.#order.compare(key, entry) === 0 ? entry : undefined;
  }

  #childOf(node: TreeNode<E>, key: K): number {
    return Math.max(this.#upperBound(node, key) - 1, 0);
  }

  /** The first place whose entry is not before the key. */
  #lowerBound({ entries }: TreeNode<E>, key: K): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order.compare(key, entries[middle]!) > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first place whose entry is after the key. */
  #upperBound({ entries }: TreeNode<E>, key: K): number {
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#order.compare(key, entries[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
