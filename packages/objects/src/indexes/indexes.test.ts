import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  date,
  defineSchema,
  enumeration,
  float32,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  struct,
  text,
} from '../index.js';

const people = {
  name: text(),
  age: int32(),
  mail: optional(text()),
  city: text(),
  since: date(),
  color: enumeration('red', 'green'),
  weight: float32(),
};
const schema = defineSchema({
  Root: struct({
    people: list(ref('Person')),
    byName: map(text(), ref('Person')),
    first: optional(ref('Person')),
  }),
  Person: struct(people, {
    indexes: {
      byAge: 'age',
      byMail: { on: 'mail', unique: true },
      byCityAge: ['city', 'age'],
      bySince: ['since'],
      byColor: { on: ['color', 'weight'] },
    },
  }),
  Employee: struct({ level: int32() }, { extends: 'Person', indexes: { byLevel: 'level' } }),
  Plain: struct({ age: int32() }),
});
const disk = () => memoryDriver();
const open = (at = disk()) => ObjectStore.open(openWith(at, { name: 'a', mode: 'a' }), schema);
const duplicate = expect.objectContaining({ code: 'OBJ_DUPLICATE' });
type Store = ReturnType<typeof open>;
const names = (found: Iterable<{ name: string }>) => Array.from(found, ({ name }) => name);
const sound = (store: Store) => {
  store.commit();
  expect(store.verify().problems).toEqual([]);
};

