import { memoryDriver, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import { expect, it } from 'vitest';
import {
  defineSchema,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  sortedList,
  sortedMap,
  struct,
  text,
} from '../index.js';
import { repairStore } from '../tools/index.js';

const Node = struct(
  { name: text(), age: int32(), next: optional(ref('Node')) },
  { indexes: { byName: { on: 'name', unique: true }, byAge: 'age' } },
);
const schema = defineSchema({
  Root: struct({
    all: list(ref('Node')),
    byAge: sortedList(ref('Node'), { by: 'age' }),
    byName: sortedList(ref('Node'), { by: 'name', unique: true }),
    names: sortedMap(text(), ref('Node')),
  }),
  Node,
});

it('what is left of a damaged store is in order, and in its indexes', () => {
  const disk = memoryDriver();
  {
    using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'w' }), schema);
    const { root } = store;
    for (let age = 0; age < 300; age++) {
      const node = store.create('Node', { name: `a name that has ${age} in it`, age: 300 - age });
      node.next = root.all.at(-1) ?? null;
      root.all.push(node);
      root.byAge.add(node);
      root.byName.add(node);
      root.names.set(node.name, node);
    }
    store.commit();
    store.compact();
  }
  const whole = disk.files.get('a')!.bytes;
  let repaired = 0;
  for (let at = 8192 + 300; at < whole.length; at += 4112) {
    const bytes = whole.slice();
    bytes.fill(0x55, at, at + 40);
    const files = memoryDriver({ a: bytes });
    const file = openWith(files, { name: 'a', mode: 'r+' });
    try {
      repairStore(file);
    } catch (error) {
      // The directory, the schema, or the root's page.
      if (!isTerraneError(error)) throw error;
      continue;
    }
    using store = ObjectStore.open(file, schema);
    expect(store.verify().problems).toEqual([]);
    const { root } = store;
    const ages = Array.from(root.byAge, ({ age }) => age);
    expect(ages).toEqual([...ages].sort((a, b) => a - b));
    for (const node of [...root.byAge]) node.age = -node.age;
    expect(Array.from(root.byAge, ({ age }) => age)).toEqual(ages.map((age) => -age).reverse());
    store.commit();
    expect(store.verify().problems).toEqual([]);
    repaired++;
  }
  expect(repaired).toBeGreaterThan(10);
});

it('a map and a list become sorted ones in a migration', () => {
  const disk = memoryDriver();
  const file = () => openWith(disk, { name: 'a', mode: 'a' });
  {
    const plainly = defineSchema({
      Root: struct({ a: map(text(), ref('Node')), b: list(ref('Node')) }),
      Node,
    });
    using store = ObjectStore.open(file(), plainly);
    for (const name of ['c', 'a', 'b']) store.root.a.set(name, { name, age: name.charCodeAt(0) });
    for (const node of store.root.a.values()) store.root.b.push(node);
    store.commit();
  }
  const sorted = defineSchema({
    Root: struct({
      a: sortedMap(text(), ref('Node')),
      b: sortedList(ref('Node'), { by: 'age', descending: true }),
    }),
    Node,
  });
  ObjectStore.migrate(file(), sorted);
  using store = ObjectStore.open(file(), sorted);
  expect([...store.root.a.keys()]).toEqual(['a', 'b', 'c']);
  expect(Array.from(store.root.b, ({ name }) => name)).toEqual(['c', 'b', 'a']);
  expect(store.verify().problems).toEqual([]);
});
