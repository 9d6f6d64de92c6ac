import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bool,
  bytes,
  date,
  defineSchema,
  enumeration,
  float64,
  type Infer,
  int64,
  list,
  ObjectStore,
  optional,
  ref,
  sortedList,
  sortedMap,
  struct,
  text,
  uint8,
} from '../index.js';
import { objects, query } from './index.js';

const schema = defineSchema({
  Root: struct({
    byName: sortedMap(text(), ref('Person')),
    bySize: sortedMap(enumeration('small', 'large', 'huge'), ref('Person')),
    up: sortedList(ref('Person'), { by: 'age' }),
    down: sortedList(ref('Person'), { by: 'age', descending: true }),
    boss: sortedList(ref('Person'), { by: 'boss.age' }),
    plain: list(ref('Person')),
  }),
  Person: struct(
    {
      name: text(),
      age: uint8(),
      city: text(),
      size: enumeration('small', 'large', 'huge'),
      nick: optional(text()),
      height: float64(),
      since: date(),
      big: int64(),
      photo: bytes(),
      admin: bool(),
      boss: optional(ref('Person')),
    },
    {
      indexes: {
        byName: { on: 'name', unique: true },
        byAge: 'age',
        byCityAge: ['city', 'age'],
        bySize: ['size', 'age'],
        byNick: 'nick',
        byHeight: 'height',
        bySince: 'since',
        byBig: 'big',
        byPhoto: 'photo',
        byAdmin: ['admin', 'height', 'name'],
      },
    },
  ),
});
type Person = Infer<typeof schema, 'Person'>;
type Way = 'ascending' | 'descending';
const fields = ['name', 'age', 'city', 'size', 'nick', 'height', 'since', 'big', 'photo', 'admin'] as const;

const words = ['', 'a', 'b', 'ab', '\u{10000}', '\uffee', 'longer than eight bytes', 'longer than eight'];
const person = fc.record({
  age: fc.nat(4),
  city: fc.constantFrom(...words.slice(0, 3)),
  size: fc.constantFrom('small' as const, 'large' as const, 'huge' as const),
  nick: fc.option(fc.constantFrom(...words)),
  height: fc.constantFrom(0, -0, Number.NaN, 1.5, -2, Number.NEGATIVE_INFINITY),
  since: fc.nat(3).map((day) => new Date(day - 1)),
  big: fc.constantFrom(-(2n ** 63n), -1n, 0n, 5n),
  photo: fc.constantFrom(Uint8Array.of(), Uint8Array.of(0), Uint8Array.of(1, 255), Uint8Array.of(1)),
  admin: fc.boolean(),
  boss: fc.option(fc.nat(20)),
});

function storeOf(people: readonly (typeof person extends fc.Arbitrary<infer P> ? P : never)[]) {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), schema);
  const { root } = store;
  for (const [index, { boss, ...fields }] of people.entries()) {
    const made = store.create('Person', { ...fields, name: `p${(index * 7) % 31}` });
    made.boss = boss === null ? null : (root.plain.at(boss % (index + 1)) ?? null);
    root.plain.push(made);
    root.byName.set(made.name, made);
    for (const list of [root.up, root.down, root.boss]) list.add(made);
  }
  return store;
}

const namesOf = (rows: Iterable<{ p: Person }>) => Array.from(rows, ({ p }) => p.name);

