import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  date,
  defineSchema,
  enumeration,
  float32,
  type Infer,
  int32,
  list,
  ObjectStore,
  optional,
  ref,
  sortedList,
  struct,
  text,
  uint8,
} from '../index.js';
import { type Comparison, objects, query } from './index.js';

const schema = defineSchema({
  Root: struct({
    people: list(ref('Person')),
    byAge: sortedList(ref('Person'), { by: 'age' }),
    byBoss: sortedList(ref('Person'), { by: 'boss.age', descending: true }),
    bySize: sortedList(ref('Person'), { by: 'size' }),
    words: sortedList(text()),
  }),
  Person: struct(
    {
      name: text(),
      age: uint8(),
      city: text(),
      size: enumeration('small', 'large', 'huge'),
      weight: float32(),
      nick: optional(text()),
      since: date(),
      boss: optional(ref('Person')),
    },
    {
      indexes: {
        byAge: 'age',
        byName: { on: 'name', unique: true },
        byCityAge: ['city', 'age'],
        bySize: 'size',
        byWeight: 'weight',
        byNick: 'nick',
        bySince: 'since',
      },
    },
  ),
  Employee: struct({ level: int32() }, { extends: 'Person' }),
});
type Person = Infer<typeof schema, 'Person'>;

let stores = 0;
function open() {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: `index-${stores++}`, mode: 'a' }), schema);
  const { root } = store;
  for (let number = 0; number < 40; number++) {
    const person = store.create(number % 5 ? 'Person' : 'Employee', {
      name: `p${number}`,
      age: (number * 7) % 23,
      city: ['Rome', 'Lyon', 'Bari'][number % 3]!,
      size: (['small', 'large', 'huge'] as const)[number % 3]!,
      weight: number / 10,
      nick: number % 4 ? `n${number % 7}` : null,
      since: new Date(1e9 * (number % 11)),
      boss: number % 2 ? root.people.at(number >> 1)! : null,
    });
    root.people.push(person);
    root.byAge.add(person);
    root.byBoss.add(person);
    root.bySize.add(person);
    root.words.add(`w${number % 13}`);
  }
  return { store, root };
}
const names = (rows: Iterable<{ p: Person }>) => Array.from(rows, ({ p }) => p.name).sort();

describe('all objects of a struct', () => {
  it('are gone through by the index that gives the fewest, and the plan says so', () => {
    const { store, root } = open();
    const all = query().each('p', objects(store, 'Person'));
    expectTypeOf(all.run().first()!.p).toEqualTypeOf<Person>();
    expect(all.run().count()).toBe(40);
    const some = all.where('p.age', '>=', 3).where('p.age', '<', 6);
    expect(String(some.run().explain({ run: true }))).toBe(
      [
        'range each p in objects of Person, by index Person.byAge: p.age >= 3 and p.age < 6, about 5, gave 5',
        '  where p.age >= 3, gave 5',
        '  where p.age < 6, gave 5',
      ].join('\n'),
    );
    expect(names(some)).toEqual(
      names(query().each('p', root.people).where('p.age', '>=', 3).where('p.age', '<', 6)),
    );
    const via = (rows: typeof all) => {
      const [{ step, via: index, estimate } = {}] = rows.run().explain().steps;
      return [step, index, estimate];
    };
    expect(via(all)).toEqual(['scan', undefined, 40]);
    expect(via(all.where('p.name', '=', 'p7'))).toEqual(['lookup', 'index Person.byName: p.name = "p7"', 1]);
    const inRome = all.where('p.city', '=', 'Rome');
    expect(via(inRome)).toEqual(['range', 'index Person.byCityAge: p.city = "Rome"', 14]);
    // Fewer people are of that age than of that age in order of the other index.
    expect(via(inRome.where('p.age', '>', 20))[1]).toBe(
      'index Person.byCityAge: p.city = "Rome" and p.age > 20',
    );
    expect(via(inRome.where('p.age', '=', 20))[0]).toBe('lookup');
    // Names of bindings for fields are seen through, and values of other bindings used.
    const alias = all.attribute('years', 'p.age').where('years', '=', 7);
    expect(via(alias as unknown as typeof all)[1]).toBe('index Person.byAge: years = 7');
    const pairs = query()
      .each('q', root.people)
      .each('p', objects(store, 'Person'))
      .compare('p.name', '=', 'q.name');
    expect(pairs.run().explain({ run: true }).steps[1]).toMatchObject({
      step: 'lookup',
      estimate: 1,
      rows: 40,
    });
    store.rollback();
    store.close();
  });

  it('are those of a snapshot, too', () => {
    const { store } = open();
    store.commit();
    using snapshot = store.snapshot();
    for (const { p } of query().each('p', objects(store, 'Person')).run().toArray()) p.age = 99;
    const old = query().each('p', objects(snapshot, 'Person')).where('p.age', '=', 99).run();
    expect([old.count(), old.explain().steps[0]!.estimate]).toEqual([0, 0]);
    store.rollback();
  });

  it('are not known without an index', () => {
    const { store } = open();
    expect(() => objects(store, 'Employee')).toThrow(
      'Employee declares no index, so its objects are not known',
    );
    expect(() => objects(store, 'Persn' as 'Person')).toThrow('no struct "Persn"; did you mean "Person"?');
    store.rollback();
    store.close();
  });

  it('may not change while an index of theirs is read', () => {
    const { store } = open();
    const change = () => {
      for (const { p } of query().each('p', objects(store, 'Person')).where('p.age', '>', 5)) p.age += 1;
    };
    expect(change).toThrow(expect.objectContaining({ code: 'OBJ_CHANGED' }));
    store.rollback();
    store.close();
  });
});

