import { deriveFile, type Manifest, memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import { expect, it } from 'vitest';
import { defineSchema, list, ObjectStore, struct, uint32 } from '../index.js';

const schema = defineSchema({ Root: struct({ step: uint32(), numbers: list(uint32()) }) });
type Disk = ReturnType<typeof memoryDriver>;

const open = (disk: Disk) => ObjectStore.open(openWith(disk, { name: 'a', mode: 'r+' }), schema);
const read = (disk: Disk) =>
  ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
function openWithoutLock(disk: Disk): ReturnType<typeof open> {
  const file = openWith(disk, { name: 'a', mode: 'r+' });
  const { lock: _, ...capabilities } = file.manifest.capabilities;
  const manifest: Manifest = { ...file.manifest, capabilities };
  return ObjectStore.open(deriveFile(file, { manifest }), schema);
}
const damaged = expect.objectContaining({ code: 'OBJ_DAMAGED', structure: 'log' });

/** A store with numbers that fill some pages, and a log: its steps are in commits of their own. */
function build(steps: number): Disk {
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'w' }), schema);
  for (let index = 0; index < 5000; index++) store.root.numbers.push(index);
  store.commit();
  walk(store, 1, steps);
  return disk;
}

/** Each step sets itself, and one number on another page. */
function walk(store: ObjectStore<typeof schema.structs>, from: number, to: number): void {
  for (let step = from; step <= to; step++) {
    store.root.step = step;
    store.root.numbers.set(2000 + step, 0);
    store.commit();
  }
}

const stepsOf = (store: ObjectStore<typeof schema.structs>) => [
  store.root.step,
  [...store.root.numbers].filter((number, index) => index > 2000 && number === 0).length,
];

function recordsIn(disk: Disk): number[] {
  const { bytes } = disk.files.get('a')!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: number[] = [];
  for (let at = 0; at + 32 <= bytes.length; at += 8)
    if (view.getUint32(at, true) === 0x43424f54) records.push(at);
  return records;
}

it.each([0, 1, 2, 3, 4])('tells that record %i of those behind an end of the store is damaged', (which) => {
  const disk = build(6);
  const before = recordsIn(disk).length;
  const store = open(disk);
  walk(store, 7, 11);
  const records = recordsIn(disk);
  // The one that closed the log is gone.
  expect(records).toHaveLength(before + 4);
  const { bytes } = disk.files.get('a')!;
  const copy = memoryDriver({ a: bytes.slice() });
  copy.files.get('a')!.bytes[records.at(-5 + which)! + 28]! ^= 4;
  // As long as the store is not closed, the last one may as well have been under way.
  if (which < 4) expect(() => read(copy)).toThrow(damaged);
  else expect(stepsOf(read(copy))).toEqual([10, 10]);
  store.close();
  bytes[records.at(-5 + which)! + 28]! ^= 4;
  expect(() => read(disk)).toThrow(damaged);
  expect(() => open(disk)).toThrow(damaged);
});

it('does not hide damage that verify found under the commits that follow', () => {
  const disk = build(6);
  const store = open(disk);
  walk(store, 7, 9);
  disk.files.get('a')!.bytes[recordsIn(disk).at(-2)! + 28]! ^= 4;
  expect(store.verify().problems).toContainEqual(expect.objectContaining({ structure: 'log' }));
  expect(stepsOf(store)).toEqual([9, 9]);
  walk(store, 10, 11);
  store.close();
  expect(() => read(disk)).toThrow(damaged);
});

it('goes on showing one state when a reader verifies beside a writer', () => {
  for (const size of [1, 400, 30_000]) {
    const disk = build(6);
    using store = open(disk);
    using reader = read(disk);
    expect(reader.root.step).toBe(6);
    store.root.step = 7;
    for (let index = 0; index < size; index++) store.root.numbers.set((2001 + index) % 5000, 0);
    for (let index = 0; index < size; index++) store.root.numbers.push(0);
    store.commit();
    expect(reader.verify().problems).toEqual([]);
    expect(stepsOf(reader)).toEqual([6, 6]);
    reader.refresh();
    expect(reader.verify().problems).toEqual([]);
    expect(reader.root.step).toBe(7);
  }
});

it('tells a reader that verifies too late, and `read` goes on', () => {
  const disk = build(6);
  using store = open(disk);
  using reader = read(disk);
  for (let step = 7; step < 12; step++) {
    store.root.step = step;
    for (let index = 0; index < 30_000; index++) store.root.numbers.push(step);
    store.commit();
  }
  expect(() => reader.verify()).toThrow(expect.objectContaining({ code: 'BLK_OVERTAKEN' }));
  expect(reader.read(() => reader.verify()).problems).toEqual([]);
  expect(reader.root.step).toBe(11);
});

it('does not take the commit of another writer for its own when it verifies', () => {
  const disk = build(6);
  const one = openWithoutLock(disk);
  const two = openWithoutLock(disk);
  one.root.step = 100;
  for (let index = 0; index < 30_000; index++) one.root.numbers.push(1);
  one.commit();
  two.verify();
  two.root.step = 200;
  expect(() => two.commit()).toThrow(expect.objectContaining({ code: 'OBJ_CONFLICT' }));
  two[Symbol.dispose]();
  one.close();
  using again = read(disk);
  expect(again.root.step).toBe(100);
  expect(again.verify().problems).toEqual([]);
});

it('is written on without a lock behind a record that was under way when the power was lost', () => {
  const disk = build(6);
  const { bytes } = disk.files.get('a')!;
  const [last, closing] = recordsIn(disk).slice(-2) as [number, number];
  bytes.fill(0, closing, closing + 32);
  bytes[closing - 12]! ^= 1;
  {
    using store = openWithoutLock(disk);
    expect(stepsOf(store)).toEqual([5, 5]);
    walk(store, 6, 8);
  }
  expect(recordsIn(disk)).toContain(last);
  using again = read(disk);
  expect(stepsOf(again)).toEqual([8, 8]);
});

it('is closed, and its lock is given back, also when the record that closes its log cannot be written', () => {
  const disk = build(6);
  const file = openWith(disk, { name: 'a', mode: 'r+' });
  let fails = false;
  const failing = wrapFile(file, (op, _, call) => {
    if (fails && op === 'write') throw new Error('no more writing');
    return call();
  });
  const store = ObjectStore.open(failing, schema);
  const { root } = store;
  fails = true;
  root.step = 8;
  expect(() => store.commit()).toThrow('no more writing');
  store.rollback();
  expect(() => store.close()).toThrow('no more writing');
  expect(() => root.step).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
  store.close();
  using again = open(disk);
  expect(stepsOf(again)).toEqual([6, 6]);
});

it('looks for records behind damage in bounded time', () => {
  const disk = build(6);
  const { bytes } = disk.files.get('a')!;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const first = recordsIn(disk)[0]!;
  const number = view.getBigUint64(first + 8, true);
  // All that begins as a record does, each of them as long as can be.
  const room = 1 << 16;
  for (let at = 0; at + 32 <= room; at += 24) {
    const head = new DataView(bytes.buffer, bytes.byteOffset + first + at, 24);
    head.setUint32(0, 0x43424f54, true);
    head.setUint32(4, room - at, true);
    head.setBigUint64(8, number, true);
    head.setUint32(16, at, true);
  }
  expect(() => read(disk)).toThrow(damaged);
});
