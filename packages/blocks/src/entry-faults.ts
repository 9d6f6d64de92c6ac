import { unitBytes } from './block-entry.js';
import { getUint64, roundUp } from './bytes.js';
import { errors } from './errors.js';
import { nodeHeaderBytes, type TreeNode } from './tree-node.js';

/** What the entries of a state must keep to. */
export interface Bounds {
  /** Where blocks and nodes begin, and end. */
  readonly start: number;
  readonly end: number;
  readonly nextId: number;
}

/** What is wrong with the entry of a leaf that lies there in a node's bytes, or nothing. */
export type FaultOf = (view: DataView, at: number, bounds: Bounds) => string | undefined;

/** Of the allocations tree: a block has an id that was given out, and lies inside the storage if anywhere. */
export const faultOfBlock: FaultOf = (view, at, { start, end, nextId }) => {
  const [id, address, size] = [getUint64(view, at), getUint64(view, at + 8), getUint64(view, at + 16)];
  // NaN is none of these.
  if (!(id >= 1 && id < nextId)) return `block ${id}, and the next id is ${nextId}`;
  if (!(size >= 0)) return `block ${id} has no size`;
  if (address === 0) return undefined;
  const fits = size > 0 && address >= start && address % unitBytes === 0;
  return fits && address + roundUp(size, unitBytes) <= end ? undefined : `block ${id} lies at ${address}`;
};

/** Of the tree of free chunks. */
export const faultOfChunk: FaultOf = (view, at, bounds) =>
  isPlace(getUint64(view, at), getUint64(view, at + 8), bounds)
    ? undefined
    : `a free chunk at ${getUint64(view, at)}`;

/** Whether a stretch is one that can be given out: whole units inside the storage. */
export function isPlace(address: number, size: number, { start, end }: Omit<Bounds, 'nextId'>): boolean {
  const whole = address % unitBytes === 0 && size % unitBytes === 0;
  return whole && size > 0 && address >= start && address + size <= end;
}

/**
 * A checksum proves that a node is what somebody wrote. This makes sure that nothing outside of the storage is read or
 * written on behalf of its entries, and that they are in order, as all that searches and changes takes for granted.
 *
 * @throws BLK_DAMAGED
 */
export function checkNode<E>(
  { ref, page, level, count, stride }: TreeNode<E>,
  faultOf: FaultOf,
  bounds: Bounds,
  kind: string,
): void {
  // The first entry of an inner node says nothing.
  let last = 0;
  for (let index = level === 0 ? 0 : 1; index < count; index++) {
    const at = nodeHeaderBytes + index * stride;
    const key = getUint64(page!, at);
    const fault =
      key > last ? level === 0 && faultOf(page!, at, bounds) : 'entries are not in ascending order';
    if (fault) {
      const structure = `${kind} node`;
      throw errors.BLK_DAMAGED({ message: `${kind} tree, node ${ref}: ${fault}`, offset: ref, structure });
    }
    last = key;
  }
}
