import { type DriverFile, MemoryFile, MemoryStore } from '@terrane/driver';
import { makeRandom, type Random, wrapFile } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { type BlockEntry, blockFormat } from './block-entry.js';
import { getUint64, setUint64, viewOf } from './bytes.js';
import { decodeRecord, encodeRecord, slots } from './commit-record.js';
import { crc32Without } from './crc32.js';
import { emptyRecord } from './create-storage.js';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';
import { bytesOf, encodeNode } from './node-format.js';
import { TreeNode } from './tree-node.js';

const offset = 64;
const slot = WordSlot.at(8);
const index = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 500,
    read: (view: DataView, at: number) => view.getUint32(at, true),
    write: (view: DataView, at: number, value: number) => view.setUint32(at, value, true),
  },
  root: slot,
};

/** A part of the file with a checksum of its own, at `crc`. */
interface Sealed {
  readonly start: number;
  readonly size: number;
  readonly crc: number;
}

/** Both trees of two levels, an index of three, holes, and ranges that rest. */
function sample(): { bytes: Uint8Array; sealed: Sealed[]; ids: number[] } {
  const store = new MemoryStore();
  const storage = BlockStorage.create(new MemoryFile(store, 'sample', true), { offset });
  storage.beginWrite();
  const made = Array.from({ length: 700 }, (_, at) => {
    const id = storage.allocate(100 + (at % 3));
    storage.write(id, new Uint8Array(100).fill(at));
    return id;
  });
  const tree = BlockIndex.create(storage, index);
  tree.upsertAll(made.slice(0, 100));
  storage.commit();
  for (const id of made) if (id % 2 === 0) storage.free(id);
  storage.commit();
  for (let time = 0; time < 2; time++) {
    storage.free(made[2 * time]!);
    tree.deleteKey(time + 5);
    storage.commit();
  }
  storage.end();
  const control = slots.map(({ at }) => ({ start: offset + at, size: 0, crc: 100 }));
  const others = storage.blocks().flatMap(({ kind, start, size }) => {
    const isNode = kind === 'allocations' || kind === 'free-chunks' || (kind === 'block' && size === 4096);
    if (isNode) return [{ start, size, crc: 28 }];
    return kind === 'list' ? [{ start, size, crc: 24 }] : [];
  });
  const ids = storage.blocks().flatMap(({ id }) => (id > 0 ? [id] : []));
  return { bytes: store.bytes.slice(), sealed: [...control, ...others], ids };
}

const { bytes: whole, sealed, ids } = sample();

/** Numbers that mean something, and such that cannot be. */
function numberFor(random: Random): number | undefined {
  const { start } = sealed[random.below(sealed.length)]!;
  const some = [0, 1, 8, 63, 64, offset, offset + 32, offset + 8192, start, start + 64, whole.length - 64];
  const far = [
    whole.length,
    whole.length + 64,
    2 ** 31,
    2 ** 32,
    2 ** 40,
    2 ** 50,
    2 ** 53 - 64,
    2 ** 53 - 1,
  ];
  const all = [...some, ...far, ids[random.below(ids.length)]!, random.below(whole.length), undefined];
  return all[random.below(all.length)];
}

/** Changes a few numbers in one sealed part, whose checksum is right again afterwards. */
function tamper(image: Uint8Array, random: Random): string {
  const { start, size, crc } = sealed[random.below(sealed.length)]!;
  const length = size || Math.min(4064, Math.max(104, viewOf(image).getUint32(start + 4, true)));
  const part = image.subarray(start, start + length);
  const view = viewOf(part);
  const what: string[] = [];
  for (let count = 1 + random.below(3); count > 0; count--) {
    // The first fields more often than one of the many entries.
    const reach = random.below(2) === 0 ? Math.min(length, 120) : length;
    const at = random.below(reach / 8 - 1) * 8;
    const value = numberFor(random);
    const width = random.below(4);
    const other = random.below(length / 8 - 1) * 8;
    if (width === 0) part[at + random.below(8)] = random.below(256);
    else if (width === 1) part.copyWithin(at, other, other + 8);
    else if (value === undefined) part.fill(255, at, at + 8);
    else setUint64(view, at, value);
    what.push(`${at}=${getUint64(view, at)}`);
  }
  view.setUint32(crc, crc32Without(part, crc), true);
  return `${start}: ${what}`;
}

