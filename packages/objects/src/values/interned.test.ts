import { memoryDriver, openWith } from '@terrane/driver';
import { expect, expectTypeOf, it } from 'vitest';
import {
  defineSchema,
  type Infer,
  int32,
  interned,
  list,
  map,
  ObjectStore,
  optional,
  set,
  sortedList,
  sortedMap,
  struct,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    name: interned(),
    words: list(interned()),
    maybe: optional(interned()),
    counts: map(interned(), interned()),
    tags: set(interned()),
  }),
});
const disk = memoryDriver();
const open = (name: string) => ObjectStore.open(openWith(disk, { name, mode: 'a' }), schema);

it('stores equal texts once, and takes them away when nothing has them any more', () => {
  expectTypeOf<Infer<typeof schema>['name']>().toEqualTypeOf<string>();
  using store = open('once');
  const { root } = store;
  expect([root.name, root.maybe]).toEqual(['', null]);
  const long = 'grüß '.repeat(50);
  root.words.push('', '', '');
  const empty = store.stat();
  root.name = long;
  // The registry, its table and the text.
  expect(store.stat().chunks).toBe(empty.chunks + 3);
  root.words.set(0, long);
  root.maybe = long;
  root.words.set(1, 'other');
  expect(store.stat().chunks).toBe(empty.chunks + 4);
  expect([root.name, root.words.at(0), root.words.at(1), root.maybe]).toEqual([long, long, 'other', long]);
  root.maybe = '';
  expect(root.maybe).toBe('');
  expect(store.collect().chunks).toBe(0);
  root.maybe = null;
  root.words.set(1, long);
  // The empty one that stood beside null, and the other.
  expect(store.collect().chunks).toBe(2);
  root.name = '';
  root.words.clear();
  expect(store.collect().chunks).toBe(1);
  root.words.push('other', long);
  expect([...root.words]).toEqual(['other', long]);
  store.commit();
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('serves as key, and is the same after rollback, compaction and reopening', () => {
  {
    using store = open('keys');
    const { root } = store;
    for (let index = 0; index < 300; index++) root.counts.set(`key ${index}`, `value ${index % 7}`);
    for (let index = 0; index < 300; index += 2) root.counts.delete(`key ${index}`);
    root.tags.add('key 1').add('value 1').add('');
    store.commit();
    root.name = 'rolled back';
    store.rollback();
    root.name = 'kept';
    expect(store.collect().chunks).toBe(150);
    store.commit();
    const { chunks } = store.stat();
    store.compact();
    expect(store.stat().chunks).toBe(chunks);
  }
  using store = open('keys');
  const { root } = store;
  expect([root.counts.size, root.counts.get('key 7'), root.counts.get('key 8')]).toEqual([
    150,
    'value 0',
    undefined,
  ]);
  expect([[...root.tags], root.tags.has(''), root.tags.has('kept')]).toEqual([
    ['key 1', 'value 1', ''],
    true,
    false,
  ]);
  expect(store.verify().problems).toEqual([]);
  const { chunks } = store.stat();
  root.words.push('key 1', 'value 0', 'kept');
  // Only the elements of the list are new.
  expect(store.stat().chunks).toBe(chunks + 1);
});

it('is undone by a rollback, registry and all', () => {
  using store = open('torn');
  store.root.name = 'x';
  expect(() => Object.assign(store.root, { name: 7 })).toThrow(TypeError);
  store.rollback();
  expect(store.root.name).toBe('');
  store.root.name = 'x';
  expect(store.collect().chunks).toBe(0);
});

it('has an order: that of its text', () => {
  const sorted = defineSchema({
    Root: struct({ map: sortedMap(interned(), int32()), list: sortedList(interned()) }),
  });
  using store = ObjectStore.open(openWith(disk, { name: 'sorted', mode: 'a' }), sorted);
  const { root } = store;
  for (const [index, word] of ['pear', 'fig', 'a longer one', 'fig', ''].entries()) {
    root.map.set(word, index);
    root.list.add(word);
  }
  expect([...root.map]).toEqual([
    ['', 4],
    ['a longer one', 2],
    ['fig', 3],
    ['pear', 0],
  ]);
  expect([...root.list.range({ from: 'b' })]).toEqual(['fig', 'fig', 'pear']);
  expect(store.collect().chunks).toBe(0);
  store.commit();
  store.compact();
  expect([...store.root.list]).toEqual(['', 'a longer one', 'fig', 'fig', 'pear']);
  expect(store.verify().problems).toEqual([]);
});
