import { expect, expectTypeOf, it } from 'vitest';
import { query } from './index.js';
import { openPeople, type Person } from './people.fixture.js';

it('binds names by rules, whose types make the type of a row', () => {
  const { root } = openPeople();
  const found = query()
    .each('p', root.people)
    .attribute('age', 'p.age')
    .where(({ p, age }) => age > 25 && p.name !== 'Dot')
    .attribute('boss', 'p.boss.name')
    .each('friend', ({ p }) => p.friends);
  const rows = [...found];
  expectTypeOf(rows).toEqualTypeOf<{ p: Person; age: number; boss: string | undefined; friend: Person }[]>();
  expect(rows.map(({ p, age, boss, friend }) => [p.name, age, boss, friend.name])).toEqual([
    ['Ann', 50, undefined, 'Bob'],
    ['Bob', 30, 'Ann', 'Cid'],
    ['Bob', 30, 'Ann', 'Ann'],
  ]);
  expect([...query()]).toEqual([{}]);
});

it('goes through everything that can be iterated', () => {
  const { root, bob } = openPeople();
  root.tags.add('a').add('b');
  root.ages.push(5, 6);
  const rows = query()
    .each('tag', root.tags)
    .each('age', root.ages)
    .each(['game', 'score'], bob.scores)
    .each('name', new Set(['x']))
    .each('typed', new Float64Array([0.5]))
    .each(['key', 'value'], new Map([[1n, true]]))
    .each('only', () => new Map([['k', 'v']]).keys());
  expectTypeOf(rows.run().first()!).toEqualTypeOf<{
    tag: string;
    age: number;
    game: string;
    score: number;
    name: string;
    typed: number;
    key: bigint;
    value: boolean;
    only: string;
  }>();
  expect(rows.run().first()).toEqual({
    tag: 'a',
    age: 5,
    game: 'chess',
    score: 7,
    name: 'x',
    typed: 0.5,
    key: 1n,
    value: true,
    only: 'k',
  });
  expect(Array.from(rows, ({ tag, age }) => tag + age)).toEqual(['a5', 'a6', 'b5', 'b6']);
  const friends = query().each('p', root.all).each('f', 'p.boss.friends');
  expect([...friends].map(({ p, f }) => p.name + f.name)).toEqual(['BobBob', 'CidCid', 'CidAnn', 'DotBob']);
  expect(query().each('x', []).run().count()).toBe(0);
  const nested = query().each('row', query().each('p', root.all)).attribute('name', 'row.p.name');
  expect([...nested].map(({ name }) => name)).toEqual(['Ann', 'Bob', 'Cid', 'Dot']);
  const shown = [[1], new Set(), new Float64Array(9), root.ages];
  expect(shown.map((one) => query().each('x', one).explain().steps[0]!.text)).toEqual([
    'each x in Array',
    'each x in Set',
    'each x in Float64Array',
    'each x in list<int32>',
  ]);
  // An iterator would give its elements to the first row only.
  expect(() => query().each('k', root.people.keys())).toThrow(
    'each k: an iterator can be gone through but once',
  );
  expect(() => query().constant('i', root.people.keys()).each('k', 'i').run().count()).toThrow('but once');
});

it('looks up keys, and drops rows whose key is missing', () => {
  const { root, store } = openPeople();
  const bosses = query().each('p', root.all).lookup('boss', root.people, 'p.boss.name').run();
  expectTypeOf(bosses.first()!).toEqualTypeOf<{ p: Person; boss: Person }>();
  expect(bosses.toArray().map(({ p, boss }) => p.name + boss.name)).toEqual(['BobAnn', 'CidBob', 'DotAnn']);
  const scores = query()
    .each('p', root.all)
    .lookup('score', 'p.scores', () => 'chess');
  expect([...scores].map(({ p, score }) => [p.name, score])).toEqual([['Bob', 7]]);
  // What a default map does not have, a query does not make.
  store.commit();
  const hits = query().constant('key', 'Ann').lookup('n', root.hits, 'key').run();
  expect(hits.toArray()).toEqual([]);
  const sameHits = query().each(['word', 'n'], root.hits).where('word', '=', 'Ann').run();
  expect(sameHits.toArray()).toEqual([]);
  expect([store.commit(), root.hits.size]).toEqual([0, 0]);
  root.hits.set('Ann', 2);
  expect([hits.toArray(), sameHits.toArray()]).toEqual([[{ key: 'Ann', n: 2 }], [{ word: 'Ann', n: 2 }]]);
  const undefinedValue = new Map([['k', undefined]]);
  expect(
    query()
      .lookup('v', undefinedValue, () => 'k')
      .run()
      .toArray(),
  ).toEqual([{ v: undefined }]);
});

it('reads ranges of what is sorted', () => {
  const { root } = openPeople();
  const range = query<{ low: number; high: number | null }>('low', 'high').range(
    ['age', 'group'],
    root.byAge,
    {
      from: 'low',
      before: 'high',
    },
  );
  const ages = (low: number, high: number | null) =>
    range
      .run({ low, high })
      .toArray()
      .map(({ age, group }) => [age, group.length]);
  expect([ages(20, 50), ages(21, null), ages(60, null)]).toEqual([
    [
      [20, 1],
      [30, 2],
    ],
    [
      [30, 2],
      [50, 1],
    ],
    [],
  ]);
  const last = query()
    .range('group', root.byAge, { to: () => 40, reverse: true })
    .each('p', 'group');
  expect([...last].map(({ p }) => p.name)).toEqual(['Bob', 'Dot', 'Cid']);
  // @ts-expect-error a list is not sorted
  expect(() => query().range('p', root.all, {})).toThrow('range p: list<ref<Person>> is not sorted');
  // @ts-expect-error there is no such bound
  expect(() => query().range('p', root.byAge, { form: () => 1 })).toThrow('did you mean "from"');
});