/** Fails when it is asked for more than a file of this size can need, and when something is written before the storage. */
function watched(store: MemoryStore): DriverFile<'sync'> {
  let calls = 0;
  return wrapFile(new MemoryFile(store, 'hostile', true), (op, [first, second], call) => {
    if (++calls > 100_000) throw new Error(`${calls} calls`);
    // Nothing but words is there.
    if (op === 'write' && (first as number) < offset && (second as Uint8Array).length !== 8) {
      throw new Error(`a write at ${first}`);
    }
    const end = op === 'write' ? (first as number) + (second as Uint8Array).length : (first as number);
    if ((op === 'write' || op === 'truncate') && end > 4 * whole.length) throw new Error(`${op} to ${end}`);
    return call();
  });
}

/** All that can be asked of a storage, each of which ends in an answer or an error of ours. */
function* questions(file: DriverFile<'sync'>): Generator<() => unknown> {
  let storage!: BlockStorage<'sync'>;
  yield () => {
    storage = BlockStorage.open(file, { offset, cachedNodes: 64 });
  };
  if (!storage) return;
  const tree = BlockIndex.open(storage, index);
  yield () => storage.verify();
  yield () => storage.blocks();
  yield () => storage.stat();
  for (const id of ids.slice(0, 40)) yield () => storage.sizeOf(id) < 1e6 && storage.read(id);
  for (const id of ids.slice(0, 5)) yield () => storage.view(id);
  yield () => [tree.min(), tree.max(), tree.count(), tree.find(7), tree.floor(50), tree.ceiling(51)];
  yield () => [...tree.values({ backwards: true })];
  yield () => tree.verify();
  yield () =>
    BlockStorage.compactInto(storage, new MemoryFile(new MemoryStore(), 'into', true), { limit: 1e7 });
  yield () => storage.beginWrite();
  if (storage.writing) {
    for (const id of ids.slice(5, 15)) {
      yield () => storage.write(id, new Uint8Array(Math.min(10, storage.sizeOf(id))));
      yield () => storage.resize(id, 300);
    }
    for (const id of ids.slice(20, 30)) yield () => storage.free(id);
    for (let made = 0; made < 20; made++)
      yield () => storage.write(storage.allocate(3000), new Uint8Array(3000));
    yield () => storage.commit();
    yield () => tree.upsertAll([5, 6, 1000, 1001]);
    yield () => [tree.deleteKey(11), tree.deleteKey(1000)];
    yield () => storage.commit();
    yield () => storage.compact();
    yield () => storage.rollback();
  }
  yield () => storage.transaction(() => tree.clear());
  yield () => storage.close();
}

function faultOf(ask: () => unknown): unknown {
  try {
    ask();
  } catch (error) {
    const { code } = error as { code?: string };
    if (!code?.startsWith('BLK_')) return error;
  }
  return undefined;
}

