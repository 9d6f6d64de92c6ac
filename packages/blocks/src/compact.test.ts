import { MemoryFile, MemoryStore, type Mode, memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';
import { losses, Recording } from './recording.fixture.js';

const offset = 64;
const numbers = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 8,
    read: (view: DataView, at: number) => view.getFloat64(at),
    write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
  },
  root: WordSlot.at(40),
};
const bytesOf = (id: number, size: number) => new Uint8Array(size).fill(id);
/** Vitest compares arrays element by element, which takes a hundred times as long. */
const same = (a: Uint8Array, b: Uint8Array) => expect(Buffer.compare(a, b)).toBe(0);
const code = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return undefined;
};

/** Blocks of these sizes, of which those are freed whose place `goes`. */
function holed(sizes: readonly number[], goes: (place: number) => boolean, limit?: number) {
  const store = new MemoryStore();
  const storage = BlockStorage.create(new MemoryFile(store, 'file', true), {
    offset,
    ...(limit && { limit }),
  });
  storage.beginWrite();
  const ids = sizes.map((size) => {
    const id = storage.allocate(size);
    storage.write(id, bytesOf(id, size));
    return id;
  });
  const index = BlockIndex.create(storage, numbers);
  index.upsertAll(ids);
  storage.commit();
  for (const [place, id] of ids.entries()) {
    if (!goes(place)) continue;
    storage.free(id);
    index.deleteKey(id);
  }
  storage.commit();
  return { store, storage, index };
}

describe('compaction in place', () => {
  it.each([
    ['holes smaller than all that is left', Array.from({ length: 200 }, (_, at) => 4000 + (at % 2) * 500)],
    ['one large block behind small holes', [...Array.from({ length: 200 }, () => 3000), 250_000]],
    ['blocks that each need a hole of their own', Array.from({ length: 150 }, (_, at) => 1000 + 130 * at)],
    ['holes of single units', Array.from({ length: 600 }, (_, at) => (at % 2 ? 640 : 64))],
  ])('leaves hardly anything free: %s', (_, sizes) => {
    const { store, storage, index } = holed(sizes, (place) => place % 2 === 0 && place < 200 * 3);
    const kept = [...index.values()];
    const needed = kept.reduce((sum, id) => sum + storage.sizeOf(id), 0);
    storage.compact();
    storage.end();
    // The records, both trees, the index, and the pages of all of them that the last two commits let go of.
    expect(store.size).toBeLessThan(needed * 1.07 + 80_000);
    expect([...index.values()]).toEqual(kept);
    for (const id of kept) same(storage.read(id), bytesOf(id, storage.sizeOf(id)));
    expect(storage.verify()).toEqual([]);
  });

  it('stays below a limit that leaves no room to move about, and still brings what it can', () => {
    const sizes = Array.from({ length: 200 }, (_, at) => 4000 + (at % 2) * 500);
    const { store, storage: made } = holed(sizes, (place) => place % 2 === 0);
    made.end();
    const limit = store.size + 40_000;
    const storage = BlockStorage.open(new MemoryFile(store, 'file', true), { offset, limit });
    let longest = 0;
    const { resize } = store;
    store.resize = (size) => {
      longest = Math.max(longest, size);
      resize.call(store, size);
    };
    const before = store.size;
    storage.transaction(() => storage.compact());
    expect(store.size).toBeLessThan(before * 0.7);
    expect(longest).toBeLessThanOrEqual(limit);
    expect(storage.verify()).toEqual([]);
  });

  it('may be interrupted anywhere', () => {
    const { store } = holed(
      Array.from({ length: 40 }, (_, at) => 3000 + (at % 2) * 500),
      (place) => place % 2 === 0,
    );
    const start = store.bytes.slice();
    const recording = new Recording(start);
    const contentOf = (storage: BlockStorage<'sync'>) =>
      [...BlockIndex.open(storage, numbers).values()].map((id) => `${id}:${storage.read(id)}`).join();
    const storage = BlockStorage.open(recording.file, { offset });
    const content = contentOf(storage);
    storage.transaction(() => storage.compact());
    expect(recording.store.size).toBeLessThan(start.length * 0.8);
    let images = 0;
    for (const { bytes, what } of losses(start, recording.changes, 1, 7)) {
      const found = BlockStorage.open(new MemoryFile(new MemoryStore(bytes), 'image', true), { offset });
      expect(
        found.verify().filter(({ harmless }) => !harmless),
        what,
      ).toEqual([]);
      expect(contentOf(found) === content, what).toBe(true);
      images++;
    }
    expect(images).toBeGreaterThan(200);
  });
});

