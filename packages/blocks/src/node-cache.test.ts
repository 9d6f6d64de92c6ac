import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockIndex, BlockStorage, NodeCache, WordSlot } from './index.js';
import type { CachedNode } from './node-cache.js';

function node(ref: number, size: number): CachedNode {
  return { ref, size, recent: false, slot: -1, home: undefined };
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('add' as const), pages: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('visit' as const), which: fc.nat() }) },
);

describe('NodeCache', () => {
  it('keeps within its budget, and knows what it keeps', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const cache = new NodeCache(10 * 4096);
        const homes = [new Map<number, CachedNode>(), new Map<number, CachedNode>()];
        let last = 0;
        for (const each of steps) {
          const kept = homes.flatMap((home) => [...home.values()]);
          if (each.do === 'add') {
            const made = node(++last, each.pages * 4096);
            const home = homes[last % 2]!;
            home.set(last, made);
            cache.add(made, home);
            expect(home.get(last)).toBe(made);
          } else if (kept.length > 0) {
            const some = kept[each.which % kept.length]!;
            if (each.do === 'visit') some.recent = true;
            else {
              some.home!.delete(some.ref);
              cache.remove(some);
              cache.remove(some);
            }
          }
          const now = homes.flatMap((home) => [...home.values()]);
          expect(cache.count).toBe(now.length);
          expect(cache.bytes).toBe(now.reduce((sum, { size }) => sum + size, 0));
          expect(cache.bytes).toBeLessThanOrEqual(cache.maximumBytes);
        }
      }),
    );
    expect(() => new NodeCache(4096)).toThrow(RangeError);
  });

  it('lets go of what nobody came for', () => {
    const cache = new NodeCache(8 * 4096);
    const home = new Map<number, CachedNode>();
    for (let ref = 1; ref <= 100; ref++) {
      const made = node(ref, 4096);
      home.set(ref, made);
      cache.add(made, home);
      const wanted = home.get(3);
      if (wanted) wanted.recent = true;
    }
    expect(home.has(3)).toBe(true);
    expect(home.size).toBe(8);
  });

  it('is one budget for several storages, and is empty when they are closed', () => {
    const nodeCache = new NodeCache(20 * 4096);
    const numbers = {
      order: { keyOf: (value: number) => value, compare: (key: number, value: number) => key - value },
      format: {
        bytes: 8,
        read: (view: DataView, at: number) => view.getFloat64(at),
        write: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
      },
      root: WordSlot.at(8),
    };
    const storages = [1, 2, 3].map((many) => {
      const storage = BlockStorage.create(openWith(memoryDriver(), { mode: 'w' }), { offset: 64, nodeCache });
      const index = BlockIndex.open(storage, numbers);
      const values = Array.from({ length: 20_000 }, (_, at) => at * many);
      storage.transaction(() => index.upsertAll(values));
      return { storage, index, values };
    });
    expect(nodeCache.bytes).toBeLessThanOrEqual(nodeCache.maximumBytes);
    for (const { index, values } of storages) {
      for (const value of values) if (value % 7 === 0) expect(index.find(value)).toBe(value);
    }
    for (const { storage, index, values } of storages) {
      expect(index.count()).toBe(values.length);
      expect(nodeCache.bytes).toBeLessThanOrEqual(nodeCache.maximumBytes);
      expect(storage.verify()).toEqual([]);
      storage.close();
      expect(() => index.find(7)).toThrow(expect.objectContaining({ code: 'IO_CLOSED' }));
    }
    expect([nodeCache.count, nodeCache.bytes]).toEqual([0, 0]);
  });
});
