import { type Chunks, chunkHeader, type Place, tags } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import { writeReference } from '../values/text-codec.js';

/*
 * A node of a tree is a chunk with tag 9:
 *
 *     0  4  level: 0 for a leaf, else one more than its children
 *     4  4  number of entries, 1 at the least
 *     8  …  entries in the order of their keys
 *
 * An entry of a leaf: key, value, each rounded up to a multiple of 8. Of another node: the key of the first entry below it,
 * to the letter, references and all; reference to the child (8); number of leaf entries below it (4); zero (4).
 */
/** Where the entries of a node begin. */
export const entriesAt = chunkHeader + 8;
const nodeBytes = 1024;
const fewest = 8;

/** No tree is higher. */
export const mostLevels = 32;

/** How the nodes of one tree are measured. */
export class TreeNodes {
  readonly chunks: Chunks;
  readonly keyBytes: number;
  readonly leafStride: number;
  readonly innerStride: number;
  readonly #leafMost: number;
  readonly #innerMost: number;

  constructor(chunks: Chunks, keyBytes: number, valueBytes: number) {
    this.chunks = chunks;
    this.keyBytes = keyBytes;
    this.leafStride = keyBytes + valueBytes;
    this.innerStride = keyBytes + 16;
    const most = (stride: number) => Math.max(fewest, Math.floor((nodeBytes - entriesAt) / stride));
    this.#leafMost = most(this.leafStride);
    this.#innerMost = most(this.innerStride);
  }

  stride(level: number): number {
    return level === 0 ? this.leafStride : this.innerStride;
  }

  /** How many entries a node of a level has when it is full. */
  most(level: number): number {
    return level === 0 ? this.#leafMost : this.#innerMost;
  }

  /** A new node without entries. A leaf that is the whole tree may be smaller than others. */
  create(level: number, capacity = this.most(level)): Place {
    const place = this.chunks.allocate(tags.node, 8 + capacity * this.stride(level));
    this.chunks.heap.own(place.segment, place.at, entriesAt);
    place.segment.view.setUint32(place.at + chunkHeader, level, true);
    return place;
  }

  /** The node that a reference leads to, all of it in memory. @throws OBJ_DAMAGED unless it is one of this level */
  open(segment: Segment, at: number, level?: number): Place {
    const { chunks } = this;
    const place = chunks.find(segment.view.getUint32(at, true), segment.view.getInt32(at + 4, true), 8);
    if (place) {
      const { view } = place.segment;
      const found = view.getUint32(place.at + chunkHeader, true);
      const count = view.getUint32(place.at + chunkHeader + 4, true);
      const size = 8 + count * this.stride(found);
      const isSmall = level === undefined && found === 0;
      const room = isSmall ? size : 8 + this.most(found) * this.stride(found);
      const fits = room <= view.getUint32(place.at + 12, true) && count <= this.most(found);
      const isNode = view.getUint32(place.at, true) === tags.node;
      if (isNode && count > 0 && fits && (level === undefined ? found < mostLevels : found === level)) {
        chunks.heap.need(place.segment, place.at, chunkHeader + size);
        return place;
      }
    }
    throw chunks.damaged('a tree does not lead to its node', segment.start + at, 'tree');
  }

  level({ segment, at }: Place): number {
    return segment.view.getUint32(at + chunkHeader, true);
  }

  count({ segment, at }: Place): number {
    return segment.view.getUint32(at + chunkHeader + 4, true);
  }

  /** How many entries a node has room for. */
  room(node: Place): number {
    const bytes = node.segment.view.getUint32(node.at + 12, true) - 8;
    return Math.floor(bytes / this.stride(this.level(node)));
  }

  setCount({ segment, at }: Place, count: number): void {
    this.chunks.heap.own(segment, at, entriesAt);
    segment.view.setUint32(at + chunkHeader + 4, count, true);
  }

  /** Where an entry begins in its segment. */
  entry(node: Place, index: number): number {
    return node.at + entriesAt + index * this.stride(this.level(node));
  }

  /** How many leaf entries there are below an entry of a node that is no leaf. */
  weight({ segment }: Place, entry: number): number {
    return segment.view.getUint32(entry + this.keyBytes + 8, true);
  }

  addWeight({ segment }: Place, entry: number, difference: number): void {
    const at = entry + this.keyBytes + 8;
    this.chunks.heap.own(segment, at, 4);
    segment.view.setUint32(at, segment.view.getUint32(at, true) + difference, true);
  }

