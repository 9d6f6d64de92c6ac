import { MemoryFile, MemoryStore, type Mode } from '@terrane/driver';
import { delayedFile } from '@terrane/driver/testing';
import { type Fault, faulty } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';

const offset = 64;
const numbers = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 800,
    read: (view: DataView, at: number) => view.getFloat64(at),
    write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
  },
  root: WordSlot.at(40),
};

/** All that a user can see. */
async function contentOf(storage: BlockStorage): Promise<string> {
  const lines: string[] = [];
  for (const { id, kind } of await storage.blocks()) {
    if (kind === 'block') lines.push(`${id} ${Buffer.from(await storage.read(id)).toString('base64')}`);
  }
  const values: number[] = [];
  for await (const value of BlockIndex.open(storage, numbers).values()) values.push(value);
  return JSON.stringify([lines.sort(), values]);
}

function start(): Uint8Array {
  const store = new MemoryStore();
  const storage = BlockStorage.create(new MemoryFile(store, 'start', true), { offset });
  storage.transaction(() => {
    const index = BlockIndex.create(storage, numbers);
    index.upsertAll(Array.from({ length: 12 }, (_, at) => 10 * at));
    for (let made = 0; made < 20; made++)
      storage.write(storage.allocate(900), new Uint8Array(900).fill(made));
  });
  storage.transaction(() => {
    for (const { id } of storage.blocks().filter(({ size, id }) => size === 960 && id % 3 === 0))
      storage.free(id);
  });
  storage.close();
  return store.bytes.slice();
}

const image = start();

/** What is done, one after the other. */
const works: ((storage: BlockStorage, index: BlockIndex<Mode, number, number>) => Promise<unknown>)[] = [
  async (storage) =>
    storage.transaction(
      async () => storage.write(await storage.allocate(40_000), new Uint8Array(40_000).fill(1)) as never,
    ),
  async (storage, index) =>
    storage.transaction(async () => {
      for (const value of [5, 15, 25]) await index.upsert(value);
      await index.deleteKey(30);
    }),
  async (storage) => storage.transaction(async () => storage.compact() as never),
  async (storage) =>
    storage.transaction(async () => {
      const id = await storage.allocate(100);
      await storage.write(id, new Uint8Array(50).fill(3), 50);
      await storage.resize(id, 3000);
    }),
];

/** @returns how many of the works went well; every state on the way must be one of those that it may be. */
async function survive(mode: Mode, fault: Fault, oneFlushBytes: number): Promise<number> {
  const store = new MemoryStore(image);
  const file = new MemoryFile(store, 'file', true);
  const failing = faulty<Mode>(mode === 'sync' ? file : delayedFile(file), fault);
  const look = () => contentOf(BlockStorage.open(new MemoryFile(store, 'look', false), { offset }));
  let done = 0;
  let storage: BlockStorage;
  try {
    storage = await BlockStorage.open<Mode>(failing, { offset, oneFlushBytes, cachedNodes: 8 });
  } catch {
    expect(await look()).toBe(
      await contentOf(BlockStorage.open(new MemoryFile(new MemoryStore(image), 'x', false), { offset })),
    );
    return 0;
  }
  for (const work of works) {
    const before = await look();
    // What it leads to when nothing goes wrong.
    const twin = BlockStorage.open(new MemoryFile(new MemoryStore(store.bytes), 'twin', true), { offset });
    await work(twin, BlockIndex.open(twin, numbers) as never);
    const after = await contentOf(twin);
    try {
      await work(storage, BlockIndex.open(storage, numbers) as never);
      done++;
      expect(await look()).toBe(after);
    } catch (error) {
      expect((error as { code?: string }).code).toBe('IO_UNEXPECTED');
      expect([before, after]).toContain(await look());
      expect(storage.writing).toBe(false);
    }
    expect(store.locks).toEqual([]);
  }
  try {
    await storage.close();
  } catch (error) {
    expect((error as { code?: string }).code).toBe('IO_UNEXPECTED');
  }
  const again = BlockStorage.open(new MemoryFile(store, 'again', true), { offset });
  expect(again.verify().filter(({ harmless }) => !harmless)).toEqual([]);
  again.transaction(() => again.allocate(5));
  expect(again.verify()).toEqual([]);
  return done;
}

describe('a driver that fails', () => {
  const ops = ['read', 'readMany', 'write', 'flush', 'truncate', 'size', 'lock', 'view'] as const;

  it.each(ops)('once, at any call of %s, leaves what was committed, and later work goes well', async (op) => {
    for (let after = 0; ; after++) {
      const done = await survive('sync', { op, after, times: 1 }, after % 2 === 0 ? 1 << 20 : 0);
      if (done === works.length) break;
      expect(done).toBeGreaterThanOrEqual(after === 0 ? 0 : works.length - 1);
    }
  });

  it.each(['sync', 'async'] as const)('from any call on leaves what was committed (%s)', async (mode) => {
    let after = 0;
    while ((await survive(mode, { after }, 1 << 20)) < works.length) after += mode === 'sync' ? 1 : 5;
    expect(after).toBeGreaterThan(100);
  });

  it.each(['create', 'compactInto, reading', 'compactInto, writing'])(
    'at any call leaves a storage or none, and no lock: %s',
    async (what) => {
      for (let after = 0; ; after++) {
        const [from, to] = [new MemoryStore(image), new MemoryStore()];
        const fault = { after, times: 1 };
        const source = new MemoryFile(from, 'source', true);
        const target = new MemoryFile(to, 'target', true);
        let failed: unknown;
        try {
          if (what === 'create') BlockStorage.create(faulty(target, fault), { offset });
          else {
            const read = BlockStorage.open(what.endsWith('reading') ? faulty(source, fault) : source, {
              offset,
            });
            BlockStorage.compactInto(read, what.endsWith('writing') ? faulty(target, fault) : target);
          }
        } catch (error) {
          expect((error as { code?: string }).code).toBe('IO_UNEXPECTED');
          failed = error;
        }
        expect([from.locks, to.locks, Buffer.compare(from.bytes, image)]).toEqual([[], [], 0]);
        let found: string | undefined;
        try {
          const storage = BlockStorage.open(new MemoryFile(to, 'again', false), { offset });
          expect(storage.verify()).toEqual([]);
          found = await contentOf(storage);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('BLK_NOT_A_STORAGE');
        }
        if (failed) continue;
        const whole = BlockStorage.open(new MemoryFile(new MemoryStore(image), 'whole', false), { offset });
        expect(found).toBe(what === 'create' ? '[[],[]]' : await contentOf(whole));
        expect(after).toBeGreaterThan(5);
        break;
      }
    },
  );
});
