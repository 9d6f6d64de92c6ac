import type { Mode } from '@terrane/driver';
import type { BlockStorage } from './block-storage.js';
import { roundUp } from './bytes.js';
import type { Attached, Engine } from './engine.js';
import { IndexNodes } from './index-nodes.js';
import type { IndexOptions } from './index-options.js';
import { NodeCache } from './node-cache.js';
import type { Steps } from './steps.js';
import { Tree } from './tree.js';
import { capacities, nodeHeaderBytes } from './tree-node.js';

const unit = 4096;

/** What the storage holds of an index that is open: its nodes in memory, shared by everybody who opened it there. */
export class IndexState<V, K> implements Attached {
  readonly valueBytes: number;
  readonly nodes: IndexNodes<V>;
  readonly #storage: Pick<BlockStorage<Mode>, 'slotSteps' | 'setSlotSteps'>;
  readonly #options: IndexOptions<V, K>;
  readonly #room: { readonly leaf: number; readonly inner: number };
  #tree: Tree<V, K> | undefined;
  #written = 0;

  constructor(
    engine: Engine,
    storage: Pick<BlockStorage<Mode>, 'slotSteps' | 'setSlotSteps'>,
    options: IndexOptions<V, K>,
  ) {
    const { format, cachedNodes } = options;
    // Room for four inner entries: with fewer a tree cannot be kept in balance.
    const nodeBytes = roundUp(Math.max(unit, nodeHeaderBytes + 4 * (format.bytes + 8)), unit);
    this.valueBytes = format.bytes;
    const cache = cachedNodes === undefined ? engine.nodes : new NodeCache(cachedNodes * nodeBytes);
    this.nodes = new IndexNodes(engine, format, nodeBytes, cache);
    this.#storage = storage;
    this.#options = options;
    this.#room = capacities(nodeBytes, format.bytes);
  }

  /** The tree when its root is known. */
  get current(): Tree<V, K> | undefined {
    return this.#tree;
  }

  *tree(): Steps<Tree<V, K>> {
    if (this.#tree) return this.#tree;
    this.#written = yield* this.#storage.slotSteps(this.#options.root);
    this.#tree = new Tree(this.nodes, this.#options.order, this.#room, this.#written);
    return this.#tree;
  }

  *flush(): Steps<void> {
    if (!this.#tree) return;
    yield* this.nodes.flush();
    if (this.#tree.root === this.#written) return;
    yield* this.#storage.setSlotSteps(this.#options.root, this.#tree.root);
    this.#written = this.#tree.root;
  }

  pending(): { blocks: number; bytes: number } {
    return this.nodes.pending();
  }

  forget(): void {
    this.nodes.clear();
    this.#tree = undefined;
  }
}
