import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { defineSchema, int32, ObjectStore, optional, ref, struct, text } from '../index.js';

const schema = defineSchema({ Root: struct({ count: int32() }) });
const other = defineSchema({ Root: struct({ count: text() }) });
const make = () => {
  const disk = memoryDriver();
  ObjectStore.open(openWith(disk, { name: 'a', mode: 'w' }), schema).close();
  return disk;
};

it('gives the file and its lock back when opening fails, whatever the reason', () => {
  const disk = make();
  const attempts: [() => unknown, string][] = [
    [() => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), other), 'OBJ_SCHEMA_DIFFERS'],
    [
      () => {
        const needs = defineSchema({
          Root: struct({ count: int32(), one: optional(ref('One')) }),
          One: struct({}),
        });
        return ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), needs, { readOnly: true });
      },
      'OBJ_SCHEMA_DIFFERS',
    ],
    [() => ObjectStore.migrate(openWith(disk, { name: 'a', mode: 'r+' }), other), 'a whole number'],
  ];
  for (const [attempt, wanted] of attempts) {
    let thrown: unknown;
    try {
      attempt();
    } catch (error) {
      thrown = error;
    }
    const { code, message } = thrown as { code?: string; message: string };
    expect(code ?? message).toContain(code ? wanted : '');
    // Nobody holds a lock any more.
    ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema).close();
  }
  const file = openWith(disk, { name: 'a', mode: 'r+' });
  file.write(9000, new Uint8Array(4096).fill(0x55));
  file.close();
  for (let time = 0; time < 2; time++) {
    expect(() => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(OBJ|BLK)_DAMAGED$/) }),
    );
  }
});

it('makes one store of an empty file, and never empties one that another has just made', () => {
  const disk = memoryDriver();
  const [first, second] = [1, 2].map(() => openWith(disk, { name: 'a', mode: 'a' }));
  // Both saw an empty file; the first one goes on.
  const store = ObjectStore.open(first!, schema);
  store.root.count = 7;
  store.commit();
  expect(() => ObjectStore.open(second!, schema)).toThrow(expect.objectContaining({ code: 'BLK_BUSY' }));
  store.close();
  using again = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
  expect(again.root.count).toBe(7);
});

it('says that a store which is just being made is busy, and not that it is none', () => {
  const disk = memoryDriver();
  const maker = openWith(disk, { name: 'a', mode: 'a' });
  const lock = maker.lock!('exclusive');
  expect(() => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema)).toThrow(
    expect.objectContaining({ code: 'BLK_BUSY' }),
  );
  maker.write!(64, new Uint8Array(100));
  for (const mode of ['r', 'r+'] as const) {
    expect(() => ObjectStore.open(openWith(disk, { name: 'a', mode }), schema)).toThrow(
      expect.objectContaining({ code: 'BLK_BUSY' }),
    );
  }
  (lock as { release(): void }).release();
  expect(() => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema)).toThrow(
    expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }),
  );
});

it('makes nothing a store that is not empty, save for what is left of one that was being made', () => {
  const begun = memoryDriver();
  ObjectStore.open(openWith(begun, { name: 'a', mode: 'a' }), schema).close();
  const left = begun.files.get('a')!.bytes.slice();
  left.fill(0, 0, 64);
  const numbers = new Uint8Array(new Float64Array(600).fill(1.5, 20).buffer);
  for (const [bytes, isStore] of [
    [left, true],
    [new Uint8Array(100), true],
    [numbers, false],
    [new Uint8Array(100_000), false],
    [Uint8Array.of(0, 0, 0, 1), false],
  ] as const) {
    const disk = memoryDriver({ a: bytes });
    const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
    if (isStore) {
      open().close();
      using again = open();
      expect(again.verify().problems).toEqual([]);
    } else {
      expect(open).toThrow(expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }));
      expect(disk.files.get('a')!.bytes).toEqual(bytes);
    }
  }
});
