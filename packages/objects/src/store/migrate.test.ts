import { memoryDriver, openWith } from '@terrane/driver';
import { beforeEach, expect, it } from 'vitest';
import {
  bool,
  buffer,
  defineSchema,
  enumeration,
  float64,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  set,
  struct,
  text,
  weak,
} from '../index.js';

const first = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    shared: optional(list(text())),
    picture: optional(buffer()),
  }),
  Person: struct({
    age: text(),
    friends: list(ref('Person')),
    near: list(weak('Person')),
    mood: enumeration('good'),
  }),
});

let disk = memoryDriver();
const file = (mode: 'a' | 'r' = 'a') => openWith(disk, { name: 'a', mode });

beforeEach(() => {
  disk = memoryDriver();
  using store = ObjectStore.open(file(), first);
  const { people } = store.root;
  people.set('ann', { age: '41' });
  people.set('bob', { age: '7', friends: [people.get('ann')!] });
  people.get('ann')!.friends.push(people.get('bob')!);
  people.get('ann')!.near.push(people.get('bob')!);
  people.get('ann')!.near.push(store.create('Person', { age: 'only weakly known' }));
  store.root.shared = ['x'] as never;
  store.root.picture = { data: Int16Array.of(1, 2, 3, 4), shape: [2, 2] } as never;
  store.commit();
});

const added = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    shared: optional(list(text())),
    picture: optional(buffer()),
    tags: set(text()),
    home: optional(ref('Place')),
  }),
  Person: struct({
    isNew: bool(),
    age: text(),
    friends: list(ref('Person')),
    near: list(weak('Person')),
    mood: enumeration('good', 'bad'),
  }),
  Place: struct({ name: text() }),
});

it('adds fields, structs and names by itself when the store is opened for writing', () => {
  expect(() => ObjectStore.open(file('r'), added)).toThrow(
    expect.objectContaining({ code: 'OBJ_SCHEMA_DIFFERS' }),
  );
  {
    using store = ObjectStore.open(file(), added);
    expect(store.differences).toEqual([]);
    const { root } = store;
    const ann = root.people.get('ann')!;
    expect([ann.age, ann.isNew, ann.mood, ann.friends.at(0)!.friends.at(0)!.isSameAs(ann)]).toEqual([
      '41',
      false,
      'good',
      true,
    ]);
    expect(ann.near.length).toBe(2);
    expect([ann.near.at(0)?.age, ann.near.at(1)]).toEqual(['7', null]);
    expect(plain(root.picture)).toEqual(Int16Array.of(1, 2, 3, 4));
    expect([...root.shared!]).toEqual(['x']);
    ann.mood = 'bad';
    root.tags.add('t');
    root.home = store.create('Place', { name: 'here' });
    expect(store.collect().chunks).toBe(0);
    store.commit();
  }
  using again = ObjectStore.open(file('r'), added);
  expect(again.root.home?.name).toBe('here');
  // What knows only the first schema reads and writes on, as long as it does not meet the new name.
  using older = ObjectStore.open(
    file('r'),
    defineSchema({ Root: struct({ shared: optional(list(text())) }) }),
  );
  expect(plain(older.root.shared)).toEqual(['x']);
});

const changed = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    shared: optional(list(text())),
    picture: optional(buffer()),
  }),
  Person: struct({
    age: int32(),
    friends: list(ref('Person')),
    near: list(weak('Person')),
    mood: enumeration('good'),
    best: optional(ref('Person')),
    weight: float64(),
  }),
});

