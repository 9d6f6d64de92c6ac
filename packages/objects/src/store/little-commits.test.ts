import { deriveFile, type Manifest, memoryDriver, openWith } from '@terrane/driver';
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
    const { disk, bytes, records } = withRecords(5);
    // In the second one of those that are in the log.
    bytes[records[1]! + 30]! ^= 1;
    const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    const damaged = expect.objectContaining({ code: 'OBJ_DAMAGED', structure: 'log' });
    expect(open).toThrow(damaged);
    expect(() =>
      ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true }),
    ).toThrow(damaged);
    const file = openWith(disk, { name: 'a', mode: 'r+' });
    expect(repairStore(file).losses).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('log') }),
    );
    const store = ObjectStore.open(file, schema);
    expect(store.verify().problems).toEqual([]);
    // All that came before it is there.
    expect(store.root.numbers.at(7)).toBe(2);
    for (let step = 10; step < 15; step++) {
      store.root.numbers.set(7, step);
      store.commit();
    }
    store.close();
    using again = open();
    expect(again.root.numbers.at(7)).toBe(14);
    expect(again.verify().problems).toEqual([]);
  });

  it('are found to be damaged while the store is open, too', () => {
    const { disk, bytes, records } = withRecords(5);
    using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    expect(store.verify().problems).toEqual([]);
    bytes[records.at(-2)! + 30]! ^= 1;
    expect(store.verify().problems).toContainEqual(expect.objectContaining({ structure: 'log' }));
  });

  it('whose writer died in the middle of one show the one before, and go on from there', () => {
    const { disk, bytes, records } = withRecords(5);
    // Neither the last record is whole, nor is there one that closes the log.
    bytes.fill(0, records.at(-1)!, records.at(-1)! + 32);
    bytes[records.at(-2)! + 30]! ^= 1;
    const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    {
      using store = open();
      expect(store.root.numbers.at(7)).toBe(5);
      store.root.numbers.set(8, 99);
      store.commit();
    }
    using again = open();
    expect([7, 8].map((index) => again.root.numbers.at(index))).toEqual([5, 99]);
    expect(again.verify().problems).toEqual([]);
  });

  it.each([
    ['made', ''],
    ['turned', 'x'.repeat(70_000)],
  ])('are not forgotten when the record of the commit that %s their log is', (_, name) => {
    const { disk, bytes } = withRecords(5);
    if (name) {
      const store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
      // More than the log has room for.
      store.root.name = name;
      store.commit();
      store.root.numbers.set(7, 8);
      store.commit();
      store.close();
    }
    // The newer one of the two commit records.
    const slots = [64 + 32, 64 + 4096];
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const [first, second] = slots.map((at) => view.getBigUint64(at + 8, true));
    bytes[slots[first! > second! ? 0 : 1]! + 20]! ^= 1;
    expect(() => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema)).toThrow(
      expect.objectContaining({ code: 'OBJ_DAMAGED', message: expect.stringContaining('commit of pages') }),
    );
    const file = openWith(disk, { name: 'a', mode: 'r+' });
    expect(repairStore(file).losses).toHaveLength(1);
    using store = ObjectStore.open(file, schema);
    expect(store.verify().problems).toEqual([]);
    expect(store.root.numbers.at(7)).toBe(name ? 6 : 0);
  });

  it('of two writers that no lock keeps apart are not mixed', () => {
    const { disk } = withRecords(5);
    const lockless = () => {
      const file = openWith(disk, { name: 'a', mode: 'r+' });
      const { lock: _, ...capabilities } = file.manifest.capabilities;
      const manifest: Manifest = { ...file.manifest, capabilities };
      return deriveFile(file, { manifest });
    };
    const [one, two] = [lockless(), lockless()].map((file) => ObjectStore.open(file, schema)) as [
      ObjectStore<typeof schema.structs>,
      ObjectStore<typeof schema.structs>,
    ];
    one.root.numbers.set(1, 111);
    one.commit();
    two.root.numbers.set(2, 222);
    expect(() => two.commit()).toThrow(expect.objectContaining({ code: 'OBJ_CONFLICT' }));
    one.root.numbers.set(3, 333);
    one.commit();
    two.rollback();
    two.close();
    one.close();
    using again = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
    expect([1, 2, 3].map((index) => again.root.numbers.at(index))).toEqual([111, 2, 333]);
  });

  it('that failed do not stay with a reader who saw them on their way', () => {
    const { disk } = withRecords(5);
    const reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
    let fails = false;
    const file = wrapFile(openWith(disk, { name: 'a', mode: 'r+' }), (op, _args, call) => {
      if (op === 'flush' && fails) {
        fails = false;
        reader.refresh();
        throw new Error('cannot flush');
      }
      return call();
    });
    using store = ObjectStore.open(file, schema);
    const seen = () => [1, 2, 3].map((index) => reader.root.numbers.at(index));
    fails = true;
    store.root.numbers.set(1, 111);
    expect(() => store.commit()).toThrow();
    store.rollback();
    for (const [index, value] of [
      [2, 222],
      [3, 333],
    ] as const) {
      store.root.numbers.set(index, value);
      store.commit();
      reader.refresh();
      expect(seen()).toEqual([1, 222, index === 3 ? 333 : 3]);
    }
    reader.close();
  });

  it('are one write and one flush', () => {
    const { disk } = withRecords(5);
    const calls: string[] = [];
    const file = wrapFile(openWith(disk, { name: 'a', mode: 'r+' }), (op, _args, call) => {
      calls.push(op);
      return call();
    });
    using store = ObjectStore.open(file, schema);
    store.root.numbers.set(7, 1);
    calls.length = 0;
    store.commit();
    expect(calls).toEqual(['write', 'flush']);
  });

  it('are shown by a reader, for whom the end of the writer changes nothing', () => {
    const { disk } = withRecords(5);
    const writer = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    using reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
    writer.root.numbers.set(7, 77);
    writer.commit();
    expect(reader.refresh()).toBe(true);
    const { numbers } = reader.root;
    expect(reader.refresh()).toBe(false);
    writer.close();
    expect(reader.refresh()).toBe(false);
    expect(numbers.at(7)).toBe(77);
  });
});

/** A store whose number 7 was set to 2, 3, 4 … in commits of their own, and where the log has its records. */
function withRecords(commits: number) {
  const disk = build();
  {
    using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
    for (let step = 0; step < commits + 2; step++) {
      store.root.numbers.set(7, step);
      store.commit();
    }
    store.close();
  }
  const { bytes } = disk.files.get('a')!;
  const mark = [0x54, 0x4f, 0x42, 0x43];
  const records: number[] = [];
  for (let at = 0; at < bytes.length; at += 8) {
    if (mark.every((byte, step) => bytes[at + step] === byte)) records.push(at);
  }
  // With the one that closes it.
  expect(records).toHaveLength(commits + 1);
  return { disk, bytes, records };
}
