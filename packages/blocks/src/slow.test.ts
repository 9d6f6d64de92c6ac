import { type DriverFile, MemoryFile, MemoryStore } from '@terrane/driver';
import { delayedFile } from '@terrane/driver/testing';
import { makeRandom, type Random, wrapFile } from '@terrane/driver-kit';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, WordSlot } from './index.js';

const size = 3000;
const numbers = {
  order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
  format: {
    bytes: 700,
    read: (view: DataView, at: number) => view.getFloat64(at),
    write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
  },
  root: WordSlot.at(40),
};

/** A file of which each call takes its own time, so that calls that were made at once end in any order. */
function slow(file: DriverFile<'sync'>, random: Random): DriverFile<'async'> {
  return wrapFile(delayedFile(file), async (_op, _args, call) => {
    for (let turns = random.below(4); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    return call();
  });
}

describe('a slow file', () => {
  it.each([1, 2])('that everybody uses at once shows each of them one state (%i)', async (seed) => {
    const random = makeRandom(seed);
    const store = new MemoryStore();
    const options = { offset: 64, cachedNodes: 8 };
    const made = BlockStorage.create(new MemoryFile(store, 'made', true), options);
    const ids = made.transaction(() => Array.from({ length: 30 }, () => made.allocate(size)));
    const fill = (value: number) => new Uint8Array(size).fill(value);
    made.transaction(() => {
      BlockIndex.create(made, numbers).upsertAll(ids);
      for (const id of ids) made.write(id, fill(1));
    });
    made.close();
    const storage = await BlockStorage.open(slow(new MemoryFile(store, 'slow', true), random), options);
    const beside = await BlockStorage.open(slow(new MemoryFile(store, 'beside', false), random), options);
    let [reading, read, overtaken] = [true, 0, 0];

    /** Blocks are of one piece, and those that are read in one go are of two states at most. */
    async function look(from: BlockStorage<'async'>): Promise<void> {
      const index = BlockIndex.open(from, numbers);
      while (reading) {
        if (from === beside) await from.begin();
        const some = Array.from({ length: 5 }, () => ids[random.below(ids.length)]!);
        const results = await Promise.allSettled([
          ...some.map((id) => from.read(id)),
          index.ceiling(some[0]!),
          index.count(),
        ]);
        for (const result of results) {
          if (result.status === 'rejected') {
            expect(result.reason).toMatchObject({ code: 'BLK_OVERTAKEN' });
            overtaken++;
          } else if (result.value instanceof Uint8Array) {
            expect(result.value.every((byte) => byte === (result.value as Uint8Array)[0])).toBe(true);
            read++;
          } else {
            expect([some[0]!, ids.length]).toContain(result.value);
          }
        }
        if (from === beside) await from.end();
      }
    }

    async function write(): Promise<void> {
      const index = BlockIndex.open(storage, numbers);
      for (let round = 2; round < 22; round++) {
        await storage.beginWrite();
        // Nobody waits for any of these.
        const calls: Promise<unknown>[] = ids.map((id) => storage.write(id, fill(round)));
        calls.push(index.deleteKey(ids[round]!), index.upsert(ids[round]!));
        const extra = storage.allocate(100);
        calls.push(extra.then((id) => storage.write(id, fill(7).subarray(0, 100))));
        await extra;
        if (round % 5 === 0) calls.push(storage.compact());
        if (round % 4 === 0) {
          await Promise.all(calls);
          await storage.rollback();
          continue;
        }
        await Promise.all([...calls, storage.end()]);
      }
      reading = false;
    }

    await Promise.all([look(storage), look(beside), write()]);
    expect([read > 50, overtaken < read]).toEqual([true, true]);
    expect(await storage.verify()).toEqual([]);
    for (const id of ids) expect(await storage.read(id)).toEqual(fill(21));
    expect(await BlockIndex.open(storage, numbers).verify()).toEqual([]);
    await storage.close();
    await beside.close();
  });
});
