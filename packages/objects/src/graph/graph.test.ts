import { memoryDriver, openWith } from '@terrane/driver';
import { expect, expectTypeOf, it } from 'vitest';
import { chunkHeader } from '../heap/chunks.js';
import {
  defineSchema,
  type Edges,
  float64,
  type Infer,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  struct,
  text,
  weak,
} from '../index.js';
import { positionKey, segmentKey } from '../live/live-object.js';
import { placeRecord } from '../schema/place-fields.js';

const schema = defineSchema({
  Root: struct({ people: map(text(), ref('Person')), favourite: optional(ref('Knows')) }),
  Person: struct({ name: text() }),
  Employee: struct({ salary: float64() }, { extends: 'Person' }),
  City: struct({ name: text() }),
  Knows: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Person' } }),
  LivesIn: struct({ since: int32(), notes: list(text()) }, { edge: { from: 'Person', to: 'City' } }),
  Manages: struct({ why: ref('City') }, { edge: { from: 'Employee', to: 'Person' } }),
});

const disk = memoryDriver();
let count = 0;
const open = (name = `graph-${count++}`) => ObjectStore.open(openWith(disk, { name, mode: 'a' }), schema);
const code = (name: string) => expect.objectContaining({ code: name });

function three() {
  const store = open();
  const { people } = store.root;
  people.set('ann', { name: 'Ann' });
  people.set('bob', store.create('Employee', { name: 'Bob', salary: 7 }));
  const paris = store.create('City', { name: 'Paris' });
  return { store, ann: people.get('ann')!, bob: people.get('bob')!, paris };
}

