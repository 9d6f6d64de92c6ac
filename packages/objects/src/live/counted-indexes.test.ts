import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  bool,
  defaultMap,
  defineSchema,
  equals,
  int32,
  interned,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  sortedList,
  struct,
  text,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    all: list(ref('Thing')),
    byRank: sortedList(ref('Thing'), { by: 'rank' }),
    groups: defaultMap(text(), list(ref('Thing'))),
    nested: map(text(), sortedList(ref('Thing'), { by: 'rank', descending: true })),
    more: bool(),
  }),
  Thing: struct(
    { name: interned(), rank: int32(), next: optional(ref('Thing')) },
    { counted: true, indexes: { byName: 'name' } },
  ),
  Link: struct(
    { label: interned() },
    { edge: { from: 'Thing', to: 'Thing' }, indexes: { byLabel: 'label' } },
  ),
});
const open = () => ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);

it('lets go of what is counted from sorted lists and default maps, and takes it out of the indexes', () => {
  using store = open();
  const { root } = store;
  const named = (name: string) => store.index('Thing', 'byName').count({ from: name, to: name });
  const thing = store.create('Thing', { name: 'a', rank: 1 });
  root.byRank.add(thing);
  root.groups.get('x').push(thing);
  root.nested.set('y', [thing] as never);
  expect([named('a'), root.byRank.length]).toEqual([1, 1]);
  thing.rank = 5;
  root.byRank.delete(thing);
  root.groups.delete('x');
  store.commit();
  expect(store.verify().problems).toEqual([]);
  expect([named('a'), thing.rank]).toEqual([1, 5]);
  root.nested.clear();
  expect(() => thing.rank).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  expect(named('a')).toBe(0);
  store.commit();
  store.collect();
  expect(store.collect().chunks).toBe(0);
  store.commit();
  expect(store.verify().problems).toEqual([]);
});

it('takes edges out of their indexes when they go with a node', () => {
  using store = open();
  const labelled = (label: string) => store.index('Link', 'byLabel').count({ from: label, to: label });
  const a = store.create('Thing', { name: 'a' });
  store.root.all.push(a);
  const loop = store.connect('Link', a, a, { label: 'loop' });
  store.connect('Link', a, { name: 'b' }, { label: 'other' });
  expect([labelled('loop'), labelled('other'), equals(loop.from, a)]).toEqual([1, 1, true]);
  loop.label = 'renamed';
  expect([labelled('loop'), labelled('renamed')]).toEqual([0, 1]);
  store.free(a);
  expect([labelled('renamed'), labelled('other'), store.index('Thing', 'byName').has('b')]).toEqual([
    0,
    0,
    false,
  ]);
  store.root.all.clear();
  store.commit();
  expect(store.verify().problems).toEqual([]);
  store.compact();
  expect(store.verify().problems).toEqual([]);
});