describe('compaction into another file', () => {
  /** What happened to a block: its size, whether it was written, and whether it is there. */
  const history = fc.array(
    fc.record({ size: fc.nat(5000), write: fc.boolean(), keep: fc.boolean(), again: fc.boolean() }),
    { maxLength: 80 },
  );

  async function follow(
    mode: Mode,
    blocks: readonly { size: number; write: boolean; keep: boolean; again: boolean }[],
  ) {
    const disk = memoryDriver();
    const driver = mode === 'sync' ? disk : delayed(disk);
    const source = await BlockStorage.create(await openWith<Mode>(driver, { name: 'a', mode: 'w' }), {
      offset,
    });
    await source.file.write(0, bytesOf(9, 32));
    await source.beginWrite();
    const index = await BlockIndex.create(source, numbers);
    const made: number[] = [];
    for (const { size, write } of blocks) {
      const id = await source.allocate(size);
      if (write) await source.write(id, bytesOf(id, size));
      await index.upsert(id);
      made.push(id);
    }
    await source.commit();
    const model = new Map<number, Uint8Array>();
    for (const [place, { size, write, keep, again }] of blocks.entries()) {
      const id = made[place]!;
      if (!keep) {
        await source.free(id);
        await index.deleteKey(id);
        continue;
      }
      if (again && size > 0) await source.write(id, bytesOf(200, 1), size - 1);
      const bytes = write ? bytesOf(id, size) : new Uint8Array(size);
      if (again && size > 0) bytes[size - 1] = 200;
      model.set(id, bytes);
    }
    await source.end();
    const image = disk.files.get('a')!.bytes.slice();
    const target = await BlockStorage.compactInto(
      source,
      await openWith<Mode>(driver, { name: 'b', mode: 'w' }),
    );
    same(disk.files.get('a')!.bytes, image);
    expect(await target.verify()).toEqual([]);
    const values = BlockIndex.open(target, numbers);
    expect(await values.count()).toBe(model.size);
    expect(await values.verify()).toEqual([]);
    for (const [id, bytes] of model) {
      expect(await values.find(id)).toBe(id);
      same(await target.read(id), bytes);
    }
    same(disk.files.get('b')!.bytes.subarray(0, 48), image.subarray(0, 48));
    const [before, after] = [await source.stat(), await target.stat()];
    expect([after.blocks, after.blockBytes, after.restingBytes]).toEqual([
      before.blocks,
      before.blockBytes,
      0,
    ]);
    expect(after.freeBytes).toBe(0);
    expect(after.sequence).toBeGreaterThan(before.sequence);
    expect(await target.allocateNext(1)).toBe(source.allocateNext(1));
    // It is a storage like any other.
    await target.transaction(async () => void (await values.upsert(1e9)) as never);
    expect(await target.verify()).toEqual([]);
    await target.close();
    const again = await BlockStorage.open(await openWith<Mode>(driver, { name: 'b' }), { offset });
    expect(await BlockIndex.open(again, numbers).max()).toBe(1e9);
    await source.close();
  }

  it('keeps ids, bytes, words and what is before, at once', async () => {
    await fc.assert(
      fc.asyncProperty(history, (blocks) => follow('sync', blocks)),
      { numRuns: 40 },
    );
  });

  it('keeps ids, bytes, words and what is before, by promise', async () => {
    await fc.assert(
      fc.asyncProperty(history, (blocks) => follow('async', blocks)),
      { numRuns: 10 },
    );
  });

  it('is whole or nothing after a loss of power', () => {
    const { storage: source, index } = holed([3000, 100, 8000, 200, 70_000], (place) => place === 1);
    const kept = [...index.values()];
    const recording = new Recording();
    BlockStorage.compactInto(source, recording.file).close();
    const seen = new Set<string | undefined>();
    for (const { bytes, what } of losses(new Uint8Array(0), recording.changes, 60, 3)) {
      const file = new MemoryFile(new MemoryStore(bytes), 'image', true);
      const found = code(() => {
        const storage = BlockStorage.open(file, { offset });
        if (storage.verify().some(({ harmless }) => !harmless)) throw new Error(what);
        for (const id of kept) same(storage.read(id), bytesOf(id, source.sizeOf(id)));
      });
      seen.add(found);
    }
    expect(seen).toEqual(new Set([undefined, 'BLK_NOT_A_STORAGE']));
  });

  it('refuses what it would spoil', () => {
    const { storage: source, store } = holed([1000, 2000], () => false);
    const into = (file: MemoryFile, options = {}) =>
      code(() => BlockStorage.compactInto(source, file, options));
    const fresh = () => new MemoryFile(new MemoryStore(), 'target', true);
    expect(into(new MemoryFile(store, 'file', true))).toBe('BLK_NOT_EMPTY');
    expect(into(fresh(), { limit: 9000 })).toBe('BLK_FULL');
    expect(into(fresh(), { offset: 128, typo: 1 })).toMatch(/typo/);
    source.allocate(1);
    expect(into(fresh())).toBe('BLK_BUSY');
    source.end();
    expect(into(fresh())).toBeUndefined();
    const reader = BlockStorage.open(new MemoryFile(store, 'file', false), { offset });
    for (let commit = 0; commit < 3; commit++) source.transaction(() => source.allocate(1));
    expect(code(() => BlockStorage.compactInto(reader, fresh()))).toBe('BLK_OVERTAKEN');
  });
});