it('connects objects, and goes from one to the others in both directions, the newest edge first', () => {
  const { store, ann, bob, paris } = three();
  const lives = store.connect('LivesIn', ann, paris, { since: 1999 });
  store.connect('LivesIn', bob, paris);
  store.connect('Knows', ann, bob, { weight: 0.5 });
  store.connect('Knows', ann, bob, { weight: 1 });
  store.connect('Knows', ann, ann);
  expectTypeOf(lives).toEqualTypeOf<Infer<typeof schema, 'LivesIn'>>();
  expectTypeOf(lives.to).toEqualTypeOf<Infer<typeof schema, 'City'>>();
  expectTypeOf(ann.out('LivesIn')).toEqualTypeOf<Edges<Infer<typeof schema, 'LivesIn'>>>();
  expect([lives.from.name, lives.to.name, lives.since, [...lives.notes]]).toEqual(['Ann', 'Paris', 1999, []]);
  expect([...ann.out('Knows')].map((edge) => [edge.to.name, edge.weight])).toEqual([
    ['Ann', 0],
    ['Bob', 1],
    ['Bob', 0.5],
  ]);
  expect([...ann.out('Knows').oldestFirst()].map(({ weight }) => weight)).toEqual([0.5, 1, 0]);
  expect([...paris.in('LivesIn')].map((edge) => edge.from.name)).toEqual(['Bob', 'Ann']);
  expect([...ann.out()].map(({ to }) => to.name)).toEqual(['Ann', 'Bob', 'Bob', 'Paris']);
  expect([ann.out().count, ann.out('Knows').count, ann.in('Knows').count, ann.in().count]).toEqual([
    4, 3, 1, 1,
  ]);
  expect(plain(lives)).toEqual({ from: { name: 'Ann' }, to: { name: 'Paris' }, since: 1999, notes: [] });
  // @ts-expect-error: only employees have such edges.
  expect(() => ann.out('Manages')).toThrow(
    new TypeError('Person: there are no edges "Manages" that lead from it'),
  );
  store.commit();
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('makes the ends of an edge of plain data, and takes derived structs for their base', () => {
  const { store, ann, bob, paris } = three();
  const edge = store.connect('Knows', { name: 'Cid' }, bob);
  expect(edge.from.out('Knows').count).toBe(1);
  const boss = store.create('Employee', { name: 'Eve' });
  store.connect('Manages', boss, ann, { why: paris });
  expect([...boss.out('Manages')].map(({ to }) => to.name)).toEqual(['Ann']);
  expect(() => store.connect('Manages', ann as never, bob, { why: paris })).toThrow(
    new TypeError('Manages.from: a Employee is wanted, not a Person'),
  );
  expect(() => store.create('Knows', { from: ann } as never)).toThrow(
    'Knows: the field "to" has to be given',
  );
  expect(() => store.create('Knows', { from: ann, to: bob, since: 1 } as never)).toThrow(
    'has no field "since"',
  );
  expect(() => Object.assign(edge, { to: ann })).toThrow(TypeError);
  expect(() => store.connect('Knows', ann, bob, { to: ann } as never)).toThrow(
    'the ends of an edge are given before',
  );
});

it('takes an edge out of both nodes, and frees the edges of a node with it', () => {
  const { store, ann, bob, paris } = three();
  const edges = [1, 2, 3].map((weight) => store.connect('Knows', ann, bob, { weight }));
  store.connect('Knows', ann, ann);
  store.connect('Knows', bob, ann);
  store.connect('LivesIn', bob, paris, { notes: ['x'] });
  store.free(edges[1]!);
  expect([...ann.out('Knows')].map(({ weight }) => weight)).toEqual([0, 3, 1]);
  expect([...bob.in('Knows').oldestFirst()].map(({ weight }) => weight)).toEqual([1, 3]);
  expect(() => edges[1]!.weight).toThrow(code('OBJ_FREED'));
  store.free(bob);
  expect([ann.out().count, ann.in().count, paris.in().count]).toEqual([1, 1, 0]);
  expect([...paris.in()]).toEqual([]);
  expect(() => edges[0]!.weight).toThrow(code('OBJ_FREED'));
  store.root.people.delete('bob');
  store.collect();
  store.commit();
  expect(store.verify().problems).toEqual([]);
});

it('goes on when edges are deleted, and edges made, while they are iterated', () => {
  const { store, ann, bob } = three();
  const make = () => [0, 1, 2, 3, 4, 5].map((weight) => store.connect('Knows', ann, bob, { weight }));
  let made = make();
  const seen: number[] = [];
  for (const edge of ann.out('Knows')) {
    const { weight } = edge;
    seen.push(weight);
    if (weight === 4) for (const gone of [3, 4, 2]) store.free(made[gone]!);
    if (weight === 1) store.connect('Knows', ann, ann, { weight: 9 });
  }
  expect(seen).toEqual([5, 4, 1, 0]);
  for (const edge of ann.out('Knows')) store.free(edge);
  expect(ann.out().count).toBe(0);
  made = make();
  const kept = [...bob.in('Knows').oldestFirst()].map(({ weight }) => weight);
  expect(kept).toEqual([0, 1, 2, 3, 4, 5]);
  const walk = bob.in('Knows').oldestFirst();
  walk.next();
  for (const edge of made) store.free(edge);
  expect(walk.next().done).toBe(true);
  store.commit();
  store.connect('Knows', ann, bob);
  store.connect('Knows', ann, bob);
  const rolled = ann.out('Knows')[Symbol.iterator]();
  rolled.next();
  store.rollback();
  expect(() => rolled.next()).toThrow(code('OBJ_CHANGED'));
});

it('keeps what can be reached over edges, and collects the rest, circles and all', () => {
  const { store, ann, bob, paris } = three();
  store.connect('LivesIn', ann, paris);
  store.connect('Knows', store.create('Person', { name: 'hidden' }), bob);
  expect(store.collect().chunks).toBe(0);
  const lost = store.create('Person', { name: 'lost' });
  store.connect('Knows', lost, lost);
  store.root.people.delete('ann');
  store.root.favourite = store.connect('Knows', { name: 'only an edge leads here' }, { name: 'and here' });
  // Ann, what she was called, her list of notes and where she lived; the lost one, his name and his edge.
  expect(store.collect().chunks).toBe(6 + 3);
  expect([...bob.in('Knows')].map(({ from }) => from.name)).toEqual(['hidden']);
  expect(store.root.favourite!.from.out('Knows').count).toBe(1);
  store.commit();
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('is the same after compaction, and after edges of a new kind were declared', () => {
  const name = 'growing';
  const before = defineSchema({
    Root: struct({ ann: optional(ref('Person')) }),
    Person: struct({ name: text() }),
    Knows: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Person' } }),
  });
  const file = () => openWith(disk, { name, mode: 'a' });
  {
    using store = ObjectStore.open(file(), before);
    const ann = store.create('Person', { name: 'ann' });
    store.root.ann = ann;
    for (let weight = 0; weight < 20; weight++) {
      store.connect('Knows', ann, { name: `to ${weight}` }, { weight });
      store.connect('Knows', { name: `from ${weight}` }, ann, { weight });
    }
    store.connect('Knows', ann, ann, { weight: 99 });
    store.commit();
    const shown = (node: typeof ann) => [
      [...node.out('Knows')].map(({ to, weight }) => [to.name, weight]),
      [...node.in('Knows').oldestFirst()].map(({ from, weight }) => [from.name, weight]),
    ];
    const was = shown(ann);
    store.compact();
    expect(shown(store.root.ann!)).toEqual(was);
    expect(was[0]![0]).toEqual(['ann', 99]);
    expect(store.verify().problems).toEqual([]);
  }
  const after = defineSchema({
    ...before.structs,
    Likes: struct({}, { edge: { from: 'Person', to: 'Person' } }),
  });
  {
    using store = ObjectStore.open(file(), after);
    const ann = store.root.ann!;
    expect([ann.out('Knows').count, ann.in('Knows').count, ann.out('Likes').count]).toEqual([21, 21, 0]);
    store.connect('Likes', ann, ann);
    expect(ann.out('Likes').count).toBe(1);
    store.commit();
    expect(store.verify().problems).toEqual([]);
  }
  {
    // Who knows of fewer kinds does no harm to the others.
    using store = ObjectStore.open(file(), before);
    expect(store.root.ann!.out('Knows').count).toBe(21);
    store.free([...store.root.ann!.out('Knows')][5]!.to);
    store.commit();
    expect(store.verify().problems).toEqual([]);
  }
  const turned = defineSchema({ ...before.structs, Knows: struct({ weight: float64() }) });
  expect(() => ObjectStore.open(file(), turned)).toThrow(
    'Knows: edge (breaking): the file has an edge from Person to Person, declared is no edge',
  );
  expect(() => ObjectStore.migrate(file(), turned)).toThrow(TypeError);
});

it('refuses edges that lead nowhere, that are bases, and fields with names that nodes and edges need', () => {
  const knows = struct({}, { edge: { from: 'Root', to: 'Root' } });
  const refused = (structs: Parameters<typeof defineSchema>[0], message: string) => {
    expect(() => defineSchema(structs)).toThrow(message);
  };
  refused(
    { Root: struct({}), A: struct({}, { edge: { from: 'Root', to: 'B' } }) },
    '"A" leads to or from "B"',
  );
  refused({ Root: struct({}), Knows: knows, B: struct({}, { extends: 'Knows' }) }, '"Knows" is an edge');
  refused({ Root: struct({ out: text() }), Knows: knows }, '"out" is what nodes or edges have');
  refused({ Root: struct({}), D: struct({ in: text() }, { extends: 'Root' }), Knows: knows }, '"in" is what');
  const edge = struct({ to: weak('Root') }, { edge: { from: 'Root', to: 'Root' } });
  refused({ Root: struct({}), Knows: edge }, '"to" is what nodes or edges have');
  expect(() => struct({}, { edges: 1 } as never)).toThrow('did you mean "edge"');
});

it('walks the six vertices of TinkerPop: what the people that marko knows made', () => {
  const modern = defineSchema({
    Root: struct({ vertices: map(text(), ref('Vertex')) }),
    Vertex: struct({ name: text() }),
    Person: struct({ age: int32() }, { extends: 'Vertex' }),
    Software: struct({ lang: text() }, { extends: 'Vertex' }),
    Knows: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Person' } }),
    Created: struct({ weight: float64() }, { edge: { from: 'Person', to: 'Software' } }),
  });
  const file = () => openWith(disk, { name: 'modern', mode: 'a' });
  {
    using store = ObjectStore.open(file(), modern);
    const person = (name: string, age: number) => store.create('Person', { name, age });
    const [marko, vadas, josh, peter] = [
      person('marko', 29),
      person('vadas', 27),
      person('josh', 32),
      person('peter', 35),
    ] as const;
    const lop = store.create('Software', { name: 'lop', lang: 'java' });
    const ripple = store.create('Software', { name: 'ripple', lang: 'java' });
    for (const vertex of [marko, vadas, josh, peter, lop, ripple])
      store.root.vertices.set(vertex.name, vertex);
    store.connect('Knows', marko, vadas, { weight: 0.5 });
    store.connect('Knows', marko, josh, { weight: 1 });
    store.connect('Created', marko, lop, { weight: 0.4 });
    store.connect('Created', josh, ripple, { weight: 1 });
    store.connect('Created', josh, lop, { weight: 0.4 });
    store.connect('Created', peter, lop, { weight: 0.2 });
    store.commit();
  }
  using store = ObjectStore.open(file(), modern);
  type Person = Infer<typeof modern, 'Person'>;
  const marko = store.root.vertices.get('marko') as Person;
  const made = [...marko.out('Knows').oldestFirst()].flatMap(({ to }) =>
    [...to.out('Created').oldestFirst()].map((created) => [to.name, created.to.name, created.weight]),
  );
  expect(made).toEqual([
    ['josh', 'ripple', 1],
    ['josh', 'lop', 0.4],
  ]);
  // Who made something together: each with each, as the loop of the original prints it.
  const lop = store.root.vertices.get('lop') as Infer<typeof modern, 'Software'>;
  expect([...lop.in('Created').oldestFirst()].map(({ from }) => [from.name, from.age])).toEqual([
    ['marko', 29],
    ['josh', 32],
    ['peter', 35],
  ]);
});

it('is found out by verify when a count, a link or an end is not what the others say', () => {
  const { fields, slots, links } = placeRecord(schema, 'Knows');
  expect(slots).toEqual([]);
  const slot = placeRecord(schema, 'Person').slots.find(({ edge }) => edge === 'Knows')!;
  const to = fields.find(({ name }) => name === 'to')!;
  const changes: readonly [number, 'node' | 'edge', string][] = [
    [slot.offset + 16, 'node', 'a node counts 7 edges and has 2'],
    [links + 8, 'edge', 'a reference leads out of the heap'],
    [to.offset, 'edge', 'a reference leads out of the heap'],
  ];
  for (const [offset, which, message] of changes) {
    const { store, ann, bob } = three();
    const edge = store.connect('Knows', ann, bob);
    store.connect('Knows', ann, bob);
    const object = which === 'node' ? ann : edge;
    const [segment, at] = [object[segmentKey], object[positionKey] + chunkHeader + offset];
    segment.heap.own(segment, at, 4);
    segment.view.setUint32(at, 7, true);
    store.commit();
    expect(store.verify().problems[0], message).toMatchObject({ message: expect.stringContaining(message) });
    store[Symbol.dispose]();
  }
});

it('goes through a migration with its edges in order, which may change all but their ends', () => {
  const name = 'migrated';
  const file = () => openWith(disk, { name, mode: 'a' });
  {
    using made = ObjectStore.open(file(), schema);
    made.root.people.set('ann', { name: 'Ann' });
    const [from] = made.root.people.values();
    for (const weight of [1, 2, 3]) made.connect('Knows', from!, { name: `to ${weight}` }, { weight });
    made.commit();
  }
  const after = defineSchema({
    ...schema.structs,
    Knows: struct({ weight: text() }, { edge: schema.structs.Knows.edge }),
  });
  const bad = { Knows: () => ({ weight: '', to: null }) };
  expect(() => ObjectStore.migrate(file(), after, { transforms: bad })).toThrow(
    'cannot move the ends of an edge',
  );
  ObjectStore.migrate(file(), after, { transforms: { Knows: ({ weight }) => ({ weight: `${weight} kg` }) } });
  using store = ObjectStore.open(file(), after);
  const edges = [...store.root.people.get('ann')!.out('Knows')];
  expect(edges.map(({ weight, to }) => [weight, to.name])).toEqual([
    ['3 kg', 'to 3'],
    ['2 kg', 'to 2'],
    ['1 kg', 'to 1'],
  ]);
  expect(store.verify().problems).toEqual([]);
});
