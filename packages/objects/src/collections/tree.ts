import type { Chunks, Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { KeyPart } from './tree-key.js';
import { entriesAt, TreeNodes } from './tree-nodes.js';
import { ownedOf, writeBytes, writeKey } from './tree-owned.js';
import { TreePath, treeHead } from './tree-path.js';
import { Probe } from './tree-probe.js';

/*
 * A B+tree, whose head is 16 bytes wherever its owner has them: reference to the root node or zero (8), number of entries
 * (4), a number that is another one after each change of the entries (4).
 *
 * Every node knows how many entries are below each of its children, so a place in the order is found as fast as a key, and
 * counting a range reads nothing of it. Nodes are half full at the least, save for the last of each level: it is not
 * divided when something is added after everything else.
 */
/** An entry, and how many there are in its node on both sides. */
export interface TreeEntry extends Place {
  readonly before: number;
  readonly after: number;
}

/** A tree's keys and nodes; where its head lies is said with each call. */
export class Tree {
  readonly nodes: TreeNodes;
  /** The key that is looked for. */
  readonly probe: Probe;
  readonly #chunks: Chunks;
  readonly #parts: readonly KeyPart[];
  /** The way to where the last search ended. */
  readonly #path: TreePath;
  /** The largest number of changes given out, which a rollback does not take back. */
  #changes = 0;

  /** @param valueBytes - Bytes after each key, a multiple of 8. */
  constructor(chunks: Chunks, parts: readonly KeyPart[], valueBytes: number) {
    this.#chunks = chunks;
    this.#parts = parts;
    this.probe = new Probe(chunks);
    this.nodes = new TreeNodes(chunks, 8 * parts.reduce((sum, { words }) => sum + words, 0), valueBytes);
    this.#path = new TreePath(this.nodes);
  }

  /** Makes a key ready to be looked for; with fewer values than it has parts, all keys that begin with them. */
  aim(...values: readonly unknown[]): void {
    this.probe.clear();
    for (const [index, value] of values.entries()) this.#parts[index]!.encode(this.probe, value);
  }

  /** One part of the key of an entry. */
  keyOf(segment: Segment, entry: number, part = 0): unknown {
    let at = entry;
    for (let index = 0; index < part; index++) at += 8 * this.#parts[index]!.words;
    return this.#parts[part]!.decode(segment, at);
  }

  /** How many entries there are. @throws OBJ_DAMAGED when the heap has no room for so many */
  count({ view, start }: Segment, head: number): number {
    const count = view.getUint32(head + 8, true);
    if (count * this.nodes.leafStride <= this.#chunks.top && count > 0 === view.getUint32(head, true) > 0)
      return count;
    throw this.#chunks.damaged('a tree cannot have so many entries', start + head, 'tree');
  }

  /** How many entries come before the key that is looked for; with `after`, those that are equal to it as well. */
  rank(segment: Segment, head: number, after: boolean): number {
    return this.#seek(segment, head, after, after, true);
  }

  /** The entry whose whole key is the one that is looked for. */
  find(segment: Segment, head: number): Place | undefined {
    this.#seek(segment, head, true, false, false);
    return this.#hit();
  }

  /** The first entry whose key begins with the one that is looked for. */
  match(segment: Segment, head: number): Place | undefined {
    const rank = this.rank(segment, head, false);
    if (rank === this.count(segment, head)) return undefined;
    const entry = this.at(segment, head, rank);
    return this.probe.compare(entry.segment, entry.at) === 0 ? entry : undefined;
  }

  /** The entry with so many before it, which there must be, and how many the same node has before it and after it. */
  at(segment: Segment, head: number, rank: number): TreeEntry {
    const { nodes } = this;
    if (rank >= this.count(segment, head))
      throw this.#chunks.damaged('a tree has lost entries', segment.start + head, 'tree');
    let node = nodes.open(segment, head);
    let left = rank;
    for (let level = nodes.level(node); level > 0; level--) {
      const index = nodes.indexAt(node, left);
      left -= nodes.weightBefore(node, index);
      node = nodes.child(node, index, level);
    }
    const count = nodes.count(node);
    if (left >= count) throw this.#chunks.damaged('a tree has lost entries', segment.start + head, 'tree');
    return { segment: node.segment, at: nodes.entry(node, left), before: left, after: count - left - 1 };
  }

  /**
   * The entry of the key that was looked for, with all its parts, made when there is none. A new one has zeros for its value.
   */
  ensure(segment: Segment, head: number): Place & { readonly isNew: boolean } {
    const found = this.find(segment, head);
    if (found) return { ...found, isNew: false };
    // What may fail comes first.
    const owned = writeBytes(this.#chunks, this.probe);
    const count = this.count(segment, head);
    const path = this.#path;
    try {
      if (count === 0) path.begin(segment, head);
      path.makeRoom(segment, head);
    } catch (error) {
      for (const place of owned) if (place) this.#chunks.free(place);
      throw error;
    }
    const leaf = path.nodes[0]!;
    const at = this.nodes.insert(leaf, path.indexes[0]!);
    writeKey(this.probe, leaf.segment, at, owned);
    path.settle(1);
    this.#setHead(segment, head, count + 1);
    return { segment: leaf.segment, at, isNew: true };
  }

  /** Removes the entry that `find` has just found; its value is the caller's. */
  remove(segment: Segment, head: number): void {
    const path = this.#path;
    const count = this.count(segment, head);
    const leaf = path.nodes[0]!;
    const entry = this.nodes.entry(leaf, path.indexes[0]!);
    for (const owned of ownedOf(this.#chunks, this.#parts, leaf.segment, entry)) this.#chunks.free(owned);
    this.nodes.remove(leaf, path.indexes[0]!);
    path.settle(-1);
    path.shrink(segment, head);
    this.#setHead(segment, head, count - 1);
  }

  /** Frees all nodes with their keys. @param drop - Gets each entry before. */
  clear(segment: Segment, head: number, drop: (segment: Segment, entry: number) => void): void {
    const lost: Place[] = [];
    this.trace(segment, head, (place) => lost.push(place), drop);
    for (const place of lost) this.#chunks.free(place);
    segment.heap.own(segment, head, treeHead);
    segment.bytes.fill(0, head, head + 8);
    this.#setHead(segment, head, 0);
  }

  /**
   * Shows all nodes, and all entries of leaves in their order.
   *
   * @throws OBJ_DAMAGED unless all counts are right, and all keys in order
   */
  walk(
    segment: Segment,
    head: number,
    visit: (node: Place) => void,
    each: (segment: Segment, entry: number) => void,
  ): void {
    const count = this.count(segment, head);
    if (count === 0) return;
    const { nodes } = this;
    const damaged = (node: Place, what: string) =>
      this.#chunks.damaged(what, node.segment.start + node.at, 'tree');
    let last: Place | undefined;
    const down = (node: Place, weight: number) => {
      if (nodes.total(node) !== weight)
        throw damaged(node, 'a node of a tree does not have as many entries as is said');
      visit(node);
      const isLeaf = nodes.level(node) === 0;
      for (let index = 0; index < nodes.count(node); index++) {
        const at = nodes.entry(node, index);
        if (!isLeaf) {
          const child = nodes.child(node, index, nodes.level(node));
          if (
            !this.#sameKey(node.segment, at, child.segment, nodes.entry(child, 0)) ||
            nodes.weight(node, at) === 0
          )
            throw damaged(node, 'an entry of a tree is not the first of its child');
          down(child, nodes.weight(node, at));
          continue;
        }
        if (last && !this.#inOrder(last.segment, last.at, node.segment, at))
          throw damaged(node, 'the keys of a tree are not in order');
        last = { segment: node.segment, at };
        each(node.segment, at);
      }
    };
    down(nodes.open(segment, head), count);
  }

  /** Shows the chunks of a tree: nodes, and what their keys own. */
  trace(
    segment: Segment,
    head: number,
    visit: (place: Place) => void,
    each: (segment: Segment, entry: number) => void,
  ): void {
    this.walk(segment, head, visit, (place, entry) => {
      for (const owned of ownedOf(this.#chunks, this.#parts, place, entry)) visit(owned);
      each(place, entry);
    });
  }

  /** Goes to the leaf where the key belongs. @returns how many entries come before its place there, when `ranked` */
  #seek(segment: Segment, head: number, inner: boolean, inLeaf: boolean, ranked: boolean): number {
    const { nodes } = this;
    const path = this.#path;
    path.top = -1;
    if (this.count(segment, head) === 0) return 0;
    let node = nodes.open(segment, head);
    let rank = 0;
    path.top = nodes.level(node);
    for (let level = path.top; level > 0; level--) {
      const index = Math.max(0, this.#search(node, level, inner) - 1);
      if (ranked) rank += nodes.weightBefore(node, index);
      path.nodes[level] = node;
      path.indexes[level] = index;
      node = nodes.child(node, index, level);
    }
    path.nodes[0] = node;
    path.indexes[0] = this.#search(node, 0, inLeaf);
    return rank + path.indexes[0];
  }

  /** The index of the first entry that does not come before the key; with `after`, of the first that comes after it. */
  #search({ segment, at }: Place, level: number, after: boolean): number {
    const { nodes, probe } = this;
    const first = at + entriesAt;
    const stride = nodes.stride(level);
    const least = after ? 1 : 0;
    let low = 0;
    let high = segment.view.getUint32(first - 4, true);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (probe.compare(segment, first + middle * stride) < least) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #hit(): Place | undefined {
    const { top, nodes, indexes } = this.#path;
    if (top < 0) return undefined;
    const leaf = nodes[0]!;
    const index = indexes[0]!;
    if (index >= this.nodes.count(leaf)) return undefined;
    const at = this.nodes.entry(leaf, index);
    return this.probe.compare(leaf.segment, at) === 0 ? { segment: leaf.segment, at } : undefined;
  }

  #setHead(segment: Segment, head: number, count: number): void {
    segment.heap.own(segment, head, treeHead);
    const { view } = segment;
    this.#changes = Math.max(this.#changes, view.getUint32(head + 12, true)) + 1;
    view.setUint32(head + 8, count, true);
    view.setUint32(head + 12, this.#changes, true);
  }

  #sameKey(a: Segment, at: number, b: Segment, other: number): boolean {
    for (let word = 0; word < this.nodes.keyBytes; word += 4) {
      if (a.view.getUint32(at + word, true) !== b.view.getUint32(other + word, true)) return false;
    }
    return true;
  }

  /** Whether the key of the second entry comes after that of the first. */
  #inOrder(a: Segment, entry: number, b: Segment, next: number): boolean {
    const difference = a.view.getUint32(entry) - b.view.getUint32(next);
    if (difference !== 0) return difference < 0;
    this.aim(...this.#parts.map((_part, index) => this.keyOf(a, entry, index)));
    return this.probe.compare(b, next) > 0;
  }
}
