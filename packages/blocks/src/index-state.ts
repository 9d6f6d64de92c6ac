import { roundUp } from './bytes.js';
import { removeNow, upsertNow } from './change-leaf.js';
import type { Attached, Engine } from './engine.js';
import { IndexNodes } from './index-nodes.js';
import type { IndexOptions } from './index-options.js';
import { NodeCache } from './node-cache.js';
import { readSlot, writeSlot } from './slot-steps.js';
import type { Steps } from './steps.js';
import { notResident, Tree } from './tree.js';
import { remove, upsert } from './tree-change.js';
import { capacities, nodeHeaderBytes, type TreeNode } from './tree-node.js';

const unit = 4096;

/** What the storage holds of an index that is open: its nodes in memory, shared by everybody who opened it there. */
export class IndexState<V, K> implements Attached {
  readonly valueBytes: number;
  readonly nodes: IndexNodes<V>;
  readonly #engine: Engine;
  readonly #options: IndexOptions<V, K>;
  readonly #room: { readonly leaf: number; readonly inner: number };
  #tree: Tree<V, K> | undefined;
  #written = 0;
  /** How many values there are, when somebody asked. */
  #count: number | undefined;

  constructor(engine: Engine, options: IndexOptions<V, K>) {
    const { format, cachedNodes } = options;
    // Room for four inner entries: with fewer a tree cannot be kept in balance.
    const nodeBytes = roundUp(Math.max(unit, nodeHeaderBytes + 4 * (format.bytes + 8)), unit);
    this.valueBytes = format.bytes;
    const cache = cachedNodes === undefined ? engine.nodes : new NodeCache(cachedNodes * nodeBytes);
    this.nodes = new IndexNodes(engine, format, nodeBytes, cache);
    this.#engine = engine;
    this.#options = options;
    this.#room = capacities(nodeBytes, format.bytes);
  }

  /** The tree when its root is known. */
  get current(): Tree<V, K> | undefined {
    return this.#tree;
  }

  *tree(): Steps<Tree<V, K>> {
    if (this.#tree) return this.#tree;
    this.#written = yield* readSlot(this.#engine, this.#options.root);
    this.#tree = new Tree(this.nodes, this.#options.order, this.#room, this.#written);
    return this.#tree;
  }

  *upsert(tree: Tree<V, K>, value: V): Steps<V | undefined> {
    const old = yield* upsert(tree, value);
    if (old === undefined) this.#counted(1);
    return old;
  }

  *remove(tree: Tree<V, K>, key: K): Steps<V | undefined> {
    const old = yield* remove(tree, key);
    if (old !== undefined) this.#counted(-1);
    return old;
  }

  /** {@link upsert} without steps, when it takes no more than a change of what is in memory. */
  upsertNow(value: V): V | undefined | typeof notResident {
    if (!this.#tree || !this.#engine.canChange) return notResident;
    const old = upsertNow(this.#tree, value);
    if (old === undefined) this.#counted(1);
    return old;
  }

  /** {@link remove} without steps, when it takes no more than a change of what is in memory. */
  removeNow(key: K): V | undefined | typeof notResident {
    if (!this.#tree || !this.#engine.canChange) return notResident;
    const old = removeNow(this.#tree, key);
    if (old !== undefined && old !== notResident) this.#counted(-1);
    return old;
  }

  #counted(change: number): void {
    if (this.#count !== undefined) this.#count += change;
  }

  *clear(tree: Tree<V, K>): Steps<void> {
    const all: TreeNode<V>[] = [];
    yield* tree.nodes((node) => all.push(node));
    for (const node of all) yield* this.nodes.drop(node);
    tree.root = 0;
    this.#count = 0;
  }

  /** How many values there are; nodes say how many they hold, so that no value is decoded. */
  *count(tree: Tree<V, K>): Steps<number> {
    if (this.#count !== undefined) return this.#count;
    let count = 0;
    yield* tree.nodes((node) => {
      if (node.level === 0) count += node.count;
    });
    this.#count = count;
    return count;
  }

  *flush(): Steps<void> {
    if (!this.#tree) return;
    yield* this.nodes.flush();
    if (this.#tree.root === this.#written) return;
    yield* writeSlot(this.#engine, this.#options.root, this.#tree.root);
    this.#written = this.#tree.root;
  }

  pending(): { blocks: number; bytes: number } {
    return this.nodes.pending();
  }

  forget(): void {
    this.nodes.clear();
    this.#tree = undefined;
    this.#count = undefined;
  }
}
