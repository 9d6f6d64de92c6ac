import { MemoryFile, MemoryStore } from '@terrane/driver';
import { faulty } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';
import { Recording } from './recording.fixture.js';

/** A storage with blocks enough for two levels of nodes, holes and resting ranges. */
function sample(): { bytes: Uint8Array; contents: Map<number, number> } {
  const store = new MemoryStore();
  const storage = BlockStorage.create(new MemoryFile(store, 'sample', true));
  const contents = new Map<number, number>();
  storage.beginWrite();
  for (let count = 0; count < 400; count++) {
    const id = storage.allocate(100);
    storage.write(id, new Uint8Array(100).fill(count));
    contents.set(id, count % 256);
  }
  storage.commit();
  for (const id of [...contents.keys()]) {
    if (id % 7 !== 0) continue;
    storage.free(id);
    contents.delete(id);
  }
  storage.end();
  // Twice more, so that what was freed is in the tree of free chunks.
  for (let time = 0; time < 2; time++) {
    contents.set(
      storage.transaction(() => storage.allocate(100)),
      0,
    );
  }
  return { bytes: store.bytes.slice(), contents };
}

const open = (bytes: Uint8Array) =>
  BlockStorage.open(new MemoryFile(new MemoryStore(bytes), 'damaged', true));