describe('an index', () => {
  it('has all objects in the order of a field, as they come, change and go', () => {
    using store = open();
    const ann = store.create('Person', { name: 'Ann', age: 40 });
    store.create('Person', { name: 'Bob', age: 30 });
    store.create('Employee', { name: 'Eve', age: 35, level: 2 });
    const byAge = store.index('Person', 'byAge');
    expect(names(byAge)).toEqual(['Bob', 'Eve', 'Ann']);
    expect([byAge.size, byAge.get(35)?.name, byAge.get(36), byAge.has(30)]).toEqual([
      3,
      'Eve',
      undefined,
      true,
    ]);
    expect([byAge.first()?.name, byAge.last()?.name, byAge.at(1)?.name]).toEqual(['Bob', 'Ann', 'Eve']);
    expect([byAge.name, byAge.struct, byAge.fields, byAge.unique]).toEqual([
      'byAge',
      'Person',
      ['age'],
      false,
    ]);
    expect(names(byAge.range({ from: 31, reverse: true }))).toEqual(['Ann', 'Eve']);
    expect(byAge.count({ before: 40 })).toBe(2);
    ann.age = 20;
    expect(names(byAge)).toEqual(['Ann', 'Bob', 'Eve']);
    expect(names(store.index('Employee', 'byLevel'))).toEqual(['Eve']);
    store.free(ann);
    expect(names(byAge)).toEqual(['Bob', 'Eve']);
    expect(() => store.index('Person', 'byNam' as never)).toThrow(/no index "byNam"; there are Person.byAge/);
    expect(() => byAge.get('a' as never)).toThrow(TypeError);
    sound(store);
  });

  it('of several fields finds by all of them, or by the first', () => {
    using store = open();
    for (const [name, city, age] of [
      ['a', 'Rome', 3],
      ['b', 'Oslo', 9],
      ['c', 'Rome', 1],
      ['d', 'Rom', 5],
    ] as const) {
      store.create('Person', { name, city, age, color: 'green', weight: 0.1 });
    }
    const index = store.index('Person', 'byCityAge');
    expect(names(index)).toEqual(['b', 'd', 'c', 'a']);
    expect(names(index.range({ from: ['Rome'], to: ['Rome'] }))).toEqual(['c', 'a']);
    expect(names(index.range({ after: ['Rome', 1] }))).toEqual(['a']);
    expect([...index.entries({ before: ['Rom'] })].map(([key]) => key)).toEqual([['Oslo', 9]]);
    expect([index.get(['Rome', 3])?.name, index.count({ to: ['Rom'] })]).toEqual(['a', 2]);
    expect(() => index.get([])).toThrow(TypeError);
    expect(() => index.get('Rome' as never)).toThrow(TypeError);
    expect(store.index('Person', 'byColor').has(['green', 0.1])).toBe(true);
    sound(store);
  });

  it('that is unique refuses a key that is taken, before anything has changed', () => {
    using store = open();
    const { root } = store;
    const ann = store.create('Person', { name: 'Ann', mail: 'a@x' });
    const bob = store.create('Person', { name: 'Bob' });
    root.first = ann;
    root.people.push(ann, bob, { name: 'No mail' });
    root.byName.set('x', bob);
    sound(store);
    const before = JSON.stringify(plain(root));
    const figures = store.stat();
    const wrong: (() => unknown)[] = [
      () => {
        bob.mail = 'a@x';
      },
      () => store.create('Employee', { name: 'E', mail: 'a@x' }),
      () => root.people.push({ name: 'P', mail: 'a@x' }),
      () => root.byName.set('y', { name: 'P', mail: 'a@x' }),
      () => {
        root.people = [
          { name: 'P', mail: 'new' },
          { name: 'Q', mail: 'new' },
        ] as never;
      },
      () => {
        root.first = { name: 'P', mail: 'a@x' } as never;
      },
      () => store.assign(bob, { name: 'Changed', mail: 'a@x' }),
    ];
    for (const work of wrong) expect(work).toThrow(duplicate);
    expect(JSON.stringify(plain(root))).toBe(before);
    expect({ ...store.stat(), bytes: 0 }).toEqual({ ...figures, bytes: 0 });
    expect(store.stat()).toEqual(figures);
    ann.mail = 'a@x';
    ann.mail = null;
    bob.mail = 'a@x';
    expect(store.index('Person', 'byMail').get('a@x')?.name).toBe('Bob');
    expect(names(store.index('Person', 'byMail').range({ to: null })).length).toBe(2);
    sound(store);
  });

  it('goes back with the objects: savepoints, rollback, an error in a transaction', () => {
    const at = disk();
    using store = open(at);
    const ann = store.create('Person', { name: 'Ann', age: 1, mail: 'a' });
    store.root.first = ann;
    store.commit();
    const byAge = store.index('Person', 'byAge');
    const point = store.savepoint();
    for (let age = 0; age < 300; age++) store.create('Person', { age });
    ann.age = 1000;
    expect([byAge.size, byAge.last()?.name]).toEqual([301, 'Ann']);
    point.rollback();
    expect(names(byAge)).toEqual(['Ann']);
    expect(() =>
      store.transaction(() => {
        ann.mail = 'b';
        store.create('Person', { mail: 'b' });
      }),
    ).toThrow(duplicate);
    expect(store.index('Person', 'byMail').get('a')?.name).toBe('Ann');
    ann.age = 7;
    store.rollback();
    expect(byAge.get(1)?.name).toBe('Ann');
    sound(store);
  });

  it('forgets what is collected, and keeps nothing alive', () => {
    using store = open();
    for (let age = 0; age < 500; age++) {
      const made = store.create('Person', {
        name: `a long name ${age}`,
        age,
        mail: `a long address ${age}`,
        city: `city ${age}`,
      });
      if (age % 3 === 0) store.root.people.push(made);
    }
    store.collect();
    expect(store.index('Person', 'byAge').size).toBe(167);
    expect(store.index('Person', 'byMail').get('a long address 3')?.age).toBe(3);
    expect(store.index('Person', 'byMail').get('a long address 4')).toBeUndefined();
    expect(store.collect().chunks).toBe(0);
    sound(store);
    store.root.people.clear();
    store.collect();
    expect(store.index('Person', 'byAge').size).toBe(0);
    sound(store);
  });

  it('is there after reopening, compacting, in snapshots and for readers', () => {
    const at = disk();
    {
      using store = open(at);
      for (let age = 0; age < 300; age++) store.root.people.push({ age, mail: `mail ${age}` });
      store.commit();
      using snapshot = store.snapshot();
      store.root.people.at(0)!.age = 1000;
      expect([
        snapshot.index('Person', 'byAge').last()?.age,
        store.index('Person', 'byAge').last()?.age,
      ]).toEqual([299, 1000]);
      store.commit();
      store.compact();
      expect(store.index('Person', 'byMail').get('mail 7')?.age).toBe(7);
      sound(store);
    }
    using reader = ObjectStore.open(openWith(at, { name: 'a' }), schema, { readOnly: true });
    expect(reader.index('Person', 'byAge').count({ from: 100 })).toBe(201);
    expect(reader.index('Person', 'byAge').last()?.mail).toBe('mail 0');
  });

  it('says so when it changes while it is iterated', () => {
    using store = open();
    for (let age = 0; age < 100; age++) store.create('Person', { age });
    const byAge = store.index('Person', 'byAge');
    const moving = () => {
      for (const person of byAge) person.age += 1000;
    };
    expect(moving).toThrow(expect.objectContaining({ code: 'OBJ_CHANGED' }));
    for (const person of [...byAge]) person.age += 1000;
    expect(byAge.first()?.age).toBe(1001);
    // What has nothing to do with it may change, and be freed.
    const other = store.create('Plain', { age: 5 });
    let count = 0;
    for (const person of byAge) {
      if (count++ === 3) store.free(other);
      person.name = 'other';
    }
    expect(count).toBe(100);
  });
});

