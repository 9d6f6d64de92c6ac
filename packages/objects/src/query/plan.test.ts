import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  date,
  defineSchema,
  enumeration,
  float32,
  float64,
  int32,
  list,
  map,
  ObjectStore,
  ref,
  sortedMap,
  struct,
  text,
  uint8,
} from '../index.js';
import { type Comparison, query } from './index.js';

const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    byAge: sortedMap(uint8(), ref('Person')),
    byName: sortedMap(text(), int32()),
    bySize: sortedMap(enumeration('small', 'large', 'huge'), int32()),
    byDay: sortedMap(date(), int32()),
    byFloat: sortedMap(float64(), int32()),
    byShort: sortedMap(float32(), int32()),
    floats: map(float64(), int32()),
    shorts: map(float32(), int32()),
    words: map(text(), int32()),
  }),
  Person: struct({
    name: text(),
    age: uint8(),
    friends: list(ref('Person')),
    wanted: sortedMap(text(), int32()),
  }),
});

let stores = 0;
function open() {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: `plan-${stores++}`, mode: 'a' }), schema);
  const { root } = store;
  for (const [name, age] of [
    ['Ann', 50],
    ['Bob', 30],
    ['Cid', 20],
    ['Dot', 40],
  ] as const) {
    const person = store.create('Person', { name, age });
    root.people.set(name, person);
    root.byAge.set(age, person);
    root.byName.set(name, age);
  }
  root.people.get('Bob')!.friends.push(root.people.get('Cid')!, root.people.get('Ann')!);
  return { store, root };
}

it('an equal key is looked up, and the plan says so', () => {
  const { root } = open();
  const all = query<{ who: string }>('who').each(['name', 'p'], root.people);
  const one = all.compare('name', '=', 'who').where('p.age', '>', 10);
  expect(String(one.explain())).toBe(
    [
      'lookup each name, p in map<text, ref<Person>>, by its keys: name = who, about 1',
      '  where name = who',
      '  where p.age > 10',
    ].join('\n'),
  );
  expect(String(one.run({ who: 'Bob' }).limit(3).explain({ run: true }))).toBe(
    [
      'lookup each name, p in map<text, ref<Person>>, by its keys: name = who, about 1, gave 1',
      '  where name = who, gave 1',
      '  where p.age > 10, gave 1',
      'then limit 3',
    ].join('\n'),
  );
  expect(one.run({ who: 'Bob' }).toArray()).toEqual([{ name: 'Bob', p: root.people.get('Bob') }]);
  expect(one.run({ who: 'Eve' }).count()).toBe(0);
  // From either side, and by another name for the key.
  const other = all.attribute('key', 'name').compare('who', '=', 'key').explain();
  expect(other.steps[0]).toMatchObject({ step: 'lookup', via: 'its keys: who = key', estimate: 1 });
  // What the key is compared with comes later, so everything is gone through.
  const later = all.each('q', root.people.values.bind(root.people)).compare('name', '=', 'q.name');
  expect(later.explain().steps.map(({ step, depth }) => [step, depth])).toEqual([
    ['scan', 0],
    ['scan', 1],
    ['where', 2],
  ]);
  const earlier = query()
    .each('q', root.people)
    .each(['name', 'p'], root.people)
    .compare('name', '=', 'q.name');
  expect(earlier.run().explain({ run: true }).steps).toEqual([
    { step: 'scan', text: 'each q in map<text, ref<Person>>', depth: 0, estimate: 4, rows: 4 },
    {
      step: 'lookup',
      text: 'each name, p in map<text, ref<Person>>',
      depth: 1,
      via: 'its keys: name = q.name',
      estimate: 1,
      rows: 4,
    },
    { step: 'where', text: 'name = q.name', depth: 2, rows: 4 },
  ]);
});

it('a compared key of a sorted map is a range, whose size is known beforehand', () => {
  const { root } = open();
  const all = query<{ least: number }>('least').each(['age', 'p'], root.byAge);
  const some = all.compare('least', '<=', 'age').where('age', '<', 50);
  expect(String(some.run({ least: 30 }).explain({ run: true }))).toBe(
    [
      'range each age, p in sortedMap<uint8, ref<Person>>, by its keys: least <= age and age < 50, about 2, gave 2',
      '  where least <= age, gave 2',
      '  where age < 50, gave 2',
    ].join('\n'),
  );
  expect(Array.from(some.run({ least: 30 }), ({ age, p }) => [age, p.name])).toEqual([
    [30, 'Bob'],
    [40, 'Dot'],
  ]);
  // No key of this type is so large; the rows are those of going through everything.
  expect(all.compare('age', '<', 'least').run({ least: 300 }).count()).toBe(4);
  expect(all.compare('age', '=', 'least').run({ least: 300 }).count()).toBe(0);
  expect(all.compare('age', '=', 'least').run({ least: 0.5 }).count()).toBe(0);
  expect(
    all
      .where('age', '>', null as never)
      .run({ least: 0 })
      .count(),
  ).toBe(0);
});

it('tests run as soon as what they read is bound', () => {
  const { root } = open();
  const seen: string[] = [];
  const rows = query()
    .each('p', root.people)
    .each('q', root.people)
    .where(['p'], ({ p }) => {
      seen.push(p.name);
      return p.name === 'Bob';
    })
    .attribute('age', 'p.age')
    .where('age', '>', 30)
    .where(() => seen.push('never') > 0);
  expect(rows.run().count()).toBe(0);
  expect(seen).toEqual(['Ann', 'Bob', 'Cid', 'Dot']);
  expect(rows.explain().steps.map(({ step, depth }) => [step, depth])).toEqual([
    ['scan', 0],
    ['where', 1],
    ['attribute', 1],
    ['where', 1],
    ['scan', 1],
    ['where', 2],
  ]);
  // What needs no loop runs before all of them.
  const none = query<{ go: boolean }>('go').each('p', root.people).where('go', '=', true);
  expect(String(none.run({ go: false }).explain({ run: true }))).toBe(
    'where go = true, gave 0\nscan each p in map<text, ref<Person>>, about 4, gave 0',
  );
});

