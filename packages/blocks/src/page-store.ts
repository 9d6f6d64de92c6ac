import { errors } from './errors.js';
import type { Steps } from './steps.js';
import type { NodeStore } from './tree.js';
import { decodeNode, type EntryFormat, encodeNode, type TreeKind, type TreeNode } from './tree-node.js';

/** Every node of the two trees of a storage takes this much. */
export const pageBytes = 4096;

/** What a {@link PageStore} needs of the storage it serves. */
export interface PageHost {
  readPage(address: number): Steps<Uint8Array>;
  /** The commit that is being read. */
  sequence(): number;
  /** A range of the committed state is no longer wanted. */
  retire(address: number, size: number): void;
  /** What to throw for a node that is not what it should be: damage, or a writer that went on. */
  judge(error: unknown): Steps<unknown>;
}

/**
 * The nodes of one of the storage's own trees. What is committed is never written over: a node that changes leaves
 * its page and is without an address (its `ref` is negative) until the commit gives it a new one.
 */
export class PageStore<E> implements NodeStore<E> {
  readonly dirty = new Map<number, TreeNode<E>>();
  readonly #clean = new Map<number, TreeNode<E>>();
  readonly #host: PageHost;
  readonly #kind: TreeKind;
  readonly #format: EntryFormat<E>;
  readonly #most: number;
  #lastRef = 0;

  constructor(host: PageHost, kind: TreeKind, format: EntryFormat<E>, most: number) {
    this.#host = host;
    this.#kind = kind;
    this.#format = format;
    this.#most = most;
  }

  resident(ref: number): TreeNode<E> | undefined {
    return this.#clean.get(ref) ?? this.dirty.get(ref);
  }

  *load(ref: number): Steps<TreeNode<E>> {
    let node: TreeNode<E>;
    try {
      if (!(ref > 0)) {
        throw errors.BLK_DAMAGED({
          message: `${this.#kind} tree: no node at ${ref}`,
          structure: 'tree node',
        });
      }
      const page = yield* this.#host.readPage(ref);
      node = decodeNode(page, ref, this.#kind, this.#format, this.#host.sequence());
    } catch (error) {
      throw yield* this.#host.judge(error);
    }
    this.#keep(node);
    return node;
  }

  // biome-ignore lint/correctness/useYield: a new node needs no reading here, in other stores it does
  *create(level: number): Steps<TreeNode<E>> {
    const node: TreeNode<E> = { ref: --this.#lastRef, level, entries: [], children: [] };
    this.dirty.set(node.ref, node);
    return node;
  }

  own(node: TreeNode<E>): void {
    if (node.ref < 0) return;
    this.#clean.delete(node.ref);
    this.#host.retire(node.ref, pageBytes);
    node.ref = --this.#lastRef;
    this.dirty.set(node.ref, node);
  }

  // biome-ignore lint/correctness/useYield: giving up a page needs no reading here, in other stores it does
  *drop(node: TreeNode<E>): Steps<void> {
    if (this.dirty.delete(node.ref)) return;
    this.#clean.delete(node.ref);
    this.#host.retire(node.ref, pageBytes);
  }

  /**
   * Gives all changed nodes below `root` an address of `pages` and returns the root's and what there is to write.
   * They count as committed from here on.
   */
  settle(root: number, pages: number[], sequence: number): { root: number; writes: [number, Uint8Array][] } {
    const writes: [number, Uint8Array][] = [];
    const place = (ref: number): number => {
      const node = this.dirty.get(ref);
      if (!node) return ref;
      node.children = node.children.map(place);
      node.ref = pages.shift()!;
      writes.push([node.ref, encodeNode(node, this.#kind, this.#format, pageBytes, sequence)]);
      return node.ref;
    };
    const placed = place(root);
    for (const node of this.dirty.values()) this.#keep(node);
    this.dirty.clear();
    return { root: placed, writes };
  }

  /** Forgets everything: changes, and what was read. */
  clear(): void {
    this.dirty.clear();
    this.#clean.clear();
  }

  #keep(node: TreeNode<E>): void {
    this.#clean.set(node.ref, node);
    if (this.#clean.size <= this.#most) return;
    const [oldest] = this.#clean.keys();
    this.#clean.delete(oldest!);
  }
}
