import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  buffer,
  bytes,
  defineSchema,
  type Infer,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  set,
  sortedMap,
  struct,
  text,
  union,
  weak,
} from '../index.js';
import { realmKey } from '../store/realm-key.js';
import { addressOf, positionKey, segmentKey } from './live-object.js';

const schema = defineSchema({
  Root: struct({
    one: optional(ref('Thing')),
    list: list(ref('Thing')),
    map: map(text(), ref('Thing')),
    byThing: map(ref('Thing'), int32()),
    set: set(ref('Thing')),
    sorted: sortedMap(int32(), ref('Thing')),
    either: optional(union(text(), ref('Thing'))),
    nested: map(text(), list(optional(ref('Thing')))),
    plain: optional(ref('Plain')),
    seen: weak('Thing'),
  }),
  Thing: struct(
    {
      name: text(),
      data: bytes(),
      next: optional(ref('Thing')),
      parts: list(ref('Thing')),
      grid: optional(buffer()),
    },
    { counted: true },
  ),
  Special: struct({ more: text() }, { extends: 'Thing' }),
  Plain: struct({ thing: optional(ref('Thing')) }),
  Link: struct({}, { edge: { from: 'Thing', to: 'Thing' } }),
});
type Store = ObjectStore<typeof schema.structs>;

const open = (disk = memoryDriver()) => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
const code = (name: string) => expect.objectContaining({ code: name });
/** What there is besides an empty store. */
const chunksOf = (work: (store: Store) => void): number => {
  using store = open();
  const before = store.stat().chunks;
  work(store);
  store.commit();
  expect(store.verify().problems).toEqual([]);
  return store.stat().chunks - before;
};

it('frees an object with the last reference to it, with its texts, lists, buffers and what only it referred to', () => {
  const rich = { name: 'name', data: Uint8Array.of(1), parts: [{ name: 'part' }], grid: Float64Array.of(1) };
  expect(
    chunksOf(({ root }) => {
      root.one = rich as never;
      root.one = null;
    }),
  ).toBe(0);
  using store = open();
  const { root } = store;
  const thing = store.create('Special', { ...rich, more: 'more' } as never);
  root.one = thing;
  root.seen = thing;
  const same = root.one;
  root.one = same;
  root.list.push(thing, thing);
  root.one = null;
  root.list.pop();
  expect(thing.name).toBe('name');
  root.list.delete(0);
  expect(() => thing.name).toThrow(code('OBJ_FREED'));
  expect(root.seen).toBe(null);
});

it('counts the references of every kind of collection, and of unions', () => {
  type Thing = Infer<typeof schema, 'Thing'>;
  const places: ((root: Store['root'], thing: Thing) => () => void)[] = [
    (root, thing) => {
      root.list.push(thing, thing);
      return () => root.list.clear();
    },
    (root, thing) => {
      root.list.push(thing);
      return () => root.list.set(0, { name: 'other' });
    },
    (root, thing) => {
      root.list = [thing] as never;
      root.list.insert(0, thing);
      return () => Object.assign(root, { list: [] });
    },
    (root, thing) => {
      root.map.set('a', thing).set('a', thing).set('b', thing);
      root.map.delete('b');
      return () => root.map.set('a', { name: 'other' });
    },
    (root, thing) => {
      root.map.set('a', thing);
      return () => root.map.clear();
    },
    (root, thing) => {
      root.byThing.set(thing, 1).set(thing, 2);
      return () => root.byThing.delete(thing);
    },
    (root, thing) => {
      root.set.add(thing).add(thing);
      return () => root.set.clear();
    },
    (root, thing) => {
      root.sorted.set(1, thing).set(2, thing);
      root.sorted.delete(1);
      return () => root.sorted.clear();
    },
    (root, thing) => {
      root.sorted.set(1, thing);
      return () => root.sorted.delete(1);
    },
    (root, thing) => {
      root.either = thing;
      return () => Object.assign(root, { either: 'text' });
    },
    (root, thing) => {
      root.either = thing;
      return () => Object.assign(root, { either: { name: 'other' } });
    },
    (root, thing) => {
      root.nested.set('a', [null, thing] as never);
      return () => root.nested.delete('a');
    },
    (root, thing) => {
      root.one = { name: 'holder', parts: [thing], next: thing } as never;
      return () => Object.assign(root, { one: null });
    },
  ];
  for (const [index, place] of places.entries()) {
    using store = open();
    const thing = store.create('Thing', { name: 'thing' });
    const leave = place(store.root, thing);
    store.commit();
    expect(store.verify().problems).toEqual([]);
    expect(thing.name).toBe('thing');
    leave();
    expect(() => thing.name, `place ${index}`).toThrow(code('OBJ_FREED'));
    store.commit();
    expect(store.verify(), `place ${index}`).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
  }
});