describe('a damaged storage', () => {
  const { bytes, contents } = sample();
  const own = open(bytes)
    .blocks()
    .filter(({ kind }) => kind !== 'block' && kind !== 'free' && kind !== 'resting');

  it('is never taken for whole: a flipped bit anywhere in our structures is found', () => {
    const places = own.flatMap(({ kind, start, size }) =>
      // The control area holds zeros between the records, which say nothing.
      kind === 'control'
        ? [40, 100, 132, 4096 + 8, 4096 + 100]
        : Array.from({ length: 40 }, (_, i) => start + Math.floor((i * size) / 40)),
    );
    let silent = 0;
    for (const at of places) {
      const image = bytes.slice();
      image[at]! ^= 1 << (at % 8);
      const storage = open(image);
      const problems = storage.verify();
      // One record broken: the other state is read, and is as whole as it was.
      if (problems.every(({ harmless }) => harmless)) {
        expect(at).toBeLessThan(8192);
        silent++;
        continue;
      }
      for (const [id, value] of contents) {
        try {
          if (!storage.read(id).every((byte) => byte === value)) throw new Error(`block ${id} is wrong`);
        } catch (error) {
          expect((error as { code: string }).code).toBe('BLK_DAMAGED');
        }
      }
    }
    expect(silent).toBeLessThanOrEqual(5);
  });

  it('with a broken newest record shows the state before, whole', () => {
    const storage = open(bytes);
    const image = bytes.slice();
    image[(storage.sequence % 2 === 0 ? 32 : 4096) + 20]! ^= 1;
    const before = open(image);
    expect(before.sequence).toBe(storage.sequence - 1);
    expect(before.stat().blocks).toBe(contents.size - 1);
    for (const [id, value] of contents) if (before.has(id)) expect(before.read(id)[99]).toBe(value);
    expect(before.verify().filter(({ harmless }) => !harmless)).toEqual([]);
  });

  it.each(['records', 'free chunks', 'resting list', 'one leaf'])('is repaired: %s', (what) => {
    const image = bytes.slice();
    const flip = (kind: string, index = 0) => {
      image[own.filter((piece) => piece.kind === kind)[index]!.start + 100]! ^= 1;
    };
    if (what === 'records') image.fill(0, 32, 8192);
    if (what === 'free chunks') flip('free-chunks');
    if (what === 'resting list') image[own.find(({ kind }) => kind === 'list')!.start + 30]! ^= 1;
    const leaves = own.filter(({ kind, start }) => kind === 'allocations' && image[start + 5] === 0);
    // The one with the first blocks, which the last commits had nothing to do with.
    const first = leaves.find(({ start }) => image[start + 32] === 1 && image[start + 33] === 0);
    if (what === 'one leaf') image[first!.start + 100]! ^= 1;
    const file = new MemoryFile(new MemoryStore(image), 'damaged', true);
    const { blocks, lostNodes, dropped } = BlockStorage.repair(file);
    expect(dropped).toEqual([]);
    expect(lostNodes).toBe(what === 'one leaf' ? 1 : 0);
    if (what !== 'one leaf') expect(blocks).toBe(contents.size);
    const storage = BlockStorage.open(file);
    expect(storage.verify()).toEqual([]);
    let found = 0;
    for (const [id, value] of contents) {
      if (!storage.has(id)) continue;
      expect(storage.read(id)).toEqual(new Uint8Array(100).fill(value));
      found++;
    }
    expect(found).toBe(blocks);
    expect(found).toBeGreaterThan(100);
    const id = storage.transaction(() => storage.allocate(1));
    expect(contents.has(id)).toBe(false);
    expect(storage.verify()).toEqual([]);
  });

  it('that ends too early says so', () => {
    const storage = open(bytes.slice(0, 20_000));
    expect(storage.verify()).not.toEqual([]);
    const codes = [...contents.keys()].map((id) => {
      try {
        storage.read(id);
        return 'read';
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    expect(new Set(codes)).toEqual(new Set(['BLK_DAMAGED']));
  });
});

describe('a file that is too short', () => {
  const filled = (size: number, value: number) => new Uint8Array(size).fill(value);
  const put = (storage: BlockStorage<'sync'>, size: number) => {
    const id = storage.allocate(size);
    storage.write(id, filled(size, 7));
    return id;
  };

  /** A storage whose last block is behind all the rest of it. */
  function withLast() {
    const made = new Recording();
    const before = BlockStorage.create(made.file);
    const [hole, first] = before.transaction(() => [put(before, 100_000), put(before, 100)]);
    before.transaction(() => before.free(hole!));
    for (let time = 0; time < 2; time++) before.transaction(() => before.commit(true));
    const recording = new Recording(made.store.bytes);
    const writer = BlockStorage.open(recording.file);
    const last = writer.transaction(() => put(writer, 200_001));
    const { start, isLast } = writer.blocks().find(({ id }) => id === last)!;
    expect(isLast).toBe(true);
    return { begun: made.store.bytes, recording, writer, first: first!, last, start };
  }

  it('is not made longer by a writer, which would turn what was cut off into zeros', () => {
    const { recording, first, last, start } = withLast();
    const store = new MemoryStore(recording.store.bytes.subarray(0, start + 50_000));
    const file = () => new MemoryFile(store, 'cut', true);
    const storage = BlockStorage.open(file());
    expect(storage.read(first)).toEqual(filled(100, 7));
    const damaged = expect.objectContaining({ code: 'BLK_DAMAGED' });
    expect(() => storage.read(last)).toThrow(damaged);
    expect(() => storage.beginWrite()).toThrow(damaged);
    expect(storage.verify()).toEqual([expect.objectContaining({ structure: 'storage' })]);
    storage.close();
    expect(store.size).toBe(start + 50_000);
    expect(BlockStorage.repair(file())).toMatchObject({ blocks: 1, dropped: [last] });
    const again = BlockStorage.open(file());
    again.transaction(() => put(again, 10));
    expect([again.verify(), again.read(first)]).toEqual([[], filled(100, 7)]);
  });

  it('by what no block needs is as a loss of power may leave it', () => {
    const { begun, recording, writer, last, start } = withLast();
    // Everything that was written is there, and the length that the file was given is not.
    const store = new MemoryStore(begun);
    for (const change of recording.changes)
      if ('source' in change) store.write(change.position, change.source);
    expect(store.size).toBe(start + 200_001);
    const found = BlockStorage.open(new MemoryFile(store, 'image', true));
    expect(found.sequence).toBe(writer.sequence);
    expect(found.verify()).toEqual([
      expect.objectContaining({ structure: 'length of the file', harmless: true }),
    ]);
    found.transaction(() => found.allocate(1));
    expect(found.verify()).toEqual([]);
    expect(found.read(last)).toEqual(filled(200_001, 7));
  });
});

describe('an index in a storage that lost its records', () => {
  it('is still there after the repair', () => {
    const numbers = {
      order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
      format: {
        bytes: 8,
        read: (view: DataView, at: number) => view.getFloat64(at),
        write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
      },
      root: WordSlot.at(40),
    };
    const store = new MemoryStore();
    const file = () => new MemoryFile(store, 'file', true);
    const storage = BlockStorage.create(file(), { offset: 64 });
    const index = storage.transaction(() => BlockIndex.create(storage, numbers));
    for (let value = 0; value < 9; value++) storage.transaction(() => index.upsert(value));
    const { sequence } = storage;
    storage.close();
    store.write(64 + 32, new Uint8Array(8160));
    expect(BlockStorage.repair(file(), { offset: 64 })).toMatchObject({ blocks: 1, dropped: [] });
    const again = BlockStorage.open(file(), { offset: 64 });
    expect(again.sequence).toBe(sequence + 1);
    expect([...BlockIndex.open(again, numbers).values()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(BlockIndex.open(again, numbers).verify()).toEqual([]);
  });
});

describe('a disk that fails', () => {
  it.each([1 << 20, 0])('at a flush takes the commit back (one flush up to %i bytes)', (oneFlushBytes) => {
    for (let after = 0; after < 6; after++) {
      const store = new MemoryStore();
      BlockStorage.create(new MemoryFile(store, 'file', true)).close();
      const file = faulty(new MemoryFile(store, 'file', true), { op: 'flush', after, times: 1 });
      const storage = BlockStorage.open(file, { oneFlushBytes });
      let done = 0;
      for (let round = 1; round <= 6; round++) {
        try {
          storage.transaction(() =>
            storage.write(storage.allocate(round), new Uint8Array(round).fill(round)),
          );
          done++;
        } catch (error) {
          expect((error as { code: string }).code).toBe('IO_UNEXPECTED');
        }
        const beside = BlockStorage.open(new MemoryFile(store, 'file', false));
        expect([beside.stat().blocks, storage.stat().blocks]).toEqual([done, done]);
      }
      expect(done).toBe(5);
      expect(storage.verify()).toEqual([]);
    }
  });

  it('at any write leaves what was committed, and the writer can go on after rollback', () => {
    for (let after = 0; after < 12; after++) {
      const store = new MemoryStore();
      BlockStorage.create(new MemoryFile(store, 'file', true)).close();
      const file = faulty(new MemoryFile(store, 'file', true), { op: 'write', after: after + 1, times: 1 });
      const storage = BlockStorage.open(file);
      let done = 0;
      for (let round = 1; round <= 4; round++) {
        try {
          storage.transaction(() =>
            storage.write(storage.allocate(round), new Uint8Array(round).fill(round)),
          );
          done++;
        } catch (error) {
          expect((error as { code: string }).code).toBe('IO_UNEXPECTED');
        }
      }
      // A write that fails after the commit record was durable fails the call, and the commit stands.
      expect(storage.stat().blocks - done).toBeLessThanOrEqual(1);
      expect(done).toBeGreaterThanOrEqual(3);
      expect(storage.verify().filter(({ harmless }) => !harmless)).toEqual([]);
    }
  });

  it('is closed all the same, and its lock given back, when what is staged cannot be rolled back', () => {
    const store = new MemoryStore();
    BlockStorage.create(new MemoryFile(store, 'file', true)).close();
    const failing = faulty(new MemoryFile(store, 'file', true), { op: 'read', after: 2 });
    const writing = BlockStorage.open(failing);
    writing.beginWrite();
    expect(() => writing.close()).toThrow(expect.objectContaining({ code: 'IO_UNEXPECTED' }));
    expect(writing.file.closed).toBe(true);
    writing.close();
    const again = BlockStorage.open(new MemoryFile(store, 'file', true));
    again.transaction(() => again.allocate(5));
    again.close();
  });
});
