import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  defineSchema,
  equals,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  set,
  sortedList,
  struct,
  text,
} from '../index.js';

const code = (name: string) => expect.objectContaining({ code: name });
const schema = defineSchema({
  Root: struct({
    people: list(ref('Person')),
    one: optional(ref('Person')),
    ages: map(text(), int32()),
    tags: set(text()),
    self: optional(ref('Root')),
  }),
  Person: struct({ name: text(), size: int32() }),
});
const open = () => ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), schema);

describe('what nobody can mean is refused, and not kept in silence', () => {
  it('collections and dates where fields are wanted, which they seem to have', () => {
    using store = open();
    class Named {
      name = 'Ann';
      get size() {
        return 7;
      }
    }
    for (const value of [new Map([['name', 'x']]), new Set(), new Date(), new Uint8Array(2), 'Ann'])
      expect(() => Object.assign(store.root, { one: value })).toThrow('a Person is wanted');
    store.assign(store.root, { one: new Named() });
    expect(plain(store.root.one!)).toEqual({ name: 'Ann', size: 7 });
    store.rollback();
  });

  it('a second root', () => {
    using store = open();
    expect(() => store.create('Root', {})).toThrow('there is one Root');
    expect(() => store.createNamed('Root')).toThrow('there is one Root');
    expect(() => Object.assign(store.root, { self: {} })).toThrow('there is one Root');
    store.root.self = store.root;
    expect(store.root.self!.isSameAs(store.root)).toBe(true);
    store.rollback();
  });

  it('methods of live objects that are assigned', () => {
    using store = open();
    const ann = store.create('Person', { name: 'Ann' });
    for (const name of ['toString', 'toJSON', 'isSameAs', 'constructor', 'valueOf', '__proto__']) {
      expect(() => Object.assign(ann, JSON.parse(`{"${name}":1}`)), name).toThrow(TypeError);
      expect(() => store.assign(ann, JSON.parse(`{"${name}":1}`)), name).toThrow(TypeError);
    }
    expect(String(ann)).toMatch('<persistent Person');
    store.rollback();
  });

  it('what is no object of a store, or is gone', () => {
    using store = open();
    for (const value of [{}, null, 'x', 5]) {
      expect(() => store.free(value as never)).toThrow('free: an object of the store is wanted');
      expect(() => store.assign(value as never, {})).toThrow('assign: an object of the store is wanted');
    }
    const ann = store.create('Person', { name: 'Ann' });
    store.free(ann);
    expect(() => equals(ann, ann)).toThrow(code('OBJ_FREED'));
    store.rollback();
  });

  it('listeners that are none, and listening to a store that was closed', () => {
    const store = open();
    expect(() => store.watch('people', 5 as never)).toThrow('watch: the listener is no function');
    expect(() => store.on('commit', undefined as never)).toThrow('on: the listener is no function');
    expect(() => store.watch(null as never, () => {})).toThrow('a path is one step or more');
    store.close();
    expect(() => store.on('commit', () => {})).toThrow(code('OBJ_CLOSED'));
    const disk = memoryDriver();
    ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema).close();
    using reader = ObjectStore.open(openWith(disk, { name: 'a' }), schema, { readOnly: true });
    expect(() => reader.on('commit', () => {})).toThrow(code('OBJ_READ_ONLY'));
  });
});

describe('all or nothing', () => {
  it('holds for transactions, since nothing commits or rolls back in the middle of one', () => {
    using store = open();
    for (const op of ['commit', 'rollback', 'compact'] as const) {
      expect(() =>
        store.transaction(() => {
          store.root.ages.set('a', 1);
          store.transaction(() => store.root.ages.set('b', 2));
          store[op]();
        }),
      ).toThrow(`${op}() within a transaction`);
      expect([store.changed, store.root.ages.size]).toEqual([false, 0]);
    }
    // A listener runs when the transaction is over.
    using _on = store.on('commit', () => {
      if (store.root.ages.size === 1) store.transaction(() => store.root.ages.set('b', 2));
    });
    store.transaction(() => store.root.ages.set('a', 1));
    expect([store.changed, store.root.ages.size]).toEqual([false, 2]);
    const closing = open();
    expect(() => closing.transaction(() => closing[Symbol.dispose]())).toThrow(code('OBJ_CLOSED'));
  });

  it('holds for several elements that are added to a list', () => {
    using store = open();
    const { people } = store.root;
    expect(() => people.push({ name: 'Ann' }, { name: 5 as never })).toThrow('list<ref<Person>>[1].name');
    expect(people.length).toBe(0);
    expect(people.push({ name: 'Ann' }, { name: 'Bob' })).toBe(2);
    store.rollback();
  });
});

it('maps are made of Maps and of arrays of pairs, sets of Sets and arrays', () => {
  using store = open();
  const { root } = store;
  Object.assign(root, {
    ages: [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ],
    tags: ['x', 'y', 'x'],
  });
  expect([plain(root.ages), plain(root.tags)]).toEqual([
    [
      ['a', 3],
      ['b', 2],
    ],
    ['x', 'y'],
  ]);
  for (const ages of [[['a']], [['a', 1, 2]], [1], { a: 1 }, 'ab', new Set([['a', 1]])])
    expect(() => Object.assign(root, { ages })).toThrow('a Map or an array of pairs is wanted');
  for (const tags of ['xy', { x: 1 }, new Map()])
    expect(() => Object.assign(root, { tags })).toThrow('a Set or an array is wanted');
  expect(root.ages.size).toBe(2);
  store.rollback();
});

it('a unique list of what is not unique is refused before anything is made of it', () => {
  const unique = defineSchema({
    Root: struct({ byAge: sortedList(ref('P'), { by: 'age', unique: true }) }),
    P: struct({ age: optional(int32()) }),
  });
  using store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), unique);
  const { root } = store;
  const one = store.create('P', { age: 5 });
  const { chunks } = store.stat();
  for (const wrong of [
    [{ age: 5 }, { age: 5 }],
    [one, { age: 5 }],
    [{ age: 6 }, one, { age: 5 }],
  ]) {
    expect(() => Object.assign(root, { byAge: wrong })).toThrow(code('OBJ_DUPLICATE'));
  }
  expect(store.stat().chunks).toBe(chunks);
  Object.assign(root, { byAge: [one, {}, { age: 1 }, one, {}] });
  expect(Array.from(root.byAge, ({ age }) => age)).toEqual([null, null, 1, 5]);
  store.commit();
  expect(store.verify().problems).toEqual([]);
});
