import { unitBytes } from './block-entry.js';
import { pageBytes, roundUp } from './bytes.js';
import { controlBytes } from './commit-record.js';
import type { Engine } from './engine.js';
import type { Steps } from './steps.js';
import { headerBytes } from './storage-header.js';

/**
 * One stretch of a storage's data area. Together they tile it without gaps.
 *
 * - `control`: the two commit records,
 * - `block`: a block with its `id`, rounded up to 64 bytes,
 * - `allocations`, `free-chunks`: a node of that B-tree,
 * - `resting`: freed a commit or two ago, and not yet given out again for the sake of readers,
 * - `list`: a page of the list of the resting ranges,
 * - `free`: a free chunk.
 */
export interface BlockInfo {
  readonly kind: 'control' | 'block' | 'allocations' | 'free-chunks' | 'resting' | 'list' | 'free';
  /** Absolute file offset of the first byte. */
  readonly start: number;
  /** Length in bytes. */
  readonly size: number;
  /** Absolute file offset one past the last byte. */
  readonly end: number;
  readonly free: boolean;
  readonly isLast: boolean;
  /** The block's id; 0 for everything else. */
  readonly id: number;
}

type Piece = Pick<BlockInfo, 'kind' | 'start' | 'size' | 'id'>;

/** Everything that takes space in the committed state, in order of address. */
export function* listBlocks(engine: Engine): Steps<BlockInfo[]> {
  const pieces: Piece[] = [
    { kind: 'control', start: engine.offset + headerBytes, size: controlBytes - headerBytes, id: 0 },
  ];
  const { end } = engine.record;
  yield* engine.allocations.visit({}, ({ id, address, size }) => {
    if (address !== 0) pieces.push({ kind: 'block', start: address, size: roundUp(size, unitBytes), id });
    return true;
  });
  yield* engine.freeTree.visit({}, ({ address, size }) => {
    pieces.push({ kind: 'free', start: address, size, id: 0 });
    return true;
  });
  yield* engine.allocations.nodes(({ ref }) => {
    pieces.push({ kind: 'allocations', start: ref, size: pageBytes, id: 0 });
  });
  yield* engine.freeTree.nodes(({ ref }) => {
    pieces.push({ kind: 'free-chunks', start: ref, size: pageBytes, id: 0 });
  });
  const list = yield* engine.space.readResting();
  for (const { address, size } of list.ranges) pieces.push({ kind: 'resting', start: address, size, id: 0 });
  for (const page of list.pages) pieces.push({ kind: 'list', start: page, size: pageBytes, id: 0 });
  pieces.sort((a, b) => a.start - b.start);
  return pieces.map((piece) => ({
    ...piece,
    end: piece.start + piece.size,
    free: piece.kind === 'free' || piece.kind === 'resting',
    isLast: piece.start + piece.size === end,
  }));
}