it('compares paths with values and with each other', () => {
  const { root, ann } = openPeople();
  const people = query().each('p', root.all);
  const names = (rows: Iterable<{ p: Person }>) => Array.from(rows, ({ p }) => p.name).join('');
  expect(names(people.where('p.age', '=', 30))).toBe('BobDot');
  expect(names(people.where('p.age', '!=', 30))).toBe('AnnCid');
  expect(names(people.where('p.age', '<', 30))).toBe('Cid');
  expect(names(people.where('p.age', '<=', 30))).toBe('BobCidDot');
  expect(names(people.where('p.age', '>', 30))).toBe('Ann');
  expect(names(people.where('p.age', '>=', 30))).toBe('AnnBobDot');
  expect(names(people.where('p.boss', '=', ann))).toBe('BobDot');
  expect(names(people.where('p.boss', '=', null))).toBe('Ann');
  expect(names(people.where('p.boss.name', '=', undefined))).toBe('Ann');
  expect(names(people.where('p.boss.age', '<', 99))).toBe('BobCidDot');
  expect(names(people.where(['p'], ({ p }) => p.friends.length > 1))).toBe('Bob');
  const pairs = people.each('q', root.all).compare('p.age', '<', 'q.age');
  expect([...pairs.notEqual('p.boss', 'q')].map(({ p, q }) => p.name + q.name)).toEqual(['CidAnn', 'CidDot']);
  // What is missing equals what is missing.
  expect(names(people.attribute('boss', 'p.boss').equal('boss', 'p.boss.boss'))).toBe('Ann');
});

it('compares dates by time, bytes by content, texts by code points, and numbers as a Map does', () => {
  const { root } = openPeople();
  root.day = new Date(5);
  root.mark = new Uint8Array([1, 2]);
  const one = query().constant('root', root);
  expect(one.where('root.day', '=', new Date(5)).run().count()).toBe(1);
  expect(one.where('root.day', '<', new Date(6)).run().count()).toBe(1);
  expect(
    one
      .where('root.mark', '=', new Uint8Array([1, 2]))
      .run()
      .count(),
  ).toBe(1);
  expect(
    one
      .where('root.mark', '>', new Uint8Array([1]))
      .run()
      .count(),
  ).toBe(1);
  expect(
    one
      .where('root.mark', '=', new Uint8Array([1]))
      .run()
      .count(),
  ).toBe(0);
  const values = [Number.NaN, 0, -0, 1, null, undefined];
  const equal = (value: number | null | undefined) =>
    query().each('v', values).where('v', '=', value).run().count();
  expect([equal(Number.NaN), equal(0), equal(-0), equal(null), equal(undefined)]).toEqual([1, 2, 2, 2, 2]);
  expect(query().each('v', values).where('v', '<', 5).run().count()).toBe(3);
  expect(query().each('v', values).where('v', '!=', 5).run().count()).toBe(6);
  const texts = ['\u{10000}', '\uffff', '', 'a'];
  expect(query().each('t', texts).where('t', '>', '\uffff').run().toArray()).toEqual([{ t: '\u{10000}' }]);
  expect(query().each('b', [true, false]).where('b', '<', true).run().toArray()).toEqual([{ b: false }]);
  expect(query().each('n', [1n, 5n]).where('n', '>=', 2n).run().toArray()).toEqual([{ n: 5n }]);
  expect(() => query().each('p', [root]).where('p', '<', root).run().count()).toThrow('there is no order');
});

it('takes parameters, which are no part of the rows', () => {
  const { root } = openPeople();
  const older = query<{ least: number; who: string }>('least', 'who')
    .each(['name', 'p'], root.people)
    .compare('p.age', '>=', 'least')
    .notEqual('name', 'who')
    .where(({ least }) => least > 0);
  const rows = older.run({ least: 30, who: 'Bob' });
  expectTypeOf(rows.first()!).toEqualTypeOf<{ name: string; p: Person }>();
  expect(rows.toArray().map((row) => [Object.keys(row), row.name])).toEqual([
    [['name', 'p'], 'Ann'],
    [['name', 'p'], 'Dot'],
  ]);
  expect(older.run({ least: 20, who: 'Ann' }).count()).toBe(3);
});

it('any and none look for one row of a query', () => {
  const { root } = openPeople();
  const withYounger = query()
    .each('p', root.all)
    .any((inner) => inner.each('f', 'p.friends').compare('f.age', '<', 'p.age'));
  expect([...withYounger].map((row) => [Object.keys(row), row.p.name])).toEqual([
    [['p'], 'Ann'],
    [['p'], 'Bob'],
  ]);
  const alone = query()
    .each('p', root.all)
    .none((inner) => inner.each('f', 'p.friends'));
  expect([...alone].map(({ p }) => p.name)).toEqual(['Cid', 'Dot']);
  const nested = query()
    .each('p', root.all)
    .any((one) =>
      one.each('f', 'p.friends').none((two) => two.each('g', 'f.friends').where('g.name', '=', 'Ann')),
    );
  expect([...nested].map(({ p }) => p.name)).toEqual(['Bob']);
});

it('queries are values: each call makes another one', () => {
  const { root } = openPeople();
  const all = query().each('p', root.all);
  const young = all.where('p.age', '<', 30);
  const old = all.where('p.age', '>', 30);
  expect([all, young, old].map((one) => one.run().count())).toEqual([4, 1, 1]);
  const rows = young.run();
  root.all.at(0)!.age = 3;
  // Rows are of the moment in which they are asked for.
  expect(rows.count()).toBe(2);
});
