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
  ref,
  struct,
  text,
} from '../index.js';
import { count, query } from './index.js';

/** The graph of the manuals of TinkerPop: who knows whom, and who made what. */
const people = { marko: 29, vadas: 27, josh: 32, peter: 35 };
const software = { lop: 'java', ripple: 'java' };
const knows: [string, string, number][] = [
  ['marko', 'vadas', 0.5],
  ['marko', 'josh', 1],
];
const created: [string, string, number][] = [
  ['marko', 'lop', 0.4],
  ['josh', 'ripple', 1],
  ['josh', 'lop', 0.4],
  ['peter', 'lop', 0.2],
];
const four = [
  ['josh', 'lop', 0.4],
  ['josh', 'ripple', 1],
  ['marko', 'lop', 0.4],
  ['peter', 'lop', 0.2],
];
const sorted = (rows: Iterable<{ who: string; what: string; weight: number }>) =>
  Array.from(rows, ({ who, what, weight }) => [who, what, weight]).sort((a, b) => (`${a}` < `${b}` ? -1 : 1));

const byLists = defineSchema({
  Root: struct({ people: map(text(), ref('Person')), software: map(text(), ref('Software')) }),
  Person: struct({ name: text(), age: int32(), knows: list(ref('Link')), created: list(ref('Made')) }),
  Software: struct({ name: text(), lang: text() }),
  Link: struct({ to: ref('Person'), weight: float64() }),
  Made: struct({ to: ref('Software'), weight: float64() }),
});

it('six vertices as structs with lists of edges: a loop and a query find the same four rows', () => {
  using store = ObjectStore.open(openWith(memoryDriver(), { name: 'lists', mode: 'a' }), byLists);
  const { root } = store;
  for (const [name, age] of Object.entries(people)) root.people.set(name, { name, age });
  for (const [name, lang] of Object.entries(software)) root.software.set(name, { name, lang });
  for (const [from, to, weight] of knows)
    root.people.get(from)!.knows.push({ to: root.people.get(to)!, weight });
  for (const [from, to, weight] of created) {
    root.people.get(from)!.created.push({ to: root.software.get(to)!, weight });
  }
  const byLoop = [];
  for (const person of root.people.values()) {
    for (const made of person.created) {
      byLoop.push({ who: person.name, what: made.to.name, weight: made.weight });
    }
  }
  const byQuery = query()
    .each('p', root.people)
    .each('made', 'p.created')
    .attribute('who', 'p.name')
    .attribute('what', 'made.to.name')
    .attribute('weight', 'made.weight');
  expect(byQuery.run().select('who', 'what', 'weight').toArray()).toEqual(byLoop);
  expect(sorted(byLoop)).toEqual(four);
  store.commit();
});

const asGraph = defineSchema({
  Root: struct({ people: map(text(), ref('Person')), software: map(text(), ref('Software')) }),
  Person: struct({ name: text(), age: int32() }),
  Software: struct({ name: text(), lang: text() }),
  Knows: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Person' } }),
  Created: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Software' } }),
});
type Created = Infer<typeof asGraph, 'Created'>;

function openGraph() {
  const store = ObjectStore.open(openWith(memoryDriver(), { name: 'graph', mode: 'a' }), asGraph);
  const { root } = store;
  for (const [name, age] of Object.entries(people)) root.people.set(name, { name, age });
  for (const [name, lang] of Object.entries(software)) root.software.set(name, { name, lang });
  const person = (name: string) => root.people.get(name)!;
  for (const [from, to, weight] of knows) store.connect('Knows', person(from), person(to), { weight });
  for (const [from, to, weight] of created) {
    store.connect('Created', person(from), root.software.get(to)!, { weight });
  }
  return { store, root };
}

it('the same as a graph, from both ends', () => {
  const { store, root } = openGraph();
  const outwards = query().each(['who', 'p'], root.people).edge('made', 'Created', { from: 'p' });
  expectTypeOf(outwards.run().first()!.made).toEqualTypeOf<Created>();
  const rows = outwards.attribute('what', 'made.to.name').attribute('weight', 'made.weight');
  expect(sorted(rows)).toEqual(four);
  const inwards = query()
    .each(['what', 's'], root.software)
    .edge('made', 'Created', { to: 's' })
    .attribute('who', 'made.from.name')
    .attribute('weight', 'made.weight');
  expect(sorted(inwards)).toEqual(four);
  const between = query()
    .each(['who', 'p'], root.people)
    .each(['what', 's'], root.software)
    .edge('made', 'Created', { from: 'p', to: 's' })
    .attribute('weight', 'made.weight');
  expect(sorted(between)).toEqual(four);
  // Whom Marko knows made what.
  const theirs = query()
    .lookup('marko', root.people, () => 'marko')
    .edge('knows', 'Knows', { from: 'marko' })
    .attribute('friend', 'knows.to')
    .edge('made', 'Created', { from: 'friend' })
    .attribute('what', 'made.to.name')
    .run();
  expect(theirs.select('what').toArray()).toEqual([{ what: 'lop' }, { what: 'ripple' }]);
  // Who made the same as somebody else.
  const pairs = query()
    .each(['a', 'p'], root.people)
    .edge('one', 'Created', { from: 'p' })
    .edge('other', 'Created', { to: 'one.to' })
    .notEqual('one', 'other')
    .attribute('b', 'other.from.name')
    .run();
  expect(pairs.groupBy('a').aggregate({ n: count() }).toArray()).toEqual([
    { a: 'marko', n: 2 },
    { a: 'josh', n: 2 },
    { a: 'peter', n: 2 },
  ]);
  store.rollback();
  store.close();
});

it('walks anything that has edges, and refuses what has none', () => {
  const graph: Record<string, { name: string; links: string[] }> = {};
  const node = (name: string, links: string[]) => {
    graph[name] = { name, links };
    return {
      name,
      out: (kind: string) => links.map((to) => ({ kind, from: name, to })),
      in: (kind: string) =>
        Object.values(graph)
          .filter((other) => other.links.includes(name))
          .map((other) => ({ kind, from: other.name, to: name })),
    };
  };
  const nodes = [node('a', ['b', 'c']), node('b', ['c']), node('c', [])];
  const walked = query().each('n', nodes).edge('e', 'likes', { from: 'n' });
  expect([...walked].map(({ e }) => `${e.from}${e.kind}${e.to}`)).toEqual(['alikesb', 'alikesc', 'blikesc']);
  expect([...query().each('n', nodes).edge('e', 'x', { to: 'n' })].map(({ e }) => e.from)).toEqual([
    'a',
    'a',
    'b',
  ]);
  const { store, root } = openGraph();
  const people = query().each('p', root.people);
  // @ts-expect-error neither end is given
  expect(() => people.edge('e', 'Knows', {})).toThrow('edge: give "from", "to" or both');
  // @ts-expect-error nothing is bound to it
  expect(() => people.edge('e', 'Knows', { from: 'p', to: 'q' })).toThrow('no binding "q"');
  // @ts-expect-error there is no such end
  expect(() => people.edge('e', 'Knows', { form: 'p' })).toThrow('did you mean "from"');
  expect(() => people.edge('e', 'Likes', { from: 'p' }).run().count()).toThrow('there are no edges "Likes"');
  const numbers = query().each('n', [1]).edge('e', 'Knows', { from: 'n' });
  expectTypeOf(() => numbers.run().first()!.e).returns.toEqualTypeOf<never>();
  expect(() => numbers.run().count()).toThrow('edge: 1 has no edges "out"');
  store.rollback();
  store.close();
});