it('frees a chain of twenty thousand without a stack', () => {
  using store = open();
  const before = store.stat().chunks;
  let first = store.create('Thing', {});
  for (let index = 0; index < 20_000; index++) first = store.create('Thing', { next: first });
  store.root.one = first;
  store.root.one = null;
  expect(store.stat().chunks).toBe(before);
});

it('leaves circles, and what nothing ever referred to, to the collection, which counts anew', () => {
  using store = open();
  const { root } = store;
  const circle = store.create('Thing', { name: 'circle' });
  circle.next = circle;
  const kept = store.create('Thing', { name: 'kept' });
  circle.parts.push(kept);
  root.one = kept;
  root.plain = { thing: kept } as never;
  root.plain = null;
  store.create('Thing', { name: 'never referred to' });
  expect([circle.name, kept.name]).toEqual(['circle', 'kept']);
  expect(store.collect().chunks).toBeGreaterThan(4);
  expect(() => circle.name).toThrow(code('OBJ_FREED'));
  expect(kept.name).toBe('kept');
  store.commit();
  expect(store.verify().problems).toEqual([]);
  root.one = null;
  expect(() => kept.name).toThrow(code('OBJ_FREED'));
});

it('is undone by a rollback, and takes the free of an object that is referred to', () => {
  using store = open();
  const { root } = store;
  root.one = { name: 'kept', next: { name: 'too' } } as never;
  store.commit();
  root.one = null;
  store.rollback();
  expect(root.one!.next!.name).toBe('too');
  const point = store.savepoint();
  root.list.push(root.one!.next!);
  root.one = null;
  expect([root.list.length, root.list.at(0)!.name]).toEqual([1, 'too']);
  point.rollback();
  expect([root.list.length, root.one!.name]).toEqual([0, 'kept']);
  root.list.push(root.one!);
  store.free(root.one!);
  expect(() => root.one).toThrow(code('OBJ_FREED'));
  root.one = null;
  root.list.clear();
  store.commit();
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('takes an edge for a reference to both ends', () => {
  using store = open();
  const a = store.create('Thing', { name: 'a' });
  const edge = store.connect('Link', a, { name: 'b' });
  store.root.one = a;
  store.root.one = null;
  expect(a.out('Link').count).toBe(1);
  store.free(edge);
  expect(() => a.name).toThrow(code('OBJ_FREED'));
  const loop = store.connect('Link', { name: 'x' }, { name: 'y' });
  store.free(loop.from);
  store.collect();
  store.commit();
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('is counted from when it is declared, after compaction too, and refused where it cannot be', () => {
  const disk = memoryDriver();
  const file = () => openWith(disk, { name: 'a', mode: 'a' });
  const fields = { list: list(ref('A')), same: optional(list(ref('A'))) };
  const before = defineSchema({ Root: struct(fields), A: struct({ name: text() }) });
  {
    using store = ObjectStore.open(file(), before);
    store.root.list.push({ name: 'x' }, { name: 'y' });
    store.root.list.push(store.root.list.at(0)!);
    store.root.same = store.root.list as never;
    store.commit();
  }
  const after = defineSchema({ Root: struct(fields), A: struct({ name: text() }, { counted: true }) });
  {
    using store = ObjectStore.open(file(), after);
    store.compact();
    expect(store.verify().problems).toEqual([]);
    const { root } = store;
    const x = root.list.at(0)!;
    root.list.delete(2);
    expect(plain(root.same)).toEqual([{ name: 'x' }, { name: 'y' }]);
    root.list.delete(0);
    expect(() => x.name).toThrow(code('OBJ_FREED'));
    root.same = null;
    expect(root.list.at(0)!.name).toBe('y');
    store.commit();
    expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
  }
  ObjectStore.open(file(), before).close();
  const refused = (structs: Parameters<typeof defineSchema>[0], message: string) => {
    expect(() => defineSchema({ Root: struct({}), ...structs })).toThrow(message);
  };
  refused({ A: struct({}), B: struct({}, { extends: 'A', counted: true }) }, 'its base "A" has to be');
  refused({ A: struct({}, { counted: true, edge: { from: 'Root', to: 'Root' } }) }, 'cannot be counted');
  const counted = defineSchema({ Root: struct({ self: optional(ref('Root')) }, { counted: true }) });
  using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), counted);
  store.root.self = store.root;
  store.root.self = null;
  store.commit();
  expect(store.root.self).toBe(null);
  expect(store.verify().problems).toEqual([]);
});

it('is found out by verify when a count is wrong, and put right by a collection', () => {
  using store = open();
  const thing = store.create('Thing', { name: 'x' });
  store.root.list.push(thing);
  store[realmKey].counts.set({ segment: thing[segmentKey], at: thing[positionKey] }, 5);
  store.commit();
  expect(store.verify().problems).toMatchObject([
    { message: 'an object counts 5 references and has 1', offset: addressOf(thing) },
  ]);
  store.collect();
  store.commit();
  expect(store.verify().problems).toEqual([]);
});
