import { pageBytes } from './bytes.js';
import { type CommitRecord, controlBytes } from './commit-record.js';
import { checkNode, type FaultOf } from './entry-faults.js';
import { errors } from './errors.js';
import type { NodeCache } from './node-cache.js';
import { bytesOf, decodeNode, encodeNode, type TreeKind } from './node-format.js';
import type { Steps } from './steps.js';
import type { NodeStore } from './tree.js';
import { type EntryFormat, TreeNode } from './tree-node.js';

/** What a {@link PageStore} needs of the storage it serves. */
export interface PageHost {
  readPage(address: number): Steps<Uint8Array>;
  /** Where the storage begins. */
  readonly offset: number;
  /** The state that is being read. */
  shown(): CommitRecord;
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
  /** What changed since the last commit. */
  readonly dirty = new Set<TreeNode<E>>();
  readonly #nodes = new Map<number, TreeNode<E>>();
  readonly #host: PageHost;
  readonly #kind: TreeKind;
  readonly #format: EntryFormat<E>;
  readonly #cache: NodeCache;
  readonly #faultOf: FaultOf;
  #lastRef = 0;

  constructor(host: PageHost, kind: TreeKind, format: EntryFormat<E>, cache: NodeCache, faultOf: FaultOf) {
    this.#host = host;
    this.#kind = kind;
    this.#format = format;
    this.#cache = cache;
    this.#faultOf = faultOf;
  }

  resident(ref: number): TreeNode<E> | undefined {
    const node = this.#nodes.get(ref);
    if (node !== undefined) node.recent = true;
    return node;
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
      const { sequence, end, nextId } = this.#host.shown();
      node = decodeNode(page, ref, this.#kind, this.#format, sequence);
      checkNode(node, this.#faultOf, { start: this.#host.offset + controlBytes, end, nextId }, this.#kind);
    } catch (error) {
      throw yield* this.#host.judge(error);
    }
    this.#nodes.set(ref, node);
    this.#cache.add(node, this.#nodes);
    return node;
  }

  // biome-ignore lint/correctness/useYield: a new node needs no reading here, in other stores it does
  *create(level: number): Steps<TreeNode<E>> {
    return this.#change(new TreeNode(0, level, this.#format));
  }

  own(node: TreeNode<E>): void {
    if (node.ref < 0) return;
    this.#forget(node);
    this.#host.retire(node.ref, pageBytes);
    node.thaw();
    this.#change(node);
  }

  // biome-ignore lint/correctness/useYield: giving up a page needs no reading here, in other stores it does
  *drop(node: TreeNode<E>): Steps<void> {
    this.#forget(node);
    if (!this.dirty.delete(node)) this.#host.retire(node.ref, pageBytes);
  }

  /**
   * Gives all changed nodes below `root` an address of `pages` and returns the root's and what there is to write.
   * They count as committed from here on.
   */
  settle(root: number, pages: number[], sequence: number): { root: number; writes: [number, Uint8Array][] } {
    const writes: [number, Uint8Array][] = [];
    const place = (ref: number): number => {
      if (!(ref < 0)) return ref;
      const node = this.#nodes.get(ref)!;
      this.#nodes.delete(ref);
      node.children = node.children.map(place);
      node.ref = pages.shift()!;
      const page = encodeNode(node, this.#kind, this.#format, pageBytes, sequence);
      writes.push([node.ref, bytesOf(page)]);
      node.freeze(page);
      this.#nodes.set(node.ref, node);
      this.#cache.add(node, this.#nodes);
      return node.ref;
    };
    const placed = place(root);
    this.dirty.clear();
    return { root: placed, writes };
  }

  /** Forgets everything: changes, and what was read. */
  clear(): void {
    for (const node of this.#nodes.values()) this.#cache.remove(node);
    this.#nodes.clear();
    this.dirty.clear();
  }

  #change(node: TreeNode<E>): TreeNode<E> {
    node.ref = --this.#lastRef;
    this.#nodes.set(node.ref, node);
    this.dirty.add(node);
    return node;
  }

  #forget(node: TreeNode<E>): void {
    this.#cache.remove(node);
    this.#nodes.delete(node.ref);
  }
}
