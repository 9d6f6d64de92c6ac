import { type Mode, memoryDriver, openWith } from '@terrane/driver';
import { delayed } from '@terrane/driver/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';

interface Pair {
  readonly key: number;
  readonly value: number;
}

/** Values so large that a node holds four: small trees are deep. */
const options = (root: WordSlot, bytes = 1000, inPlace = false) => ({
  order: {
    keyOf: ({ key }: Pair) => key,
    compare: (key: number, pair: Pair) => key - pair.key,
    ...(inPlace && {
      compareAt: (key: number, view: DataView, at: number) => key - view.getInt32(at, true),
    }),
  },
  format: {
    bytes,
    read: (view: DataView, at: number): Pair => ({
      key: view.getInt32(at, true),
      value: view.getInt32(at + bytes - 4, true),
    }),
    write(view: DataView, at: number, { key, value }: Pair) {
      view.setInt32(at, key, true);
      view.setInt32(at + bytes - 4, value, true);
    },
  },
  root,
  cachedNodes: 8,
});

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('upsert' as const), key: fc.integer({ min: 0, max: 80 }) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('delete' as const), key: fc.integer({ min: 0, max: 80 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ask' as const), key: fc.integer({ min: -1, max: 81 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'commit' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'rollback' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function follow(mode: Mode, steps: readonly Step[], inPlace = false): Promise<void> {
  const disk = memoryDriver();
  const driver = mode === 'sync' ? disk : delayed(disk);
  let storage = await BlockStorage.create(await openWith<Mode>(driver, { name: 'a', mode: 'w' }), {
    offset: 64,
  });
  await storage.beginWrite();
  let index = await BlockIndex.create(storage, options(WordSlot.at(40), 1000, inPlace));
  await storage.commit();
  let committed = new Map<number, Pair>();
  let staged = new Map<number, Pair>();
  let value = 0;
  for (const each of steps) {
    const sorted = [...staged.values()].sort((a, b) => a.key - b.key);
    if (each.do === 'upsert') {
      const pair = { key: each.key, value: ++value };
      expect(await index.upsert(pair)).toEqual(staged.get(each.key));
      staged.set(each.key, pair);
    } else if (each.do === 'delete') {
      expect(await index.deleteKey(each.key)).toEqual(staged.get(each.key));
      staged.delete(each.key);
    } else if (each.do === 'ask') {
      const { key } = each;
      expect(await index.find(key)).toEqual(staged.get(key));
      expect(await index.floor(key)).toEqual(sorted.filter((pair) => pair.key <= key).at(-1));
      expect(await index.ceiling(key)).toEqual(sorted.find((pair) => pair.key >= key));
      expect(await index.min()).toEqual(sorted[0]);
      expect(await index.max()).toEqual(sorted.at(-1));
      expect(await index.isEmpty()).toBe(sorted.length === 0);
      if (key % 2 === 0) expect(await index.count()).toBe(sorted.length);
      for (const included of [true, false]) {
        const found: Pair[] = [];
        const wanted = sorted.filter(
          (pair) => (included ? pair.key >= key : pair.key > key) && pair.key < key + 20,
        );
        expect(await index.findFromTo(key, included, key + 20, false, (pair) => found.push(pair))).toBe(
          wanted.length,
        );
        expect(found).toEqual(wanted);
        expect(await index.findFrom(key, included)).toBe(
          sorted.filter((pair) => (included ? pair.key >= key : pair.key > key)).length,
        );
        expect(await index.findTo(key, included)).toBe(
          sorted.filter((pair) => (included ? pair.key <= key : pair.key < key)).length,
        );
      }
    } else if (each.do === 'commit') {
      await storage.commit();
      committed = new Map(staged);
    } else {
      if (each.do === 'rollback') await storage.rollback();
      else {
        await storage.close();
        storage = await BlockStorage.open(await openWith<Mode>(driver, { name: 'a', mode: 'r+' }), {
          offset: 64,
        });
        index = BlockIndex.open(storage, options(WordSlot.at(40), 1000, inPlace));
      }
      staged = new Map(committed);
      await storage.beginWrite();
    }
  }
  await storage.end();
  const all: Pair[] = [];
  for await (const pair of index.values()) all.push(pair);
  expect(all).toEqual([...staged.values()].sort((a, b) => a.key - b.key));
  expect(await index.count()).toBe(staged.size);
  expect(await index.verify()).toEqual([]);
  expect(await storage.verify()).toEqual([]);
  await storage.transaction(() => index.clear());
  expect(await index.count()).toBe(0);
  expect((await storage.stat()).blocks).toBe(0);
  expect(await storage.readSlot(WordSlot.at(40))).toBe(0);
}

describe('BlockIndex', () => {
  it('does what a sorted map does, at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150 }), fc.boolean(), (steps, inPlace) =>
        follow('sync', steps, inPlace),
      ),
      { numRuns: 150 },
    );
  });

  it('does what a sorted map does, by promise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 150 }), (steps) => follow('async', steps)),
      { numRuns: 40 },
    );
  });

  it('holds many values with wide nodes, over closing, both ways', () => {
    const driver = memoryDriver();
    const storage = BlockStorage.create(openWith(driver, { name: 'a', mode: 'w' }));
    const root = storage.transaction(() => {
      const word = WordSlot.inBlock(storage.allocate(8));
      const index = BlockIndex.create(storage, options(word, 16));
      index.upsertAll(Array.from({ length: 50_000 }, (_, key) => ({ key, value: -key })));
      return word;
    });
    storage.close();
    const again = BlockStorage.open(openWith(driver, { name: 'a' }));
    const index = BlockIndex.open(again, options(root, 16));
    expect(index.find(31_415)).toEqual({ key: 31_415, value: -31_415 });
    expect([...index.values({ backwards: true })].map(({ key }) => key)).toEqual(
      Array.from({ length: 50_000 }, (_, key) => 49_999 - key),
    );
    expect(index.verify()).toEqual([]);
    // Ascending input leaves nodes nine tenths full.
    expect(again.stat().blocks).toBeLessThan(50_000 / (254 * 0.85));
  });

  it('is one and the same when it is opened twice', () => {
    const storage = BlockStorage.create(openWith(memoryDriver(), { mode: 'w' }), { offset: 64 });
    const [one, two] = [1, 2].map(() => BlockIndex.open(storage, options(WordSlot.at(8))));
    storage.transaction(() => one!.upsert({ key: 1, value: 1 }));
    expect(two!.find(1)).toEqual({ key: 1, value: 1 });
    storage.beginWrite();
    two!.upsert({ key: 1, value: 2 });
    one!.upsert({ key: 2, value: 2 });
    storage.end();
    expect([one!.find(1), two!.count()]).toEqual([{ key: 1, value: 2 }, 2]);
    expect(() => BlockIndex.open(storage, options(WordSlot.at(8), 16))).toThrow(TypeError);
    expect(storage.verify()).toEqual([]);
  });

  it('refuses what is no index', () => {
    const storage = BlockStorage.create(openWith(memoryDriver(), { mode: 'w' }));
    expect(() => BlockIndex.open(storage, { ...options(WordSlot.at(0)), typo: 1 } as never)).toThrow(/typo/);
    expect(() => BlockIndex.open(storage, options(WordSlot.at(0), 0))).toThrow(RangeError);
    storage.beginWrite();
    const block = storage.allocate(8);
    storage.writeSlot(WordSlot.inBlock(block), block);
    const index = BlockIndex.open(storage, options(WordSlot.inBlock(block)));
    expect(() => index.min()).toThrow(expect.objectContaining({ code: 'BLK_DAMAGED' }));
    storage.rollback();
    expect(() => index.upsert({ key: 1, value: 1 })).toThrow(
      expect.objectContaining({ code: 'BLK_NOT_WRITING' }),
    );
  });
});
