import type { Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { writeReference } from '../values/text-codec.js';
import type { TreeNodes } from './tree-nodes.js';

/** Bytes of a tree's head. */
export const treeHead = 16;

const firstRoom = 4;

/** The way from the root of a tree to an entry, and what becomes of the nodes on it when something comes or goes there. */
export class TreePath {
  /** The nodes by level. */
  readonly nodes: Place[] = [];
  /** By level: the index of the entry in its node; in the leaf, also the end of it. */
  readonly indexes: number[] = [];
  /** The level of the root; -1 for a tree without entries. */
  top = -1;
  readonly #measure: TreeNodes;

  constructor(measure: TreeNodes) {
    this.#measure = measure;
  }

  /** The first leaf of an empty tree. */
  begin(segment: Segment, head: number): void {
    this.nodes[0] = this.#measure.create(0, firstRoom);
    this.indexes[0] = 0;
    this.top = 0;
    this.#setRoot(segment, head, this.nodes[0]);
  }

  #setRoot(segment: Segment, head: number, root: Place): void {
    segment.heap.own(segment, head, treeHead);
    writeReference(segment, head, root);
  }

  /** Makes sure that the node of a level has room for an entry more, and that the path leads to where it belongs. */
  makeRoom(segment: Segment, head: number, level = 0): void {
    const nodes = this.#measure;
    const node = this.nodes[level]!;
    const count = nodes.count(node);
    if (count < nodes.room(node)) return;
    if (level === 0 && nodes.room(node) < nodes.most(0)) {
      this.#enlarge(segment, head, node);
      return;
    }
    if (level === this.top) {
      const root = nodes.create(level + 1);
      nodes.setCount(root, 1);
      nodes.point(root, 0, node);
      this.nodes[level + 1] = root;
      this.indexes[level + 1] = 0;
      this.top++;
      this.#setRoot(segment, head, root);
    }
    this.makeRoom(segment, head, level + 1);
    const parent = this.nodes[level + 1]!;
    const index = this.indexes[level + 1]!;
    const added = this.indexes[level]! + (level === 0 ? 0 : 1);
    // What is added after everything else leaves a full node behind; a child that moves takes the one before it along.
    const atEnd = added === count && this.#isLast(level);
    const kept = atEnd ? count - (level === 0 ? 0 : 1) : count >>> 1;
    const right = nodes.create(level);
    nodes.insert(parent, index + 1);
    nodes.move(node, right, count - kept);
    nodes.point(parent, index, node);
    nodes.point(parent, index + 1, right);
    if (added < kept || (added === kept && kept < count)) return;
    this.nodes[level] = right;
    this.indexes[level] = this.indexes[level]! - kept;
    this.indexes[level + 1] = index + 1;
  }

  /** Whether the node is the last one of its level. */
  #isLast(level: number): boolean {
    for (let above = level + 1; above <= this.top; above++) {
      if (this.indexes[above] !== this.#measure.count(this.nodes[above]!) - 1) return false;
    }
    return true;
  }

  /** A larger leaf in the place of one that is the whole tree. */
  #enlarge(segment: Segment, head: number, small: Place): void {
    const nodes = this.#measure;
    const large = nodes.create(0, Math.min(nodes.most(0), 2 * nodes.room(small)));
    nodes.move(small, large, nodes.count(small));
    this.#measure.chunks.free(small);
    this.nodes[0] = large;
    this.#setRoot(segment, head, large);
  }

  /** After an entry of the leaf went: brings nodes together that have become too empty. */
  shrink(segment: Segment, head: number): void {
    for (let level = 0; level < this.top; level++) this.#fill(level);
    this.#lower(segment, head);
  }

  /** After an entry of the leaf came or went: what is said of it further up. */
  settle(difference: 1 | -1): void {
    const nodes = this.#measure;
    for (let level = 1; level <= this.top; level++) {
      const node = this.nodes[level]!;
      const index = this.indexes[level]!;
      nodes.addWeight(node, nodes.entry(node, index), difference);
      nodes.copyFirst(node, index, this.nodes[level - 1]!);
    }
  }

  /** Brings the node of a level, when it has become too empty, together with one beside it. */
  #fill(level: number): void {
    const nodes = this.#measure;
    const node = this.nodes[level]!;
    const count = nodes.count(node);
    const most = nodes.most(level);
    if (count >= most >>> 1) return;
    const parent = this.nodes[level + 1]!;
    const index = this.indexes[level + 1]!;
    if (count === 0) {
      this.#forget(parent, index, node, level);
      return;
    }
    if (nodes.count(parent) === 1) return;
    const at = index > 0 ? index - 1 : 0;
    const [left, right] =
      index > 0 ? [nodes.child(parent, at, level + 1), node] : [node, nodes.child(parent, 1, level + 1)];
    const [inLeft, inRight] = [nodes.count(left), nodes.count(right)];
    if (inLeft + inRight <= most) {
      nodes.move(left, right, -inRight);
      nodes.point(parent, at, left);
      this.#forget(parent, at + 1, right, level);
    } else {
      nodes.move(left, right, inLeft - ((inLeft + inRight) >>> 1));
      nodes.point(parent, at, left);
      nodes.point(parent, at + 1, right);
    }
  }

  /** Removes a node without entries. */
  #forget(parent: Place, index: number, node: Place, level: number): void {
    const nodes = this.#measure;
    nodes.remove(parent, index);
    this.#measure.chunks.free(node);
    // What comes first in the parent may be another one by now.
    for (let above = level + 2; above <= this.top; above++) {
      nodes.copyFirst(this.nodes[above]!, this.indexes[above]!, this.nodes[above - 1]!);
    }
  }

  /** Takes away roots that have but one child, and the last leaf when it is empty. */
  #lower(segment: Segment, head: number): void {
    const nodes = this.#measure;
    let root: Place | undefined = this.nodes[this.top]!;
    for (;;) {
      const level: number = nodes.level(root);
      const count = nodes.count(root);
      if (count > 1 || (count === 1 && level === 0)) return;
      const child: Place | undefined = count === 1 ? nodes.child(root, 0, level) : undefined;
      this.#measure.chunks.free(root);
      segment.heap.own(segment, head, treeHead);
      writeReference(segment, head, child);
      if (!child) return;
      root = child;
    }
  }
}
