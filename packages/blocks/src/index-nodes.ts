import type { Engine } from './engine.js';
import type { Steps } from './steps.js';
import type { NodeStore } from './tree.js';
import { decodeNode, type EntryFormat, encodeNode, type TreeNode } from './tree-node.js';

/** The nodes of an index, each in a block of the storage. A node keeps its block's id when it changes. */
export class IndexNodes<V> implements NodeStore<V> {
  readonly #engine: Engine;
  readonly #format: EntryFormat<V>;
  readonly #nodeBytes: number;
  readonly #most: number;
  readonly #clean = new Map<number, TreeNode<V>>();
  readonly #dirty = new Map<number, TreeNode<V>>();

  constructor(engine: Engine, format: EntryFormat<V>, nodeBytes: number, most: number) {
    this.#engine = engine;
    this.#format = format;
    this.#nodeBytes = nodeBytes;
    this.#most = most;
  }

  resident(ref: number): TreeNode<V> | undefined {
    return this.#clean.get(ref) ?? this.#dirty.get(ref);
  }

  *load(ref: number): Steps<TreeNode<V>> {
    const engine = this.#engine;
    const bytes = new Uint8Array(this.#nodeBytes);
    const count = yield* engine.read(ref, 0, bytes);
    // What this transaction wrote carries the number of the commit that is to come.
    const youngest = engine.record.sequence + (engine.writing ? 1 : 0);
    const node = decodeNode(bytes.subarray(0, count), ref, 'index', this.#format, youngest);
    this.#keep(node);
    return node;
  }

  *create(level: number): Steps<TreeNode<V>> {
    const node: TreeNode<V> = {
      ref: yield* this.#engine.allocate(this.#nodeBytes),
      level,
      entries: [],
      children: [],
    };
    this.#dirty.set(node.ref, node);
    return node;
  }

  own(node: TreeNode<V>): void {
    this.#clean.delete(node.ref);
    this.#dirty.set(node.ref, node);
    this.#engine.changed = true;
  }

  *drop(node: TreeNode<V>): Steps<void> {
    this.#clean.delete(node.ref);
    this.#dirty.delete(node.ref);
    yield* this.#engine.free(node.ref);
  }

  pending(): { blocks: number; bytes: number } {
    return { blocks: this.#dirty.size, bytes: this.#dirty.size * this.#nodeBytes };
  }

  /** Writes what changed into its blocks. */
  *flush(): Steps<void> {
    const sequence = this.#engine.record.sequence + 1;
    for (const node of this.#dirty.values()) {
      const bytes = encodeNode(node, 'index', this.#format, this.#nodeBytes, sequence);
      yield* this.#engine.write(node.ref, bytes, 0);
      this.#keep(node);
    }
    this.#dirty.clear();
  }

  clear(): void {
    this.#clean.clear();
    this.#dirty.clear();
  }

  #keep(node: TreeNode<V>): void {
    this.#clean.set(node.ref, node);
    if (this.#clean.size <= this.#most) return;
    const [oldest] = this.#clean.keys();
    this.#clean.delete(oldest!);
  }
}
