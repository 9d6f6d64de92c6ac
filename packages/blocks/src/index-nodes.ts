import { allocateBlock, freeBlock } from './change-block.js';
import type { Engine } from './engine.js';
import { errors } from './errors.js';
import type { NodeCache } from './node-cache.js';
import { bytesOf, decodeNode, encodeNode } from './node-format.js';
import { readBlock } from './read-block.js';
import type { Steps } from './steps.js';
import type { NodeStore } from './tree.js';
import { type EntryFormat, TreeNode } from './tree-node.js';
import { writeBlock } from './write-block.js';

/** The nodes of an index, each in a block of the storage. A node keeps its block's id when it changes. */
export class IndexNodes<V> implements NodeStore<V> {
  readonly #engine: Engine;
  readonly #format: EntryFormat<V>;
  readonly #nodeBytes: number;
  readonly #cache: NodeCache;
  readonly #nodes = new Map<number, TreeNode<V>>();
  readonly #dirty = new Set<TreeNode<V>>();

  constructor(engine: Engine, format: EntryFormat<V>, nodeBytes: number, cache: NodeCache) {
    this.#engine = engine;
    this.#format = format;
    this.#nodeBytes = nodeBytes;
    this.#cache = cache;
  }

  resident(ref: number): TreeNode<V> | undefined {
    const node = this.#nodes.get(ref);
    if (node !== undefined) node.recent = true;
    return node;
  }

  *load(ref: number): Steps<TreeNode<V>> {
    const engine = this.#engine;
    const bytes = new Uint8Array(this.#nodeBytes);
    if ((yield* readBlock(engine, ref, 0, bytes)) !== bytes.length) {
      throw errors.BLK_DAMAGED({
        message: `block ${ref} is too short for a node of this index`,
        structure: 'index node',
      });
    }
    // What this transaction wrote carries the number of the commit that is to come.
    const youngest = engine.record.sequence + (engine.writing ? 1 : 0);
    const node = decodeNode(bytes, ref, 'index', this.#format, youngest);
    this.#nodes.set(ref, node);
    this.#cache.add(node, this.#nodes);
    return node;
  }

  *create(level: number): Steps<TreeNode<V>> {
    const node = new TreeNode(yield* allocateBlock(this.#engine, this.#nodeBytes), level, this.#format);
    this.#change(node);
    return node;
  }

  own(node: TreeNode<V>): void {
    if (node.page === undefined) return;
    this.#forget(node);
    node.thaw();
    this.#change(node);
    this.#engine.changed = true;
  }

  *drop(node: TreeNode<V>): Steps<void> {
    this.#forget(node);
    this.#dirty.delete(node);
    yield* freeBlock(this.#engine, node.ref);
  }

  pending(): { blocks: number; bytes: number } {
    return { blocks: this.#dirty.size, bytes: this.#dirty.size * this.#nodeBytes };
  }

  /** Writes what changed into its blocks. */
  *flush(): Steps<void> {
    const sequence = this.#engine.record.sequence + 1;
    for (const node of this.#dirty) {
      const page = encodeNode(node, 'index', this.#format, this.#nodeBytes, sequence);
      yield* writeBlock(this.#engine, node.ref, bytesOf(page), 0);
      node.freeze(page);
      this.#cache.add(node, this.#nodes);
    }
    this.#dirty.clear();
  }

  clear(): void {
    for (const node of this.#nodes.values()) this.#cache.remove(node);
    this.#nodes.clear();
    this.#dirty.clear();
  }

  #change(node: TreeNode<V>): void {
    this.#nodes.set(node.ref, node);
    this.#dirty.add(node);
  }

  #forget(node: TreeNode<V>): void {
    this.#cache.remove(node);
    this.#nodes.delete(node.ref);
  }
}
