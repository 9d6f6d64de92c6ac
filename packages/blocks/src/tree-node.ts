import { getUint64 } from './bytes.js';
import type { CachedNode } from './node-cache.js';

/** How entries of one size are kept in bytes. */
export interface EntryFormat<E> {
  readonly bytes: number;
  read(view: DataView, at: number): E;
  write(view: DataView, at: number, entry: E): void;
}

/** Of every node, before its entries. */
export const nodeHeaderBytes = 32;

/** How many entries fit a node of `nodeBytes`. */
export function capacities(nodeBytes: number, entryBytes: number): { leaf: number; inner: number } {
  const room = nodeBytes - nodeHeaderBytes;
  return { leaf: Math.floor(room / entryBytes), inner: Math.floor(room / (entryBytes + 8)) };
}

/**
 * A node in memory. One that was read stays what it was in the file, a page of bytes, of which single entries are
 * decoded when they are asked for: a million entries as objects take three times the memory, and to search among
 * them misses the processor's caches several times as often. One that may change is two lists.
 */
export class TreeNode<E> implements CachedNode {
  ref: number;
  readonly level: number;
  /** The bytes; nothing while the node may change. */
  page: DataView | undefined;
  /** From one entry to the next in the page. */
  readonly stride: number;
  /** While the node may change. `children` is empty in a leaf, and as long as `entries` in an inner node. */
  entries: E[] = [];
  children: number[] = [];
  recent = false;
  slot = -1;
  home: Map<number, CachedNode> | undefined;
  readonly #format: EntryFormat<E>;

  constructor(ref: number, level: number, format: EntryFormat<E>, page?: DataView) {
    this.ref = ref;
    this.level = level;
    this.page = page;
    this.stride = level === 0 ? format.bytes : format.bytes + 8;
    this.#format = format;
  }

  get size(): number {
    return this.page === undefined ? 0 : this.page.byteLength;
  }

  /** How many entries there are. */
  get count(): number {
    return this.page === undefined ? this.entries.length : this.page.getUint16(6, true);
  }

  entry(index: number): E {
    if (this.page === undefined) return this.entries[index]!;
    return this.#format.read(this.page, nodeHeaderBytes + index * this.stride);
  }

  child(index: number): number {
    if (this.page === undefined) return this.children[index]!;
    return getUint64(this.page, nodeHeaderBytes + (index + 1) * this.stride - 8);
  }

  /** All entries, and children, in lists of their own. */
  lists(): { entries: E[]; children: number[] } {
    const indices = Array.from({ length: this.count }, (_, index) => index);
    return {
      entries: indices.map((index) => this.entry(index)),
      children: this.level === 0 ? [] : indices.map((index) => this.child(index)),
    };
  }

  /** Makes it one that may change. */
  thaw(): void {
    if (this.page === undefined) return;
    const { entries, children } = this.lists();
    this.entries = entries;
    this.children = children;
    this.page = undefined;
  }

  /** Makes it what was written of it. */
  freeze(page: DataView): void {
    this.page = page;
    this.entries = [];
    this.children = [];
  }
}
