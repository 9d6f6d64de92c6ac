import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { defineSchema, int32, list, ObjectStore, type PersistentList, ref, struct, text } from '../index.js';

const disk = memoryDriver();
const file = () => openWith(disk, { name: 'a', mode: 'a' });

it('a store whose schema is only known at run time is used with types of what is not known', () => {
  const schema = defineSchema({
    Root: struct({ people: list(ref('Person')) }),
    Person: struct({ name: text(), age: int32() }, { indexes: { byAge: 'age' } }),
    Knows: struct({ since: int32() }, { edge: { from: 'Person', to: 'Person' } }),
  });
  ObjectStore.open(file(), schema).close();
  using store = ObjectStore.openStored(file());
  const ann = store.create('Person', { name: 'Ann', age: 30 });
  const knows = store.connect('Knows', ann, { name: 'Bob' }, { since: 1999 });
  store.connect('Knows', ann, ann);
  (store.root.people as PersistentList).push(ann);
  expect([ann.name, knows.since, store.index('Person', 'byAge').size]).toEqual(['Ann', 1999, 2]);
  ann.age = 31;
  expect(store.index('Person', 'byAge').get(31)).toBeDefined();
  expect(() => store.create('Person', { nam: 'x' })).toThrow('did you mean "name"');
  store.commit();
});