describe('a storage whose checksums are right and whose numbers are not', () => {
  it.each([1, 2, 3])('is answered or refused, and nothing beside it is touched (%i)', (seed) => {
    const random = makeRandom(seed);
    for (let round = 0; round < 100; round++) {
      const image = whole.slice();
      const what = Array.from({ length: 1 + random.below(2) }, () => tamper(image, random)).join('; ');
      const file = watched(new MemoryStore(image));
      let asked = 0;
      for (const ask of questions(file)) {
        asked++;
        const fault = faultOf(ask);
        if (fault) expect.fail(`${what}, question ${asked}: ${(fault as Error).stack}`);
      }
    }
  });

  it.each([4, 5])('is whole again after a repair, as far as that can be (%i)', (seed) => {
    const random = makeRandom(seed);
    let repaired = 0;
    for (let round = 0; round < 100; round++) {
      const image = whole.slice();
      const what = Array.from({ length: 1 + random.below(2) }, () => tamper(image, random)).join('; ');
      const file = watched(new MemoryStore(image));
      const fault = faultOf(() => {
        const { blocks } = BlockStorage.repair(file, { offset });
        const storage = BlockStorage.open(file, { offset });
        if (storage.stat().blocks !== blocks) throw new Error('another number of blocks');
        const [problem] = storage.verify();
        if (problem) throw new Error(problem.message);
        storage.transaction(() => storage.write(storage.allocate(5000), new Uint8Array(5000)));
        if (storage.verify().length > 0) throw new Error('not whole after writing');
        repaired++;
      });
      if (fault) expect.fail(`${what}: ${(fault as Error).stack}`);
    }
    expect(repaired).toBeGreaterThan(70);
  });

  it('gives out no id twice where they end', () => {
    const store = new MemoryStore();
    BlockStorage.create(new MemoryFile(store, 'made', true), { offset }).close();
    const nextId = Number.MAX_SAFE_INTEGER - 2;
    store.write(offset + 4096, encodeRecord({ ...emptyRecord(offset), nextId }));
    const storage = BlockStorage.open(watched(store), { offset });
    const put = () => {
      const id = storage.allocate(10);
      storage.write(id, new Uint8Array(10).fill(id % 256));
      return id;
    };
    expect(storage.transaction(() => [put(), put()])).toEqual([nextId, nextId + 1]);
    expect(() => storage.transaction(put)).toThrow(expect.objectContaining({ code: 'BLK_FULL' }));
    const again = BlockStorage.open(watched(store), { offset });
    expect([again.verify(), again.read(nextId)[0]]).toEqual([[], nextId % 256]);
    store.write(offset + 32, new Uint8Array(8160));
    expect(BlockStorage.repair(watched(store), { offset })).toMatchObject({ blocks: 2, dropped: [] });
    expect(BlockStorage.open(watched(store), { offset }).has(nextId + 1)).toBe(true);
  });

  it('does not lead a long way round when its nodes are below one another again and again', () => {
    const levels = 40;
    const store = new MemoryStore();
    const made = BlockStorage.create(new MemoryFile(store, 'made', true), { offset });
    const block = made.transaction(() => {
      const id = made.allocate(levels * 4096);
      made.write(id, new Uint8Array(levels * 4096));
      return id;
    });
    const { start } = made.blocks().find(({ id }) => id === block)!;
    for (let level = 0; level < levels; level++) {
      const node = new TreeNode<BlockEntry>(start + level * 4096, level, blockFormat);
      node.entries = [1, 2].map((id) => ({ id, address: 0, size: 5 }));
      node.children = level === 0 ? [] : [1, 2].map(() => start + (level - 1) * 4096);
      store.write(node.ref, bytesOf(encodeNode(node, 'allocations', blockFormat, 4096, 1)));
    }
    const { at, length } = slots[made.sequence % 2 === 0 ? 0 : 1];
    const record = decodeRecord(store.bytes.subarray(offset + at, offset + at + length), offset)!;
    const allocations = start + (levels - 1) * 4096;
    store.write(offset + at, encodeRecord({ ...record, allocations, nextId: 3, ranges: [] }));
    const damaged = expect.objectContaining({ code: 'BLK_DAMAGED' });
    const storage = BlockStorage.open(watched(store), { offset, cachedNodes: 8 });
    expect(storage.sizeOf(2)).toBe(5);
    expect(() => storage.blocks()).toThrow(damaged);
    expect(storage.verify().at(-1)!.message).toMatch(/node/);
    expect(() => storage.transaction(() => storage.compact())).toThrow(damaged);
    const into = new MemoryFile(new MemoryStore(), 'into', true);
    expect(() => BlockStorage.compactInto(storage, into)).toThrow(damaged);
    storage.close();
    expect(BlockStorage.repair(watched(store), { offset }).blocks).toBe(2);
    expect(BlockStorage.open(watched(store), { offset }).verify()).toEqual([]);
  });
});
