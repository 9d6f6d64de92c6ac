import { memoryDriver, openWith } from '@terrane/driver';
import {
  bytes,
  date,
  defaultMap,
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
  sortedMap,
  struct,
  text,
} from '../index.js';

/** People with bosses, friends and scores, in collections of all sorts. */
export const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    all: list(ref('Person')),
    tags: set(text()),
    ages: list(int32()),
    byAge: sortedMap(int32(), list(ref('Person'))),
    hits: defaultMap(text(), int32()),
    day: date(),
    mark: bytes(),
  }),
  Person: struct({
    name: text(),
    age: int32(),
    weight: float64(),
    boss: optional(ref('Person')),
    friends: list(ref('Person')),
    scores: map(text(), int32()),
    years: sortedMap(int32(), text()),
  }),
});
export type Person = Infer<typeof schema, 'Person'>;

let stores = 0;
/** A store with four of them. */
export function openPeople() {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: `query-${stores++}`, mode: 'a' }), schema);
  const { root } = store;
  const make = (name: string, age: number, boss?: Person) => {
    const person = store.create('Person', { name, age, boss: boss ?? null, weight: age / 2 });
    root.people.set(name, person);
    root.all.push(person);
    root.byAge.getOrInsert(age, () => []).push(person);
    return person;
  };
  const ann = make('Ann', 50);
  const bob = make('Bob', 30, ann);
  const cid = make('Cid', 20, bob);
  const dot = make('Dot', 30, ann);
  bob.friends.push(cid, ann);
  ann.friends.push(bob);
  bob.scores.set('chess', 7);
  bob.years.set(1999, 'born');
  bob.years.set(2020, 'hired');
  return { store, root, ann, bob, cid, dot };
}