  /** How many leaf entries there are below the entries before one. */
  weightBefore({ segment, at }: Place, index: number): number {
    const { innerStride } = this;
    const end = at + entriesAt + index * innerStride;
    let sum = 0;
    for (let entry = at + entriesAt; entry < end; entry += innerStride)
      sum += segment.view.getUint32(entry + this.keyBytes + 8, true);
    return sum;
  }

  /** The index of the entry that has the leaf entry with so many before it below it; the last one when there are not as many. */
  indexAt(node: Place, rank: number): number {
    const last = this.count(node) - 1;
    let left = rank;
    for (let index = 0; index < last; index++) {
      left -= this.weight(node, node.at + entriesAt + index * this.innerStride);
      if (left < 0) return index;
    }
    return last;
  }

  /** How many leaf entries a node has in it or below it. */
  total(node: Place): number {
    const count = this.count(node);
    return this.level(node) === 0 ? count : this.weightBefore(node, count);
  }

  /** The node that an entry of a node of this level leads to. */
  child({ segment, at }: Place, index: number, level: number): Place {
    return this.open(segment, at + entriesAt + index * this.innerStride + this.keyBytes, level - 1);
  }

  /** Makes an entry lead to a child: its first key, its weight. */
  point(node: Place, index: number, child: Place): void {
    const { segment } = node;
    const at = this.entry(node, index);
    this.chunks.heap.own(segment, at, this.innerStride);
    this.copyFirst(node, index, child);
    writeReference(segment, at + this.keyBytes, child);
    segment.view.setUint32(at + this.keyBytes + 8, this.total(child), true);
  }

  /** Writes the key of a child's first entry into the entry that leads to it. */
  copyFirst(node: Place, index: number, child: Place): void {
    if (this.count(child) === 0) return;
    const to = this.entry(node, index);
    const from = this.entry(child, 0);
    this.chunks.heap.own(node.segment, to, this.keyBytes);
    node.segment.bytes.set(child.segment.bytes.subarray(from, from + this.keyBytes), to);
  }

  /** Makes room for an entry, all zeros; the node has it. */
  insert(node: Place, index: number): number {
    const { segment } = node;
    const count = this.count(node);
    const stride = this.stride(this.level(node));
    const at = this.entry(node, index);
    this.chunks.heap.own(segment, at, (count + 1 - index) * stride);
    segment.bytes.copyWithin(at + stride, at, at + (count - index) * stride);
    segment.bytes.fill(0, at, at + stride);
    this.setCount(node, count + 1);
    return at;
  }

  remove(node: Place, index: number): void {
    const { segment } = node;
    const count = this.count(node);
    const stride = this.stride(this.level(node));
    const at = this.entry(node, index);
    const end = at + (count - index) * stride;
    this.chunks.heap.own(segment, at, end - at);
    segment.bytes.copyWithin(at, at + stride, end);
    segment.bytes.fill(0, end - stride, end);
    this.setCount(node, count - 1);
  }

  /** Moves entries from the end of `left` to the beginning of `right`, or back when `count` is negative. */
  move(left: Place, right: Place, count: number): void {
    const [inLeft, inRight] = [this.count(left), this.count(right)];
    const stride = this.stride(this.level(left));
    const { heap } = this.chunks;
    const leftAt = this.entry(left, 0);
    const rightAt = this.entry(right, 0);
    const shift = Math.abs(count) * stride;
    heap.own(right.segment, rightAt, Math.max(inRight, inRight + count) * stride);
    heap.own(left.segment, leftAt, Math.max(inLeft, inLeft - count) * stride);
    const rightEnd = rightAt + inRight * stride;
    const leftEnd = leftAt + inLeft * stride;
    if (count > 0) {
      right.segment.bytes.copyWithin(rightAt + shift, rightAt, rightEnd);
      right.segment.bytes.set(left.segment.bytes.subarray(leftEnd - shift, leftEnd), rightAt);
      left.segment.bytes.fill(0, leftEnd - shift, leftEnd);
    } else {
      left.segment.bytes.set(right.segment.bytes.subarray(rightAt, rightAt + shift), leftEnd);
      right.segment.bytes.copyWithin(rightAt, rightAt + shift, rightEnd);
      right.segment.bytes.fill(0, rightEnd - shift, rightEnd);
    }
    this.setCount(left, inLeft - count);
    this.setCount(right, inRight + count);
  }
}
