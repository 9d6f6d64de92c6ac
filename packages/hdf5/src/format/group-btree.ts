import type { Reader } from './reader.js';
import type { Sizes } from './sizes.js';
import { Writer } from './writer.js';

/*
 * Version 1 B-tree node of a group (specification III.A.1, node type 0).
 *
 *  0  "TREE", u8 0, u8 level (0: children are symbol nodes), u16 entries used
 *  8  address of the left sibling, address of the right sibling
 *  .. key 0, child 0, key 1, child 1, … key n; room for 2K children and 2K + 1 keys
 *
 * Keys are offsets of names in the group's local heap. Child i holds the names above key i, up to and
 * including key i + 1; key 0 of the leftmost node is the empty name.
 */
export interface GroupNode {
  readonly level: number;
  readonly left: number | undefined;
  readonly right: number | undefined;
  /** Name offsets, one more than children. */
  readonly keys: readonly number[];
  readonly children: readonly number[];
}

/** The most a group's tree may be high before it is taken for damaged. */
export const maxTreeLevel = 32;

export function groupNodeBytes(internalK: number, sizes: Sizes): number {
  return 8 + 2 * sizes.offset + 2 * internalK * sizes.offset + (2 * internalK + 1) * sizes.length;
}

export function decodeGroupNode(reader: Reader, internalK: number): GroupNode {
  reader.signature('TREE');
  const type = reader.u8();
  if (type !== 0) throw reader.bad('a B-tree node of type 0', `type ${type}`);
  const level = reader.u8();
  if (level > maxTreeLevel) throw reader.bad(`a tree of up to ${maxTreeLevel} levels`, String(level));
  const used = reader.u16();
  if (used > 2 * internalK) throw reader.bad(`up to ${2 * internalK} children`, String(used));
  const left = reader.address();
  const right = reader.address();
  const keys = [reader.length()];
  const children: number[] = [];
  for (let index = 0; index < used; index++) {
    children.push(reader.definedAddress('a child of the B-tree'));
    keys.push(reader.length());
  }
  return { level, left, right, keys, children };
}

/** The node in its full size, whatever it holds. */
export function encodeGroupNode(node: GroupNode, internalK: number, sizes: Sizes): Uint8Array {
  const total = groupNodeBytes(internalK, sizes);
  const writer = new Writer(sizes, total).ascii('TREE').u8(0).u8(node.level).u16(node.children.length);
  writer
    .address(node.left)
    .address(node.right)
    .size(node.keys[0] ?? 0);
  for (const [index, child] of node.children.entries()) writer.address(child).size(node.keys[index + 1]!);
  return writer.zeros(total - writer.length).bytes();
}