describe('an order that an index has', () => {
  it('gives the rows that sorting gives, for all kinds, several orders, tests, limits and directions', () => {
    const order = fc.tuple(fc.constantFrom(...fields), fc.constantFrom<Way[]>('ascending', 'descending'));
    const test = fc.option(
      fc.oneof(
        fc.record({
          path: fc.constant('p.city'),
          comparison: fc.constant('='),
          value: fc.constantFrom('', 'a'),
        }),
        fc.record({
          path: fc.constant('p.age'),
          comparison: fc.constantFrom('=', '<', '>='),
          value: fc.nat(5),
        }),
        fc.record({
          path: fc.constant('p.size'),
          comparison: fc.constantFrom('=', '<'),
          value: fc.constantFrom('huge', 'x'),
        }),
        fc.record({ path: fc.constant('p.admin'), comparison: fc.constant('='), value: fc.boolean() }),
        fc.record({
          path: fc.constant('p.nick'),
          comparison: fc.constantFrom('=', '>'),
          value: fc.constantFrom(null, 'a'),
        }),
      ),
    );
    let served = 0;
    fc.assert(
      fc.property(
        fc.array(person, { maxLength: 25 }),
        fc.uniqueArray(order, { minLength: 1, maxLength: 3, selector: ([field]) => field }),
        test,
        fc.option(fc.nat(8)),
        fc.boolean(),
        (people, orders, given, limit, isPair) => {
          using store = storeOf(people);
          const all = query().each('p', objects(store, 'Person'));
          const tested = given
            ? all.where(given.path as 'p.age', given.comparison as '=', given.value as 0)
            : all;
          const made = (isPair ? tested.each('q', [1, 2, 3]) : tested) as typeof tested;
          // A function is no path, so nothing is known of it.
          let [rows, sorted] = [made.run(), made.run()];
          for (const [field, way] of orders) {
            rows = rows.orderBy(`p.${field}`, way);
            sorted = sorted.orderBy((row: { p: Person }) => row.p[field], way);
          }
          const show = (found: typeof rows) => {
            return Array.from(found, ({ p }) => orders.map(([field]) => String(p[field])));
          };
          const text = String(rows.explain());
          if (text.includes('as they come')) served++;
          const whole = show(rows);
          expect(whole).toEqual(show(sorted));
          expect(namesOf(rows as never).sort()).toEqual(namesOf(sorted as never).sort());
          // Of what is equal, each is there once for each element of the inner loop, in the order of that.
          if (isPair) {
            const inner = new Map<string, number[]>();
            for (const row of rows as unknown as Iterable<{ p: Person; q: number }>)
              inner.set(row.p.name, [...(inner.get(row.p.name) ?? []), row.q]);
            for (const found of inner.values()) expect(found).toEqual([1, 2, 3]);
          }
          if (limit !== null) expect(show(rows.limit(limit))).toEqual(whole.slice(0, limit));
          store.rollback();
        },
      ),
      { numRuns: 300 },
    );
    expect(served).toBeGreaterThan(50);
  });

  it('leaves what is equal as it was, where the collection itself is sorted', () => {
    fc.assert(
      fc.property(
        fc.array(person, { maxLength: 25 }),
        fc.constantFrom<Way[]>('ascending', 'descending'),
        (people, way) => {
          using store = storeOf(people);
          const { up, down, boss, byName } = store.root;
          for (const list of [up, down as typeof up]) {
            const all = query().each('p', list as typeof up);
            for (const field of ['age', 'city'] as const) {
              const rows = all.run().orderBy(`p.${field}`, way).orderBy('p.city');
              const sorted = all
                .run()
                .orderBy(({ p }) => p[field], way)
                .orderBy(({ p }) => p.city);
              expect(namesOf(rows)).toEqual(namesOf(sorted));
            }
            expect(String(all.run().orderBy('p.age', way).explain())).toContain('as they come');
          }
          const bosses = query().each('p', boss).where('p.age', '>', 1);
          expect(namesOf(bosses.run().orderBy('p.boss.age', way))).toEqual(
            namesOf(bosses.run().orderBy(({ p }) => p.boss?.age, way)),
          );
          const named = query().each(['key', 'p'], byName).where('key', '>', 'p2').run().orderBy('key', way);
          expect(String(named.explain())).toContain('as they come');
          expect(namesOf(named)).toEqual([...byName.keys({ after: 'p2', reverse: way === 'descending' })]);
          store.rollback();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is shown by the plan, and reads no more than is wanted', () => {
    const some = fc.sample(person, { numRuns: 31, seed: 1 });
    using store = storeOf(
      some.map((each, index) => ({ ...each, age: (index * 7) % 50, city: ['Rome', 'Lyon'][index % 2]! })),
    );
    const all = query().each('p', objects(store, 'Person'));
    const youngest = all.run().orderBy('p.age').limit(3);
    expect(String(youngest.explain({ run: true }))).toBe(
      [
        'scan each p in objects of Person, by index Person.byAge, about 31, gave 3',
        'then order by p.age ascending: as they come',
        'then limit 3',
      ].join('\n'),
    );
    const inRome = all.where('p.city', '=', 'Rome').run();
    expect(String(inRome.orderBy('p.age', 'descending').explain())).toBe(
      [
        'range each p in objects of Person, by index Person.byCityAge: p.city = "Rome", from the end, about 16',
        '  where p.city = "Rome"',
        'then order by p.age descending: as they come',
      ].join('\n'),
    );
    expect(String(inRome.orderBy('p.city').orderBy('p.age').orderBy('p.name').explain())).toContain(
      'then order by p.city ascending, p.age ascending, p.name ascending: the first 2 as they come',
    );
    // Names for fields are seen through, parameters known, and parts that are gone through on purpose known to be sorted.
    const alias = query<{ city: string }>('city')
      .each('p', objects(store, 'Person'))
      .attribute('years', 'p.age')
      .compare('p.city', '=', 'city');
    expect(String(alias.run({ city: 'Rome' }).orderBy('years').explain())).toContain('as they come');
    const part = query().range('p', store.index('Person', 'byAge'), { from: () => 10, reverse: true });
    expect(String(part.run().orderBy('p.age').explain())).toContain('from the end');
    expect(Array.from(part.run().orderBy('p.age'), ({ p }) => p.age)).toEqual(
      Array.from(part, ({ p }) => p.age).reverse(),
    );
  });

  it('is none for names of an enumeration, for functions, after a limit, and where a test leaves little to sort', () => {
    using store = storeOf(
      fc.sample(person, { numRuns: 30, seed: 1 }).map((each, index) => ({ ...each, nick: `${index}` })),
    );
    const all = query().each('p', objects(store, 'Person'));
    const isServed = (rows: { explain(): unknown }) => String(rows.explain()).includes('as they come');
    expect(isServed(all.run().orderBy('p.nick'))).toBe(true);
    expect(isServed(all.run().orderBy('p.size'))).toBe(false);
    expect(isServed(query().each(['size', 'p'], store.root.bySize).run().orderBy('size'))).toBe(false);
    expect(isServed(all.run().orderBy(({ p }) => p.nick))).toBe(false);
    expect(isServed(all.run().limit(5).orderBy('p.nick'))).toBe(false);
    expect(isServed(all.where('p.name', '=', 'p7').run().orderBy('p.nick'))).toBe(false);
    expect(isServed(query().each('p', store.root.plain).run().orderBy('p.nick'))).toBe(false);
    // A text that is no name of the enumeration makes the loop go through everything.
    const wrong = all
      .where('p.size', '=', 'none' as 'huge')
      .run()
      .orderBy('p.age', 'descending');
    expect([...wrong]).toEqual([]);
  });

  it('does not outlive a change of what it is read from', () => {
    using store = storeOf(fc.sample(person, { numRuns: 10, seed: 1 }));
    const rows = query().each('p', store.root.up).run().orderBy('p.age');
    expect(() => {
      for (const { p } of rows) p.age = 255 - p.age;
    }).toThrow(expect.objectContaining({ code: 'OBJ_CHANGED' }));
    for (const { p } of rows.toArray()) p.age = 255 - p.age;
    store.rollback();
  });
});