it('a sub-query has a plan of its own', () => {
  const { root } = open();
  const rows = query()
    .each('p', root.people)
    .any((inner) =>
      inner.each(['name', 'q'], root.people).compare('name', '=', 'p.name').where('q.age', '>', 30),
    );
  expect(String(rows.explain())).toBe(
    [
      'scan each p in map<text, ref<Person>>, about 4',
      '  any of 3 rules',
      '    lookup each name, q in map<text, ref<Person>>, by its keys: name = p.name, about 1',
      '      where name = p.name',
      '      where q.age > 30',
    ].join('\n'),
  );
  expect(Array.from(rows, ({ p }) => p.name)).toEqual(['Ann', 'Dot']);
});

it('maps that depend on the row are read by key, too', () => {
  const { root } = open();
  root.people.get('Bob')!.wanted.set('a', 1).set('b', 2).set('c', 3);
  const all = query().each('p', root.people).each(['what', 'n'], 'p.wanted');
  const some = all.where('what', '>=', 'b');
  expect(some.explain().steps[1]).toMatchObject({ step: 'range', via: 'its keys: what >= "b"' });
  expect(some.run().select('what', 'n').toArray()).toEqual([
    { what: 'b', n: 2 },
    { what: 'c', n: 3 },
  ]);
  expect(some.run().explain({ run: true }).steps[1]).toMatchObject({ rows: 2 });
  expect(all.where('what', '=', 'c').run().select('n').toArray()).toEqual([{ n: 3 }]);
  const plain = query()
    .each('m', [new Map([['x', 1]]), null])
    .each(['k', 'v'], 'm');
  expect(plain.where('k', '>', 'a').run().select('v').toArray()).toEqual([{ v: 1 }]);
  expect(plain.where('k', '=', 'x').run().select('v').toArray()).toEqual([{ v: 1 }]);
});

it('enumerations compare as texts, whatever the order of a map', () => {
  const { root } = open();
  root.bySize.set('small', 1).set('large', 2).set('huge', 3);
  const after = query().each(['size', 'n'], root.bySize).where('size', '>', 'large');
  expect(Array.from(after, ({ size }) => size)).toEqual(['small']);
});

it('rows are the same by key, by range and by going through everything', () => {
  const { root } = open();
  const days = [0, 1000, 2000].map((time) => new Date(time));
  const numbers = [Number.NaN, -1, -0, 0, 0.1, Math.fround(0.1), 7, Number.POSITIVE_INFINITY];
  const texts = ['', '\ufffd', 'Ann', 'Bob', 'a\uffff', 'a\u{10000}', 'z'];
  for (const [index, number] of numbers.entries()) {
    root.byFloat.set(number, index);
    root.byShort.set(number, index);
    root.floats.set(number, index);
    root.shorts.set(number, index);
  }
  for (const [index, word] of texts.entries()) root.byName.set(word, index);
  for (const [index, word] of texts.entries()) root.words.set(word, index);
  for (const [index, day] of days.entries()) root.byDay.set(day, index);
  const comparisons: Comparison[] = ['=', '!=', '<', '<=', '>', '>='];
  const cases = [
    [root.byFloat, [...numbers, 3, 5n, null]],
    [root.byShort, [...numbers, 0.3, 1e300]],
    [root.floats, [...numbers, 3]],
    [root.shorts, [...numbers, 3]],
    [root.words, [...texts, '\ud800']],
    [root.byName, [...texts, 'Cid', 'a']],
    [root.byDay, [...days, new Date(5), new Date(Number.NaN)]],
  ] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      fc.nat(20),
      fc.nat(20),
      fc.constantFrom(...comparisons),
      fc.constantFrom(...comparisons),
      ([source, values], first, second, one, other) => {
        const [a, b] = [values[first % values.length], values[second % values.length]];
        const tested = (from: Iterable<[unknown, number]>) =>
          query()
            .each(['key', 'n'], from as typeof root.byName)
            .where('key', one, a as '')
            .where('key', other, b as '');
        const byKey = tested(source as never).run();
        // A plain map has no order, and a copy of it none of the keys.
        const scanned = query()
          .each('pair', [...(source as typeof root.byName)])
          .attribute('key', 'pair.0')
          .attribute('n', 'pair.1')
          .where('key', one, a as '')
          .where('key', other, b as '')
          .run();
        expect(byKey.select('key', 'n').toArray()).toEqual(scanned.select('key', 'n').toArray());
      },
    ),
    { numRuns: 700 },
  );
});

it('explains what is done with rows, and refuses options that there are not', () => {
  const { root } = open();
  const rows = query().each('p', root.people).run();
  const explained = rows
    .orderBy('p.age', 'descending')
    .orderBy('p.name')
    .distinct('p')
    .select({ name: 'p.name' })
    .offset(1)
    .groupBy('name')
    .rollUp({ n: { kind: 'count', path: '' } })
    .explain();
  expect(explained.steps.slice(1).map(({ text }) => text)).toEqual([
    'order by p.age descending, p.name ascending',
    'distinct p',
    'select name: p.name',
    'offset 1',
    'rollUp by name',
  ]);
  // @ts-expect-error misspelt
  expect(() => rows.explain({ runs: true })).toThrow('did you mean "run"');
});
