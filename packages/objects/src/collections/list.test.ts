import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bool,
  defineSchema,
  float64,
  int32,
  list,
  ObjectStore,
  optional,
  ref,
  struct,
  text,
  uint8,
} from '../index.js';
import { repairStore } from '../tools/index.js';

const schema = defineSchema({
  Root: struct({
    numbers: list(optional(float64())),
    bits: list(bool()),
    words: list(text()),
    items: list(ref('Item')),
    plain: list(int32()),
  }),
  Item: struct({ n: uint8() }, { counted: true }),
});
const openOf = (disk: ReturnType<typeof memoryDriver>) =>
  ObjectStore.open(openWith(disk, { name: 'f', mode: 'a' }), schema);

// Elements of 16 bytes: 16,384 are in a piece.
const steps = fc.array(
  fc.oneof(
    fc.tuple(fc.constant('push' as const), fc.nat(30_000), fc.nat(1000)),
    fc.tuple(fc.constant('insert' as const), fc.nat(), fc.integer({ min: 1, max: 3 })),
    fc.tuple(fc.constant('delete' as const), fc.nat(), fc.nat(40_000)),
    fc.tuple(fc.constant('set' as const), fc.nat(), fc.nat(1000)),
    fc.tuple(fc.constant('commit' as const), fc.nat(), fc.nat()),
    fc.tuple(fc.constant('rollback' as const), fc.nat(), fc.nat()),
  ),
  { minLength: 5, maxLength: 25 },
);

describe('lists of several pieces', () => {
  it('are as arrays are', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const disk = memoryDriver();
        const store = openOf(disk);
        const { numbers } = store.root;
        store.commit();
        let model: (number | null)[] = [];
        let committed = model;
        for (const [name, where, much] of steps) {
          const index = where % (model.length + 1);
          if (name === 'push') {
            model = [...model];
            for (let count = 0; count < where; count++) {
              model.push(much + count);
              numbers.push(much + count);
            }
          } else if (name === 'insert') {
            for (let count = 0; count < much; count++) {
              model = model.toSpliced(index, 0, count % 2 ? null : where);
              numbers.insert(index, count % 2 ? null : where);
            }
          } else if (name === 'delete') {
            const count = Math.min(much, model.length - index);
            model = model.toSpliced(index, count);
            numbers.delete(index, count);
          } else if (name === 'set' && index < model.length) {
            model = model.with(index, much);
            numbers.set(index, much);
          } else if (name === 'commit') {
            store.commit();
            committed = model;
          } else if (name === 'rollback') {
            store.rollback();
            model = committed;
          }
          expect(numbers.length).toBe(model.length);
          for (const at of [0, index, 16_383, 16_384, 40_000, model.length - 1])
            expect(numbers.at(at)).toBe(model.at(at) ?? (at < model.length && at >= 0 ? null : undefined));
        }
        expect([...numbers]).toEqual(model);
        store.commit();
        expect(store.verify()).toMatchObject({ problems: [], leaked: { chunks: 0, bytes: 0 } });
        store.close();
        using again = openOf(disk);
        expect([...again.root.numbers]).toEqual(model);
        again.compact();
        expect([...again.root.numbers]).toEqual(model);
      }),
      { numRuns: 15 },
    );
  });

  it('free all of what is in them, and of what they consist of', () => {
    const disk = memoryDriver();
    using store = openOf(disk);
    const { root } = store;
    const before = store.stat();
    for (let count = 0; count < 33_000; count++) {
      root.words.push(`word ${count}`);
      root.items.push({ n: count % 256 });
    }
    const shared = root.items.at(32_999)!;
    root.items.insert(0, shared);
    expect(root.items.at(32_768)!.n).toBe(32_767 % 256);
    root.words = [] as never;
    root.items = [] as never;
    expect(() => shared.n).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    store.collect();
    expect(store.stat().chunks).toBe(before.chunks);
  });

  it('grow without moving what is in them, and stay what they were for a snapshot', () => {
    const disk = memoryDriver();
    using store = openOf(disk);
    const { bits } = store.root;
    for (let count = 0; count < 300_000; count++) bits.push(count % 3 === 0);
    store.commit();
    const snapshot = store.snapshot();
    const { heapBytes } = store.stat();
    for (let count = 0; count < 300_000; count++) bits.push(false);
    expect(store.stat().heapBytes - heapBytes).toBeLessThan(2 ** 20);
    bits.delete(0);
    store.commit();
    expect(snapshot.root.bits.length).toBe(300_000);
    expect([0, 1, 299_999].map((at) => snapshot.root.bits.at(at))).toEqual([true, false, false]);
    expect([2, 299_998, 299_999].map((at) => bits.at(at))).toEqual([true, false, false]);
    snapshot.close();
  });

  it('lose no more than the piece of which the beginning is damaged', () => {
    const disk = memoryDriver();
    {
      using store = openOf(disk);
      for (let count = 0; count < 300_000; count++) store.root.plain.push(count);
      store.commit();
    }
    const file = openWith(disk, { name: 'f', mode: 'r+' });
    const bytes = new Uint8Array(file.size());
    file.read(0, bytes);
    const view = new DataView(bytes.buffer);
    // Where the second piece begins: its first element, a multiple of what a piece has.
    let at = 0;
    while (!(view.getInt32(at, true) === 65_536 && view.getInt32(at + 4, true) === 65_537)) at += 4;
    file.write(at - 8, Uint8Array.of(255));
    expect(repairStore(file).losses).not.toEqual([]);
    using store = ObjectStore.open(file, schema);
    const left = [...store.root.plain];
    expect(left.length).toBe(300_000 - 65_536);
    expect(left).toEqual(Array.from({ length: 300_000 }, (_, n) => n).toSpliced(65_536, 65_536));
  });
});
