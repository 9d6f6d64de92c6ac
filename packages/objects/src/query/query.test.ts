import { memoryDriver, openWith } from '@terrane/driver';
import { expect, expectTypeOf, it } from 'vitest';
import {
  defineSchema,
  float64,
  type Infer,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  struct,
  text,
} from '../index.js';
import { count, query, sum } from './index.js';

const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    all: list(ref('Person')),
    tags: set(text()),
    ages: list(int32()),
  }),
  Person: struct({
    name: text(),
    age: int32(),
    weight: float64(),
    boss: optional(ref('Person')),
    friends: list(ref('Person')),
    scores: map(text(), int32()),
  }),
});
type Person = Infer<typeof schema, 'Person'>;

let stores = 0;
function open() {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: `query-${stores++}`, mode: 'a' }), schema);
  const { people, all } = store.root;
  const make = (name: string, age: number, boss?: Person) => {
    const person = store.create('Person', { name, age, boss: boss ?? null, weight: age / 2 });
    people.set(name, person);
    all.push(person);
    return person;
  };
  const ann = make('Ann', 50);
  const bob = make('Bob', 30, ann);
  const cid = make('Cid', 20, bob);
  make('Dot', 30, ann);
  bob.friends.push(cid, ann);
  ann.friends.push(bob);
  bob.scores.set('chess', 7);
  return { store, root: store.root, ann, bob, cid };
}

it('binds names by rules, whose types make the type of a row', () => {
  const { root } = open();
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
});

it('takes parameters', () => {
  const { root } = open();
  const older = query<{ least: number; who: string }>('least', 'who')
    .each(['name', 'p'], root.people)
    .compare('p.age', '>=', 'least')
    .notEqual('name', 'who');
  const rows = older.run({ least: 30, who: 'Bob' });
  expect(rows.select('name').toArray()).toEqual([{ name: 'Ann' }, { name: 'Dot' }]);
  expect(
    rows
      .groupBy({ age: 'p.age' })
      .aggregate({ n: count(), weight: sum('p.weight') })
      .toArray(),
  ).toEqual([
    { age: 50, n: 1, weight: 25 },
    { age: 30, n: 1, weight: 15 },
  ]);
});
