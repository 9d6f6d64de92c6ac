import { memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineSchema, list, ObjectStore, struct, text, uint32 } from '../index.js';
import { repairStore } from '../tools/index.js';

const schema = defineSchema({
  Root: struct({ numbers: list(uint32()), name: text() }),
});
const count = 20_000;

function build() {
  const disk = memoryDriver();
  {
    using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'w' }), schema);
    for (let index = 0; index < count; index++) store.root.numbers.push(index);
    store.commit();
  }
  return disk;
}

describe('little commits', () => {
  it('are what was committed, through any number of them, reopened anywhere', () => {
    const change = fc.record({
      at: fc.array(fc.tuple(fc.nat(count - 1), fc.nat()), { maxLength: 6 }),
      many: fc.boolean(),
      name: fc.option(fc.string({ maxLength: 3000 }), { freq: 4 }),
      next: fc.constantFrom('commit', 'commit', 'commit', 'rollback', 'reopen', 'compact'),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 150, maxLength: 250 }), (changes) => {
        const disk = build();
        const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
        let store = open();
        const model = Array.from({ length: count }, (_, index) => index);
        let name = '';
        for (const { at, many, name: given, next } of changes) {
          const committed = [
            ...at,
            ...(many ? at.map(([a, v]): [number, number] => [(a * 31) % count, v]) : []),
          ];
          for (const [index, value] of committed) store.root.numbers.set(index, value % 2 ** 32);
          if (given !== null) store.root.name = given;
          if (next === 'rollback') {
            store.rollback();
            continue;
          }
          for (const [index, value] of committed) model[index] = value % 2 ** 32;
          name = given ?? name;
          store.commit();
          if (next === 'compact') store.compact();
          if (next === 'reopen') {
            store.close();
            store = open();
          }
        }
        const { problems } = store.verify();
        store.close();
        using again = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
        expect(problems).toEqual([]);
        expect(again.root.name).toBe(name);
        expect([...again.root.numbers]).toEqual(model);
      }),
      { numRuns: 8 },
    );
  });

  it('write what changed, and the pages now and then', () => {
    const disk = build();
    let written = 0;
    const file = wrapFile(openWith(disk, { name: 'a', mode: 'r+' }), (op, args, call) => {
      if (op === 'write') written += (args[1] as Uint8Array).length;
      return call();
    });
    using store = ObjectStore.open(file, schema);
    const sizes: number[] = [];
    for (let round = 0; round < 300; round++) {
      for (let index = 0; index < 10; index++) store.root.numbers.set((index * 1999 + round) % count, round);
      written = 0;
      store.commit();
      sizes.push(written);
    }
    sizes.sort((a, b) => a - b);
    expect(sizes[150]).toBeLessThan(30_000);
    expect(sizes.at(-1)).toBeGreaterThan(40_000);
  });

  it('show a reader beside them whole states', () => {
    const disk = build();
    using writer = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    using reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
    for (let round = 1; round < 300; round++) {
      for (let index = 0; index < 5; index++) writer.root.numbers.set((index * 4001) % count, round);
      writer.commit();
      const seen = reader.read(({ numbers }) =>
        [0, 1, 2, 3, 4].map((index) => numbers.at((index * 4001) % count)),
      );
      expect(seen).toEqual(new Array(5).fill(round));
    }
  });

  it('that are damaged are told, never shown, and lost in a repair that says so', () => {
    const disk = build();
    {
      using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
      store.root.numbers.set(7, 4242);
      store.commit();
    }
    const { bytes } = disk.files.get('a')!;
    const mark = [0x54, 0x4f, 0x42, 0x43];
    const at = bytes.findIndex((_, index) => mark.every((byte, step) => bytes[index + step] === byte));
    expect(at).toBeGreaterThan(0);
    bytes[at + 40]! ^= 1;
    const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    expect(open).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(OBJ|BLK)_DAMAGED$/) }));
    const file = openWith(disk, { name: 'a', mode: 'r+' });
    expect(repairStore(file).losses).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('changes') }),
    );
    using store = ObjectStore.open(file, schema);
    expect(store.verify().problems).toEqual([]);
    expect(store.root.numbers.at(7)).toBe(7);
  });
});