it('one index can be gone through, and read in part', () => {
  const { store } = open();
  const byCityAge = query().each('p', store.index('Person', 'byCityAge'));
  const some = byCityAge.where('p.city', '=', 'Lyon').where('p.age', '<', 9).run();
  expect(some.explain().steps[0]).toMatchObject({ step: 'range', via: expect.stringContaining('p.age < 9') });
  expect(byCityAge.explain().steps[0]!.text).toBe('each p in index Person.byCityAge');
  const ages = some.toArray().map(({ p }) => p.age);
  expect(ages).toEqual([...ages].sort((a, b) => a - b));
  expect(ages.length).toBeGreaterThan(2);
  const old = query()
    .range('p', store.index('Person', 'byAge'), { from: () => 20, reverse: true })
    .run();
  expectTypeOf(old.first()!.p).toEqualTypeOf<Person>();
  expect(old.toArray().map(({ p }) => p.age)).toEqual([22, 22, 21, 21, 20, 20]);
  store.rollback();
  store.close();
});

it('sorted lists are read in part', () => {
  const { store, root } = open();
  const words = query().each('w', root.words).where('w', '>', 'w5').where('w', '<=', 'w7').run();
  expect(words.explain({ run: true }).steps[0]).toMatchObject({
    step: 'range',
    via: 'its order: w > "w5" and w <= "w7"',
  });
  expect(words.distinct().toArray()).toEqual([{ w: 'w6' }, { w: 'w7' }]);
  const bosses = query().each('p', root.byBoss).where('p.boss.age', '>', 15).run();
  expect(bosses.explain({ run: true }).steps[0]).toMatchObject({ step: 'range', estimate: 6, rows: 6 });
  const ages = bosses.toArray().map(({ p }) => p.boss!.age);
  expect(ages).toEqual([...ages].sort((a, b) => b - a));
  expect(ages).toHaveLength(6);
  store.rollback();
  store.close();
});

it('rows are the same with an index and without', () => {
  const { store, root } = open();
  const values: Record<string, readonly unknown[]> = {
    'p.age': [0, 7, 22, 300, -1, 0.5, 7n, null],
    'p.name': ['p1', 'p39', '', 'x'],
    'p.city': ['Rome', 'Lyon', 'M', ''],
    'p.size': ['small', 'large', 'huge'],
    'p.weight': [0.1, Math.fround(0.1), 0.7, 1, Number.NaN, -0],
    'p.nick': ['n1', 'n4', null, undefined, ''],
    'p.since': [new Date(0), new Date(5e9), new Date(Number.NaN)],
    'p.boss.age': [3, 7, null],
  };
  const test = fc.record({
    path: fc.constantFrom(...Object.keys(values)),
    comparison: fc.constantFrom<Comparison>('=', '!=', '<', '<=', '>', '>='),
    value: fc.nat(20),
  });
  const sources = [
    objects(store, 'Person'),
    store.index('Person', 'byCityAge'),
    root.byAge,
    root.byBoss,
    root.bySize,
  ] as readonly Iterable<Person>[];
  let indexed = 0;
  fc.assert(
    fc.property(
      fc.array(test, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...sources),
      (tests, source) => {
        const tested = (from: Iterable<Person>) =>
          tests.reduce(
            (rows, { path, comparison, value }) => {
              const given = values[path]!;
              return rows.where(path as 'p.age', comparison, given[value % given.length] as number);
            },
            query().each('p', from),
          );
        const rows = tested(source);
        if (rows.run().explain().steps[0]!.step !== 'scan') indexed++;
        expect(names(rows)).toEqual(names(tested(root.people)));
      },
    ),
    { numRuns: 500 },
  );
  expect(indexed).toBeGreaterThan(40);
  store.rollback();
  store.close();
});
