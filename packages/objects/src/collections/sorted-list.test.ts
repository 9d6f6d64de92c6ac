import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  defineSchema,
  float64,
  int32,
  list,
  ObjectStore,
  optional,
  plain,
  ref,
  sortedList,
  struct,
  text,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    words: sortedList(text()),
    scores: sortedList(float64(), { descending: true }),
    tags: sortedList(text(), { unique: true }),
    byAge: sortedList(ref('Person'), { by: 'age' }),
    oldest: sortedList(ref('Person'), { by: 'age', descending: true }),
    byMail: sortedList(ref('Person'), { by: 'mail', unique: true }),
    byBoss: sortedList(ref('Person'), { by: 'boss.name' }),
    byTop: sortedList(ref('Person'), { by: 'boss.boss.age' }),
    all: list(ref('Person')),
  }),
  Person: struct({
    name: text(),
    age: int32(),
    mail: optional(text()),
    boss: optional(ref('Person')),
    x: int32(),
  }),
  Employee: struct({ level: int32() }, { extends: 'Person' }),
});
const make = (disk = memoryDriver()) => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
const names = (found: Iterable<{ name: string }>) => Array.from(found, ({ name }) => name).join(' ');
const sound = (store: ReturnType<typeof make>) => {
  store.commit();
  expect(store.verify().problems).toEqual([]);
};
const duplicate = expect.objectContaining({ code: 'OBJ_DUPLICATE' });

