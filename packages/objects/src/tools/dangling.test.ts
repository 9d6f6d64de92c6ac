import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defineSchema,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  struct,
  text,
  union,
  weak,
} from '../index.js';
import { dump, exportLines, importLines } from './index.js';

const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    row: list(ref('Person')),
    maybe: list(optional(ref('Person'))),
    club: set(ref('Person')),
    mixed: list(union(text(), ref('Person'))),
    ranks: map(ref('Person'), text()),
    cars: list(ref('Car')),
    towns: list(ref('Town')),
  }),
  Person: struct({ name: text(), boss: optional(ref('Person')), fan: weak('Person') }),
  Car: struct({ owner: ref('Person') }),
  Town: struct({ mayor: optional(ref('Person')) }),
  Road: struct({ paid: optional(ref('Person')) }, { edge: { from: 'Town', to: 'Town' } }),
});
const fresh = () => ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), schema);

/** A store in which ann is gone, and everything still refers to her. */
function withoutAnn() {
  const store = fresh();
  const { root } = store;
  const ann = store.create('Person', { name: 'Ann' });
  const bob = store.create('Person', { name: 'Bob', boss: ann, fan: ann });
  root.people.set('ann', ann).set('bob', bob);
  root.row.push(bob, ann);
  root.maybe.push(ann, bob);
  root.club.add(ann).add(bob);
  root.mixed.push('text', ann, bob);
  root.ranks.set(ann, 'first').set(bob, 'second');
  const town = store.create('Town', {});
  root.towns.push(town);
  store.connect('Road', town, { mayor: null }, { paid: ann });
  store.free(ann);
  store.commit();
  return store;
}

