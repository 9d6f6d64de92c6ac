import { isTerraneError } from '@terrane/errors';
import { type BlockEntry, blockFormat, unitBytes } from './block-entry.js';
import { getUint64, pageBytes, roundUp } from './bytes.js';
import { isCount } from './check-count.js';
import { commit } from './commit.js';
import { isProven, isWhole } from './commit-manifest.js';
import { type CommitRecord, controlBytes, decodeRecords, mostCommits } from './commit-record.js';
import { emptyRecord } from './create-storage.js';
import type { Engine } from './engine.js';
import { isPlace } from './entry-faults.js';
import { FreeSpace } from './free-space.js';
import { decodeNode } from './node-format.js';
import { answer, type Steps } from './steps.js';
import { decodeHeader } from './storage-header.js';
import { upsert } from './tree-change.js';

/** What became of a storage that was repaired. */
export interface Repaired {
  /** How many blocks there are now. */
  readonly blocks: number;
  /** The number of the commit whose blocks they are: the last one, or when that can be read less well the one before. */
  readonly sequence: number;
  /** How many nodes of the allocations tree could not be read; the blocks listed there are lost. */
  readonly lostNodes: number;
  /** Blocks that were given up, since they lie outside of the file or where another one lies. */
  readonly dropped: readonly number[];
}

/** What can still be reached from one root of the allocations tree. */
interface Salvage {
  readonly record: CommitRecord;
  readonly entries: Map<number, BlockEntry>;
  readonly pages: Set<number>;
  lostNodes: number;
  /** The newest commit that wrote one of the nodes. */
  newest: number;
}

/**
 * Takes the newest state whose allocations tree can be read best, and commits it again with new trees. Nothing that
 * the old state consists of is written over, so that a repair that is interrupted can be made again.
 */
export function* repair(engine: Engine): Steps<Repaired> {
  const size = yield* answer(engine.file.size());
  const candidates = yield* findStates(engine, size);
  let best: Salvage | undefined;
  for (const record of candidates) {
    const found = yield* salvage(engine, record, size);
    if (!best || found.lostNodes < best.lostNodes) best = found;
  }
  const { record, entries, pages, lostNodes, newest } = best!;
  const start = engine.offset + controlBytes;
  const nodes = [...pages].sort((a, b) => a - b).map((address) => ({ address, end: address + pageBytes }));
  const dropped = dropBad(entries, nodes, start, size);
  const ids = [...entries.keys()].sort((a, b) => a - b);
  const { space, end } = spaceBetween([...entries.values()], nodes, start);
  engine.show({
    ...emptyRecord(engine.offset),
    // Nodes of indexes say which commit wrote them, and none of them is younger than the root of the allocations.
    sequence: Math.max(newest, ...candidates.map(({ sequence }) => sequence)),
    nextId: Math.max(record.nextId, (ids.at(-1) ?? 0) + 1),
    words: record.words,
    end,
    blockCount: ids.length,
    blockBytes: ids.reduce((sum, id) => sum + entries.get(id)!.size, 0),
  });
  engine.space.reset(space);
  for (const page of pages) engine.space.retire(page, pageBytes);
  for (const id of ids) yield* upsert(engine.allocations, entries.get(id)!);
  yield* commit(engine, true);
  engine.forget();
  return { blocks: ids.length, sequence: record.sequence, lostNodes, dropped };
}

interface Piece {
  readonly address: number;
  readonly end: number;
}

/** Takes out the blocks that cannot be where they are said to be, or cannot be at all. @returns their ids. */
function dropBad(
  entries: Map<number, BlockEntry>,
  nodes: readonly Piece[],
  start: number,
  size: number,
): number[] {
  const dropped: number[] = [];
  let [last, node, total] = [start, 0, 0];
  for (const [id, entry] of [...entries].sort(([, a], [, b]) => a.address - b.address)) {
    const { address, size: length } = entry;
    const end = address + roundUp(length, unitBytes);
    while (node < nodes.length && nodes[node]!.end <= address) node++;
    const isFree = address >= last && !(node < nodes.length && nodes[node]!.address < end);
    const isThere = isFree && length > 0 && address % unitBytes === 0 && address + length <= size;
    // Neither of them may be more than the record can say.
    const fits = id > 0 && id < Number.MAX_SAFE_INTEGER && total + length <= Number.MAX_SAFE_INTEGER;
    if (!fits || (address !== 0 && !isThere)) {
      dropped.push(id);
      entries.delete(id);
      continue;
    }
    total += length;
    if (address !== 0) last = end;
  }
  return dropped;
}

/** What is free between these blocks and nodes, and where the last one ends. */
function spaceBetween(
  entries: readonly BlockEntry[],
  nodes: readonly Piece[],
  start: number,
): { space: FreeSpace; end: number } {
  const taken = [...nodes];
  for (const { address, size } of entries) {
    if (address !== 0) taken.push({ address, end: address + roundUp(size, unitBytes) });
  }
  taken.sort((a, b) => a.address - b.address);
  const space = new FreeSpace();
  let end = start;
  for (const piece of taken) {
    if (piece.address > end) space.add(end, piece.address - end);
    end = Math.max(end, piece.end);
  }
  return { space, end };
}

/** The states that the file speaks of, the newest first; the header's when no record is whole. */
function* findStates(engine: Engine, size: number): Steps<CommitRecord[]> {
  const bytes = new Uint8Array(controlBytes);
  const count = yield* answer(engine.file.read(engine.offset, bytes));
  const roots = decodeHeader(bytes.subarray(0, count), engine.offset);
  const records = decodeRecords(bytes.subarray(0, count), engine.offset);
  const [newest, before] = records;
  if (newest && before && !isProven(newest, roots) && !(yield* isWhole(engine.file, newest.ranges)))
    return [before];
  if (newest) return records;
  return [{ ...emptyRecord(engine.offset), allocations: roots.allocations, free: roots.free, end: size }];
}

function* salvage(engine: Engine, record: CommitRecord, size: number): Steps<Salvage> {
  const found: Salvage = { record, entries: new Map(), pages: new Set(), lostNodes: 0, newest: 0 };
  const waiting = record.allocations === 0 ? [] : [record.allocations];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (found.pages.has(ref)) continue;
    const page = new Uint8Array(pageBytes);
    const inside = isPlace(ref, pageBytes, { start: engine.offset + controlBytes, end: size });
    if (inside) yield* answer(engine.file.read(ref, page));
    try {
      const node = decodeNode(page, ref, 'allocations', blockFormat, mostCommits);
      found.pages.add(ref);
      found.newest = Math.max(found.newest, getUint64(node.page!, 8));
      const { children: below, entries } = node.lists();
      waiting.push(...below);
      if (node.level > 0) continue;
      for (const entry of entries) {
        // What is no number lies nowhere.
        const address = isCount(entry.address) ? entry.address : -1;
        if (isCount(entry.id)) found.entries.set(entry.id, { ...entry, address });
      }
    } catch (error) {
      if (!isTerraneError(error, 'BLK_DAMAGED')) throw error;
      found.lostNodes++;
    }
  }
  return found;
}