it('changes kinds through functions, tried out first, with a copy of the file as it was', () => {
  const before = disk.files.get('a')!.bytes.slice();
  expect(() => ObjectStore.open(file(), changed)).toThrow(
    expect.objectContaining({ code: 'OBJ_SCHEMA_DIFFERS' }),
  );
  expect(() => ObjectStore.migrate(file(), changed)).toThrow(/Person.age: a whole number is wanted, not "/);
  const transforms = {
    Person: (old: Readonly<Record<string, unknown>>) => ({
      age: Number(old.age),
      best: (old as { friends: { at(index: number): unknown } }).friends.at(0) ?? null,
    }),
  };
  const dry = ObjectStore.migrate(file(), changed, { transforms, dryRun: true });
  expect(dry.copied).toMatchObject({ Root: 1, Person: 2 });
  expect(dry.differences.map(({ path, effect }) => [path, effect])).toEqual([
    ['Person.age', 'breaking'],
    ['Person.best', 'additive'],
    ['Person.weight', 'additive'],
  ]);
  expect(disk.files.get('a')!.bytes).toEqual(before);
  const done = ObjectStore.migrate(file(), changed, {
    transforms,
    backup: openWith(disk, { name: 'backup', mode: 'w' }),
  });
  expect(done).toEqual(dry);
  expect(disk.files.get('backup')!.bytes).toEqual(before);
  using store = ObjectStore.open(file(), changed);
  const bob = store.root.people.get('bob')!;
  expect([bob.age, bob.weight, bob.best?.age, bob.best?.isSameAs(bob.friends.at(0))]).toEqual([
    7,
    0,
    41,
    true,
  ]);
  expect(store.collect().chunks).toBe(0);
});

it('changes nothing when a function fails half-way, says what is not there, or no fields, or writes', () => {
  const before = disk.files.get('a')!.bytes.slice();
  let met = 0;
  const wrong: [transform: (old: { age: unknown }) => unknown, what: unknown][] = [
    [() => ({ age: met++ < 1 ? 1 : 'x' }), 'Person.age: a whole number is wanted'],
    [() => ({ age: 1, aeg: 1 }), 'Person has no field "aeg"; did you mean "age"?'],
    [() => undefined, 'an object with the fields that change is wanted, not undefined'],
    [async () => ({ age: 1 }), 'an object with the fields that change is wanted'],
    [
      (old) => {
        old.age = '1';
        return { age: 1 };
      },
      expect.objectContaining({ code: 'OBJ_READ_ONLY' }),
    ],
  ];
  for (const dryRun of [true, false]) {
    for (const [transform, what] of wrong) {
      const transforms = { Person: transform as never };
      expect(() => ObjectStore.migrate(file(), changed, { transforms, dryRun })).toThrow(what as string);
    }
    expect(() => ObjectStore.migrate(file(), changed, { transforms: { Persn: () => ({}) }, dryRun })).toThrow(
      'there is no struct "Persn"; did you mean "Person"?',
    );
  }
  expect(disk.files.get('a')!.bytes).toEqual(before);
});

it('writes no backup over anything, and least of all over the store itself', () => {
  const before = disk.files.get('a')!.bytes.slice();
  const transforms = { Person: () => ({ age: 1 }) };
  const backup = () => openWith(disk, { name: 'backup', mode: 'a' });
  const refused = expect.objectContaining({ code: 'OBJ_NOT_EMPTY' });
  const same = file();
  expect(() => ObjectStore.migrate(same, changed, { transforms, backup: same })).toThrow(refused);
  expect(() => ObjectStore.migrate(file(), changed, { transforms, backup: file() })).toThrow(refused);
  expect(disk.files.get('a')!.bytes).toEqual(before);
  ObjectStore.migrate(file(), changed, { transforms, backup: backup() });
  // A second attempt must not take the copy of before away.
  expect(() => ObjectStore.migrate(file(), changed, { transforms, backup: backup() })).toThrow(refused);
  expect(disk.files.get('backup')!.bytes).toEqual(before);
});

it('touches no file for what is no schema, or no number of bytes', () => {
  const empty = () => openWith(disk, { name: 'empty', mode: 'a' });
  for (const schema of [undefined, null, {}, { structs: {} }, { structs: { Root: {} } }]) {
    expect(() => ObjectStore.open(empty(), schema as never)).toThrow(
      expect.objectContaining({ code: 'OBJ_SCHEMA' }),
    );
    expect(() => ObjectStore.migrate(file(), schema as never)).toThrow(
      expect.objectContaining({ code: 'OBJ_SCHEMA' }),
    );
  }
  for (const maximumBytes of [0, -1, Number.NaN, 1.5, '1'])
    expect(() => ObjectStore.open(empty(), first, { maximumBytes } as never)).toThrow(RangeError);
  expect(disk.files.get('empty')!.bytes.length).toBe(0);
  expect(() => defineSchema({ Root: struct({ name: text as never }) })).toThrow(
    'Root.name: there is no kind of a function: call it',
  );
});

it('tells a reader that the store was migrated while it read', () => {
  using reader = ObjectStore.open(file('r'), first);
  ObjectStore.open(file(), added).close();
  expect(() => reader.refresh()).toThrow(
    expect.objectContaining({ code: 'OBJ_SCHEMA_DIFFERS', message: expect.stringContaining('Person.isNew') }),
  );
});

it('compacts: the file is shorter, and everything is there', () => {
  const store = ObjectStore.open(file(), first);
  for (let index = 0; index < 3000; index++) store.root.people.set(`p${index}`, { age: 'x'.repeat(200) });
  store.commit();
  for (let index = 0; index < 3000; index++) store.root.people.delete(`p${index}`);
  store.collect();
  store.commit();
  const { root } = store;
  const long = disk.files.get('a')!.size;
  store.compact();
  expect(disk.files.get('a')!.size).toBeLessThan(long / 5);
  expect(() => root.people).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
  expect(store.root.people.get('ann')!.friends.at(0)!.age).toBe('7');
  store.root.people.get('ann')!.age = 'after';
  expect(() => store.compact()).toThrow(expect.objectContaining({ code: 'OBJ_UNCOMMITTED' }));
  store.commit();
  store.close();
  using again = ObjectStore.open(file('r'), first);
  expect(again.root.people.get('ann')!.age).toBe('after');
  expect(again.root.people.size).toBe(2);
});

it('refuses what is too large, and iteration over what was rebuilt', () => {
  using store = ObjectStore.open(file(), first);
  expect(() => {
    store.root.picture = { data: new Uint8Array(2 ** 28), shape: [2 ** 28] } as never;
  }).toThrow(expect.objectContaining({ code: 'OBJ_TOO_LARGE' }));
  expect(() => {
    for (const [key] of store.root.people) {
      for (let index = 0; index < 20; index++) store.root.people.set(`${key}${index}`, { age: '' });
    }
  }).toThrow(expect.objectContaining({ code: 'OBJ_CHANGED' }));
});