describe('a store in which freed objects are still referred to', () => {
  it('says where, in verify and in the refusal of an export', () => {
    using store = withoutAnn();
    const { problems, dangling } = store.verify();
    expect(problems).toEqual([]);
    const places = [
      'people.ann',
      'row.1',
      'maybe.0',
      'club.?',
      'mixed.1',
      'ranks.?',
      'people.bob.boss',
      'towns.0.out(Road).paid',
    ];
    expect(dangling!.first.map(({ path }) => path.join('.')).sort()).toEqual([...places].sort());
    expect(dangling!.first.every(({ required }) => !required)).toBe(true);
    expect(dangling!.count).toBe(places.length);
    const lines = exportLines(store);
    expect(() => lines.next()).toThrow(
      expect.objectContaining({
        code: 'OBJ_FREED',
        path: places[0],
        message: expect.stringContaining('mixed.1'),
      }),
    );
    using snapshot = store.snapshot();
    expect(() => [...exportLines(snapshot)]).toThrow('people.ann');
  });

  it('says so of collections, too, however they are nested', () => {
    const nested = defineSchema({
      Root: struct({
        lists: map(text(), list(text())),
        deep: list(map(text(), list(ref('Leaf')))),
        keyed: map(ref('Leaf'), list(text())),
        numbers: optional(list(text())),
      }),
      Leaf: struct({ words: list(text()) }),
    });
    using store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), nested);
    const { root } = store;
    const leaf = store.create('Leaf', {});
    store.assign(root, {
      lists: [['a', ['x']]],
      deep: [[['b', [leaf]]]],
      keyed: [[leaf, []]],
      numbers: ['1'],
    });
    const inKeyed = root.keyed.get(leaf)!;
    for (const object of [root.lists.get('a')!, leaf.words, inKeyed, root.numbers!]) store.free(object);
    store.commit();
    const found = store.verify().dangling!.first.map(({ path }) => path.map(String).join('.'));
    expect(found.sort()).toEqual(
      [`keyed.${String(leaf)}.words`, `keyed.${String(leaf)}`, 'lists.a', 'numbers'].sort(),
    );
    expect(() => [...exportLines(store)]).toThrow('4 references lead to what was freed');
  });

  it('is exported without them when that is asked for', () => {
    using store = withoutAnn();
    using copy = fresh();
    importLines(copy, exportLines(store, { dangling: 'drop' }));
    const { people, row, maybe, club, mixed, ranks, towns } = copy.root;
    const bob = people.get('bob')!;
    expect([...people.keys()]).toEqual(['bob']);
    expect([bob.boss, bob.fan, row.length, row.at(0)!.isSameAs(bob)]).toEqual([null, null, 1, true]);
    expect([maybe.length, maybe.at(0), maybe.at(1)!.name]).toEqual([2, null, 'Bob']);
    expect([club.size, club.has(bob), ranks.size, ranks.get(bob)]).toEqual([1, true, 1, 'second']);
    expect([mixed.length, mixed.at(0)]).toEqual([2, 'text']);
    expect([...towns.at(0)!.out('Road')].map(({ paid }) => paid)).toEqual([null]);
    copy.commit();
    expect(copy.verify().dangling).toBeUndefined();
    expect(() => exportLines(store, { dangling: 'null' as never })).toThrow(
      "'refuse' or 'drop', not \"null\"",
    );
    expect(() => exportLines(store, { danglin: 'drop' } as never)).toThrow('did you mean "dangling"');
  });

  it('is refused all the same where a field has to be there, and only those are named', () => {
    using store = withoutAnn();
    const eve = store.create('Person', { name: 'Eve' });
    store.root.cars.push({ owner: eve });
    store.free(eve);
    expect(() => [...exportLines(store, { dangling: 'drop' })]).toThrow(
      expect.objectContaining({
        code: 'OBJ_FREED',
        message: 'a reference leads to what was freed: cars.0.owner',
      }),
    );
    store.commit();
    expect(
      store
        .verify()
        .dangling!.first.filter(({ required }) => required)
        .map(({ path }) => path),
    ).toEqual([['cars', 0, 'owner']]);
  });

  it('is shown with what is gone', () => {
    using store = withoutAnn();
    const { objects } = JSON.parse(dump(store)) as {
      objects: Record<string, { row: unknown; boss: unknown }>;
    };
    expect(objects['Root#1']!.row).toEqual([{ ref: 'Person#2' }, { freed: true }]);
    expect(objects['Person#2']!.boss).toEqual({ freed: true });
  });

  it('is exported as a model of it says, whatever was freed', () => {
    const links = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 12 });
    fc.assert(
      fc.property(links, links, fc.uniqueArray(fc.nat(9)), (bosses, row, freed) => {
        using store = fresh();
        const made = Array.from({ length: 10 }, (_, index) => store.create('Person', { name: `${index}` }));
        const isThere = (index: number) => !freed.includes(index);
        for (const [index, person] of made.entries()) store.root.people.set(`${index}`, person);
        const bossOf = new Map(bosses);
        for (const [index, boss] of bossOf) made[index]!.boss = made[boss]!;
        for (const [index] of row) store.root.row.push(made[index]!);
        for (const index of freed) store.free(made[index]!);
        store.commit();
        const left = [...bossOf].filter(([index, boss]) => isThere(index) && !isThere(boss));
        const count = freed.length + left.length + row.filter(([index]) => !isThere(index)).length;
        expect(store.verify().dangling?.count ?? 0).toBe(count);
        using copy = fresh();
        importLines(copy, exportLines(store, { dangling: 'drop' }));
        const numbers = made.map((_, index) => index).filter(isThere);
        expect(Array.from(copy.root.people, ([name, { boss }]) => [name, boss?.name])).toEqual(
          numbers.map((index) => {
            const boss = bossOf.get(index);
            return [`${index}`, boss !== undefined && isThere(boss) ? `${boss}` : undefined];
          }),
        );
        expect(Array.from(copy.root.row, ({ name }) => name)).toEqual(
          row
            .map(([index]) => index)
            .filter(isThere)
            .map(String),
        );
        copy.rollback();
      }),
      { numRuns: 100 },
    );
  });
});
