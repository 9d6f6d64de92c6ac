import { getUint64, setUint64, viewOf } from './bytes.js';
import { crc32Without } from './crc32.js';
import { errors } from './errors.js';

/*
 * A node of any of the three kinds of B-tree, little-endian, filled up with zeros:
 *
 *    0   4  'BSTN'
 *    4   1  'A' allocations, 'F' free chunks, 'I' index
 *    5   1  level: 0 for a leaf
 *    6   2  number of entries
 *    8   8  number of the commit that wrote it
 *   16   8  its own address; in an index its own block id
 *   24   4  bytes of one leaf entry
 *   28   4  CRC-32 of the whole node with this field as zero
 *   32      leaf: the entries, ascending.
 *           inner: per child an entry and the 8 bytes of the child's address or block id. The entry is not greater
 *           than any in the child and greater than all before it; the first one's counts as less than everything.
 */
export const nodeHeaderBytes = 32;
const magic = 0x4e545342;

export const treeKinds = { allocations: 0x41, free: 0x46, index: 0x49 } as const;
export type TreeKind = keyof typeof treeKinds;

/** A node in memory. `children` is empty in a leaf, and as long as `entries` in an inner node. */
export interface TreeNode<E> {
  ref: number;
  readonly level: number;
  entries: E[];
  children: number[];
}

/** How entries of one size are kept in bytes. */
export interface EntryFormat<E> {
  readonly bytes: number;
  read(view: DataView, at: number): E;
  write(view: DataView, at: number, entry: E): void;
}

/** How many entries fit a node of `nodeBytes`. */
export function capacities(nodeBytes: number, entryBytes: number): { leaf: number; inner: number } {
  const room = nodeBytes - nodeHeaderBytes;
  return { leaf: Math.floor(room / entryBytes), inner: Math.floor(room / (entryBytes + 8)) };
}

export function encodeNode<E>(
  node: TreeNode<E>,
  kind: TreeKind,
  format: EntryFormat<E>,
  nodeBytes: number,
  sequence: number,
): Uint8Array {
  const bytes = new Uint8Array(nodeBytes);
  const view = viewOf(bytes);
  view.setUint32(0, magic, true);
  view.setUint8(4, treeKinds[kind]);
  view.setUint8(5, node.level);
  view.setUint16(6, node.entries.length, true);
  setUint64(view, 8, sequence);
  setUint64(view, 16, node.ref);
  view.setUint32(24, format.bytes, true);
  let at = nodeHeaderBytes;
  for (const [index, entry] of node.entries.entries()) {
    format.write(view, at, entry);
    at += format.bytes;
    if (node.level === 0) continue;
    setUint64(view, at, node.children[index]!);
    at += 8;
  }
  view.setUint32(28, crc32Without(bytes, 28), true);
  return bytes;
}

/**
 * @param sequence - The commit that is being read: a node that is younger has taken another's place.
 * @throws BLK_DAMAGED for anything that is not this very node.
 */
export function decodeNode<E>(
  bytes: Uint8Array,
  ref: number,
  kind: TreeKind,
  format: EntryFormat<E>,
  sequence: number,
): TreeNode<E> {
  const damaged = (what: string) =>
    errors.BLK_DAMAGED({
      message: `${kind} tree, node ${ref}: ${what}`,
      offset: ref,
      structure: `${kind} node`,
    });
  if (bytes.length < nodeHeaderBytes) throw damaged('cut short');
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== magic || view.getUint8(4) !== treeKinds[kind])
    throw damaged('not such a node');
  if (view.getUint32(28, true) !== crc32Without(bytes, 28)) throw damaged('checksum');
  if (getUint64(view, 16) !== ref) throw damaged('it belongs elsewhere');
  if (!(getUint64(view, 8) <= sequence)) throw damaged('written after the commit that is read');
  if (view.getUint32(24, true) !== format.bytes)
    throw damaged(`entries of ${view.getUint32(24, true)} bytes`);
  const level = view.getUint8(5);
  const count = view.getUint16(6, true);
  const room = capacities(bytes.length, format.bytes);
  if (count === 0 || count > (level === 0 ? room.leaf : room.inner)) throw damaged(`${count} entries`);
  const node: TreeNode<E> = { ref, level, entries: [], children: [] };
  let at = nodeHeaderBytes;
  for (let index = 0; index < count; index++) {
    node.entries.push(format.read(view, at));
    at += format.bytes;
    if (level === 0) continue;
    node.children.push(getUint64(view, at));
    at += 8;
  }
  return node;
}