describe('a sorted list', () => {
  it('of values keeps them in their order, as often as they were added', () => {
    using store = make();
    const { words, scores, tags } = store.root;
    for (const word of ['c', 'a', 'b', 'a']) words.add(word);
    expect([...words]).toEqual(['a', 'a', 'b', 'c']);
    expect([words.length, words.at(-1), words.first(), words.last(), words.at(9)]).toEqual([
      4,
      'c',
      'a',
      'c',
      undefined,
    ]);
    expect([
      words.has('b'),
      words.has('d'),
      words.indexOf('b'),
      words.indexOf('x'),
      words.rankOf('bb'),
    ]).toEqual([true, false, 2, -1, 3]);
    expect([words.delete('a'), words.delete('z'), [...words]]).toEqual([true, false, ['a', 'b', 'c']]);
    scores.add(1).add(5).add(3);
    expect([[...scores], [...scores.range({ from: 4 })], [...scores.range({ before: 3 })]]).toEqual([
      [5, 3, 1],
      [3, 1],
      [5],
    ]);
    expect([...scores.range({ reverse: true })]).toEqual([1, 3, 5]);
    tags.add('x').add('y').add('x');
    expect([plain(tags), tags.get('x'), tags.get('z'), tags.count({ from: 'x', to: 'x' })]).toEqual([
      ['x', 'y'],
      'x',
      undefined,
      1,
    ]);
    store.root.words = ['q', 'p'] as never;
    expect([...store.root.words]).toEqual(['p', 'q']);
    expect(String(words)).toMatch(/^<persistent sortedList<text> object/);
    expect(String(scores)).toMatch(/^<persistent sortedList<float64, descending> object/);
    words.clear();
    expect(words.length).toBe(0);
    expect(() => words.add(5 as never)).toThrow(TypeError);
    sound(store);
  });

  it('of objects follows the field that it is ordered by, equal ones in the order of insertion', () => {
    using store = make();
    const { byAge, oldest } = store.root;
    const people = [3, 1, 2, 1, 3].map((age, index) =>
      store.create('Person', { name: 'abcde'[index]!, age }),
    );
    for (const person of people) {
      byAge.add(person);
      oldest.add(person);
    }
    byAge.add({ name: 'f', age: 2 });
    expect([names(byAge), names(oldest)]).toEqual(['b d c f a e', 'a e c b d']);
    people[0]!.age = 0;
    people[1]!.age = 2;
    // What moves in among equals is where it would have been from the beginning.
    expect([names(byAge), names(oldest)]).toEqual(['a d b c f e', 'e b c d a']);
    expect([byAge.get(2)?.name, names(byAge.range({ from: 2, to: 2 })), byAge.count({ after: 1 })]).toEqual([
      'b',
      'b c f',
      4,
    ]);
    expect([
      byAge.has(people[2]!),
      byAge.indexOf(people[4]!),
      byAge.delete(people[2]!),
      byAge.delete(people[2]!),
    ]).toEqual([true, 5, true, false]);
    byAge.add(people[3]!);
    expect(names(byAge)).toBe('a d d b f e');
    people[3]!.age = 9;
    expect(names(byAge)).toBe('a b f e d d');
    expect(byAge.delete(people[3]!)).toBe(true);
    expect(names(byAge)).toBe('a b f e d');
    sound(store);
    store.free(people[4]!);
    expect([names(byAge), names(oldest)]).toEqual(['a b f d', 'd b c a']);
    sound(store);
    byAge.clear();
    people[0]!.age = 50;
    expect([byAge.length, names(oldest)]).toEqual([0, 'a d b c']);
    sound(store);
  });

  it('follows what is behind other objects, too, and takes what is not there for the least', () => {
    using store = make();
    const { byBoss, byTop } = store.root;
    const create = (name: string, age: number) => store.create('Person', { name, age });
    const [ann, bob, eve] = [create('ann', 0), create('bob', 1), create('eve', 2)];
    for (const person of [ann, bob, eve]) {
      byBoss.add(person);
      byTop.add(person);
    }
    store.root.all = [ann, bob, eve] as never;
    expect(names(byBoss)).toBe('ann bob eve');
    ann.boss = eve;
    bob.boss = ann;
    eve.boss = eve;
    expect([names(byBoss), names(byTop)]).toEqual(['bob ann eve', 'ann bob eve']);
    eve.name = 'aaa';
    expect(names(byBoss)).toBe('ann aaa bob');
    eve.age = -1;
    ann.boss = { name: 'new', age: 7, boss: { name: 'top', age: -5 } } as never;
    expect([names(byBoss), names(byTop)]).toEqual(['aaa bob ann', 'ann aaa bob']);
    sound(store);
    store.free(ann.boss!);
    expect([names(byBoss), names(byTop)]).toEqual(['ann aaa bob', 'ann bob aaa']);
    sound(store);
    ann.boss = null;
    eve.boss = null;
    expect([byBoss.get(null)?.name, byBoss.count({ from: null, to: null }), byBoss.get('ann')?.name]).toEqual(
      ['ann', 2, 'bob'],
    );
    sound(store);
    expect(store.collect().chunks).toBeGreaterThan(0);
    sound(store);
  });

  it('of unique elements refuses the key of another one', () => {
    using store = make();
    const { byMail } = store.root;
    const ann = store.create('Person', { name: 'ann', mail: 'a' });
    const bob = store.create('Person', { name: 'bob', mail: 'b' });
    byMail.add(ann).add(bob).add(ann).add({ name: 'none' }).add({ name: 'none' });
    expect(names(byMail)).toBe('none none ann bob');
    expect(() => byMail.add({ name: 'other', mail: 'a' })).toThrow(duplicate);
    expect(() => {
      bob.mail = 'a';
    }).toThrow(duplicate);
    expect([bob.mail, names(byMail)]).toEqual(['b', 'none none ann bob']);
    bob.mail = '0';
    ann.mail = 'b';
    expect(names(byMail)).toBe('none none bob ann');
    sound(store);
  });

  it('is the same after a rollback, reopening, compacting and a migration', () => {
    const disk = memoryDriver();
    {
      using store = make(disk);
      const { byAge, byBoss } = store.root;
      for (let index = 0; index < 400; index++) {
        const person = store.create('Employee', { name: `n${index}`, age: (index * 7) % 20, level: index });
        person.boss = byAge.at(0) ?? null;
        byAge.add(person);
        byBoss.add(person);
      }
      sound(store);
      const before = names(byAge);
      const point = store.savepoint();
      for (const person of [...byAge]) person.age = -person.age;
      expect(names(byAge)).not.toBe(before);
      point.rollback();
      expect(names(byAge)).toBe(before);
      sound(store);
      const walk = byAge[Symbol.iterator]();
      walk.next();
      byAge.at(3)!.age++;
      expect(() => walk.next()).toThrow(expect.objectContaining({ code: 'OBJ_CHANGED' }));
      sound(store);
      const state = [names(byAge), names(byBoss)];
      store.compact();
      expect([names(store.root.byAge), names(store.root.byBoss)]).toEqual(state);
      sound(store);
      expect(store.collect().chunks).toBe(0);
    }
    using again = make(disk);
    const { byAge } = again.root;
    byAge.at(0)!.age = 99;
    expect(byAge.at(-1)!.age).toBe(99);
    sound(again);
    again.close();
    const file = () => openWith(disk, { name: 'a', mode: 'r+' });
    ObjectStore.migrate(file(), schema, {
      transforms: { Employee: (old) => ({ age: -Number(old.age) }) },
    });
    using migrated = ObjectStore.open(file(), schema);
    expect(migrated.root.byAge.at(0)!.age).toBe(-99);
    const ages = Array.from(migrated.root.byAge, ({ age }) => age);
    expect(ages).toEqual([...ages].sort((a, b) => a - b));
    expect(migrated.verify().problems).toEqual([]);
    migrated.free(migrated.root.byAge.at(0)!);
    expect(migrated.root.byAge.length).toBe(399);
  });

  it('that nothing refers to any more lets go of its elements', () => {
    using store = make();
    const { root } = store;
    const person = store.create('Person', { name: 'a', age: 1 });
    root.byAge.add(person);
    root.all.push(person);
    root.byAge = [person, { name: 'b', age: 0 }] as never;
    expect(store.collect().chunks).toBeGreaterThan(0);
    person.age = -1;
    expect(names(root.byAge)).toBe('a b');
    sound(store);
  });

  it('has to be ordered by something', () => {
    const define = (kind: never) => () =>
      defineSchema({
        Root: struct({ a: kind }),
        A: struct({ x: int32(), all: list(text()), a: optional(ref('A')) }),
      });
    for (const wrong of [
      sortedList(ref('A')),
      sortedList(list(text())),
      sortedList(text(), { by: 'x' }),
      sortedList(ref('A'), { by: 'y' }),
      sortedList(ref('A'), { by: 'all' }),
      sortedList(ref('A'), { by: 'a' }),
      sortedList(ref('A'), { by: 'x.x' }),
      sortedList(ref('A'), { by: 'a.x', unique: true }),
      { kind: 'sortedList', of: { kind: 'text' }, unique: 1 },
    ]) {
      expect(define(wrong as never)).toThrow(expect.objectContaining({ code: 'OBJ_SCHEMA' }));
    }
    expect(define(sortedList(ref('A'), { by: 'a.a.x' }) as never)).not.toThrow();
  });
});
