import { getUint64, setUint64, viewOf } from './bytes.js';
import { crc32 } from './crc32.js';
import { errors } from './errors.js';
import { capacities, type EntryFormat, nodeHeaderBytes, TreeNode } from './tree-node.js';

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
const magic = 0x4e545342;

export const treeKinds = { allocations: 0x41, free: 0x46, index: 0x49 } as const;
export type TreeKind = keyof typeof treeKinds;

/** The bytes of a node that may have changed. */
export function encodeNode<E>(
  node: TreeNode<E>,
  kind: TreeKind,
  format: EntryFormat<E>,
  nodeBytes: number,
  sequence: number,
): DataView {
  const view = new DataView(new ArrayBuffer(nodeBytes));
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
  view.setUint32(28, crc32(bytesOf(view)), true);
  return view;
}

/** The bytes under a view. */
export function bytesOf({ buffer, byteOffset, byteLength }: DataView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * The node in these bytes, which belong to it from here on.
 *
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
  const checksum = view.getUint32(28, true);
  // One sum over all is quicker than one over three pieces.
  view.setUint32(28, 0, true);
  const right = crc32(bytes) === checksum;
  view.setUint32(28, checksum, true);
  if (!right) throw damaged('checksum');
  if (getUint64(view, 16) !== ref) throw damaged('it belongs elsewhere');
  if (!(getUint64(view, 8) <= sequence)) throw damaged('written after the commit that is read');
  if (view.getUint32(24, true) !== format.bytes)
    throw damaged(`entries of ${view.getUint32(24, true)} bytes`);
  const level = view.getUint8(5);
  // With two children to a node no file has room for more.
  if (level > 53) throw damaged(`level ${level}`);
  const count = view.getUint16(6, true);
  const room = capacities(bytes.length, format.bytes);
  if (count === 0 || count > (level === 0 ? room.leaf : room.inner)) throw damaged(`${count} entries`);
  return new TreeNode(ref, level, format, view);
}