describe('the indexes of a schema', () => {
  const file = disk();
  const openAs = <const S extends Parameters<typeof defineSchema>[0]>(structs: S) =>
    ObjectStore.open(openWith(file, { name: 'a', mode: 'a' }), defineSchema(structs));
  const Root = struct({ all: list(ref('A')) });

  it('are made for a store that has none, stay when a program does not know them, and go with a migration', () => {
    {
      using store = openAs({ Root, A: struct({ x: int32(), y: text() }) });
      for (let x = 0; x < 50; x++) store.root.all.push({ x: 50 - x, y: `y${x % 7}` });
      store.commit();
    }
    {
      using store = openAs({
        Root,
        A: struct({ x: int32(), y: text() }, { indexes: { byX: { on: 'x', unique: true } } }),
      });
      expect(store.index('A', 'byX').first()?.x).toBe(1);
      expect(store.differences).toEqual([]);
    }
    {
      using store = openAs({ Root, A: struct({ x: int32(), y: text() }) });
      expect(store.differences).toMatchObject([{ path: 'A.byX', change: 'index unknown', effect: 'usable' }]);
      expect(() => store.root.all.push({ x: 1 })).toThrow(duplicate);
      store.root.all.push({ x: -1 });
      store.commit();
    }
    const other = struct({ x: int32(), y: text() }, { indexes: { byX: 'y' } });
    expect(() => openAs({ Root, A: other })).toThrow(
      expect.objectContaining({
        code: 'OBJ_SCHEMA_DIFFERS',
        message: expect.stringContaining(
          'A.byX: index (breaking): the file has a unique index on x, declared is an index on y',
        ),
      }),
    );
    const unique = struct({ x: int32(), y: text() }, { indexes: { byY: { on: 'y', unique: true } } });
    expect(() => openAs({ Root, A: unique })).toThrow(duplicate);
    ObjectStore.migrate(openWith(file, { name: 'a', mode: 'r+' }), defineSchema({ Root, A: other }));
    using store = openAs({ Root, A: other });
    expect([store.index('A', 'byX').count({ from: 'y0', to: 'y0' }), store.differences]).toEqual([8, []]);
    expect(store.verify().problems).toEqual([]);
  });

  it('have to be on fields that there are, and that have an order', () => {
    const define = (indexes: Record<string, never>) => () =>
      defineSchema({
        Root,
        A: struct({ x: int32(), all: list(text()), a: optional(ref('A')) }, { indexes }),
      });
    for (const wrong of ['z', 'all', 'a', [], ['x', 'x'], { on: 'x', unique: 1 }]) {
      expect(define({ by: wrong as never })).toThrow(expect.objectContaining({ code: 'OBJ_SCHEMA' }));
    }
    expect(define({ '': 'x' as never })).toThrow(expect.objectContaining({ code: 'OBJ_SCHEMA' }));
  });
});
