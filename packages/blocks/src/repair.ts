import { isTerraneError } from '@terrane/errors';
import { type BlockEntry, blockFormat, unitBytes } from './block-entry.js';
import { pageBytes, roundUp } from './bytes.js';
import { commit } from './commit.js';
import { isProven, isWhole } from './commit-manifest.js';
import { type CommitRecord, controlBytes, decodeRecords } from './commit-record.js';
import { emptyRecord } from './create-storage.js';
import type { Engine } from './engine.js';
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
  const { record, entries, pages, lostNodes } = best!;
  const kept = [...entries.values()].sort((a, b) => a.address - b.address);
  const space = new FreeSpace();
  const dropped: number[] = [];
  const taken: { address: number; end: number }[] = [...pages].map((address) => ({
    address,
    end: address + pageBytes,
  }));
  let end = engine.offset + controlBytes;
  for (const { id, address, size: length } of kept) {
    if (address === 0) continue;
    const beyond = address + roundUp(length, unitBytes);
    const free = address >= end && address % unitBytes === 0 && length > 0 && address + length <= size;
    if (!free || taken.some((page) => page.address < beyond && address < page.end)) {
      dropped.push(id);
      entries.delete(id);
      continue;
    }
    end = beyond;
  }
  for (const { address, size: length } of entries.values()) {
    if (address !== 0) taken.push({ address, end: address + roundUp(length, unitBytes) });
  }
  taken.sort((a, b) => a.address - b.address);
  let at = engine.offset + controlBytes;
  for (const piece of taken) {
    if (piece.address > at) space.add(at, piece.address - at);
    at = Math.max(at, piece.end);
  }
  const ids = [...entries.keys()].sort((a, b) => a - b);
  engine.show({
    ...emptyRecord(engine.offset),
    sequence: Math.max(...candidates.map(({ sequence }) => sequence)),
    nextId: Math.max(record.nextId, (ids.at(-1) ?? 0) + 1),
    words: record.words,
    end: at,
    blockCount: ids.length,
    blockBytes: ids.reduce((sum, id) => sum + entries.get(id)!.size, 0),
  });
  engine.space.reset(space);
  for (const page of pages) engine.space.retire(page, pageBytes);
  for (const id of ids) yield* upsert(engine.allocations, entries.get(id)!);
  yield* commit(engine, true);
  return { blocks: ids.length, sequence: record.sequence, lostNodes, dropped };
}

/** The states that the file speaks of, the newest first; the header's when no record is whole. */
function* findStates(engine: Engine, size: number): Steps<CommitRecord[]> {
  const bytes = new Uint8Array(controlBytes);
  const count = yield* answer(engine.file.read(engine.offset, bytes));
  const roots = decodeHeader(bytes.subarray(0, count), engine.offset);
  const records = decodeRecords(bytes.subarray(0, count));
  const [newest, before] = records;
  if (newest && before && !isProven(newest, roots) && !(yield* isWhole(engine.file, newest.ranges)))
    return [before];
  if (newest) return records;
  return [{ ...emptyRecord(engine.offset), allocations: roots.allocations, free: roots.free, end: size }];
}

function* salvage(engine: Engine, record: CommitRecord, size: number): Steps<Salvage> {
  const found: Salvage = { record, entries: new Map(), pages: new Set(), lostNodes: 0 };
  const waiting = record.allocations === 0 ? [] : [record.allocations];
  for (let ref = waiting.pop(); ref !== undefined; ref = waiting.pop()) {
    if (found.pages.has(ref)) continue;
    const page = new Uint8Array(pageBytes);
    const inside = ref >= engine.offset + controlBytes && ref + pageBytes <= size;
    if (inside) yield* answer(engine.file.read(ref, page));
    try {
      const node = decodeNode(page, ref, 'allocations', blockFormat, Number.MAX_SAFE_INTEGER);
      found.pages.add(ref);
      const { children: below, entries } = node.lists();
      waiting.push(...below);
      if (node.level === 0) for (const entry of entries) found.entries.set(entry.id, entry);
    } catch (error) {
      if (!isTerraneError(error, 'BLK_DAMAGED')) throw error;
      found.lostNodes++;
    }
  }
  return found;
}
