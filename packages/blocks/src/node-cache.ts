import { pageBytes } from './bytes.js';

/** A node that a {@link NodeCache} keeps: it knows where it is listed, so that it can be taken off. */
export interface CachedNode {
  readonly ref: number;
  /** Its bytes in memory. */
  readonly size: number;
  /** Somebody came by since the cache last looked. */
  recent: boolean;
  /** Its place in the cache, -1 when it is in none. */
  slot: number;
  /** Where it is found by its `ref`, and is no longer when the cache lets go of it. */
  home: Map<number, CachedNode> | undefined;
}

/**
 * A budget for the tree nodes that are kept in memory, which any number of storages and indexes may share. Nodes that
 * changed since the last commit do not count: they stay until they are written. One node is kept however large it is.
 */
export class NodeCache {
  /** The most that the nodes may take, in bytes. */
  readonly maximumBytes: number;
  readonly #ring: CachedNode[] = [];
  #hand = 0;
  #bytes = 0;

  /** @throws RangeError when there is no room for eight nodes of 4096 bytes. */
  constructor(maximumBytes: number) {
    if (!(maximumBytes >= 8 * pageBytes)) throw new RangeError('a cache of nodes has room for eight or more');
    this.maximumBytes = maximumBytes;
  }

  /** What the nodes take now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many nodes there are. */
  get count(): number {
    return this.#ring.length;
  }

  /** @internal */
  add(node: CachedNode, home: Map<number, CachedNode>): void {
    while (this.#bytes + node.size > this.maximumBytes && this.#ring.length > 0) this.#sweep();
    node.home = home;
    node.slot = this.#ring.length;
    node.recent = true;
    this.#ring.push(node);
    this.#bytes += node.size;
  }

  /** @internal */
  remove(node: CachedNode): void {
    if (node.slot < 0) return;
    const last = this.#ring.pop()!;
    if (last !== node) {
      this.#ring[node.slot] = last;
      last.slot = node.slot;
    }
    node.slot = -1;
    node.home = undefined;
    this.#bytes -= node.size;
  }

  /** The hand goes round: who was visited since it last came by gets another round. */
  #sweep(): void {
    if (this.#hand >= this.#ring.length) this.#hand = 0;
    const node = this.#ring[this.#hand]!;
    if (node.recent) {
      node.recent = false;
      this.#hand++;
      return;
    }
    const { home, ref } = node;
    if (home?.get(ref) === node) home.delete(ref);
    this.remove(node);
  }
}
