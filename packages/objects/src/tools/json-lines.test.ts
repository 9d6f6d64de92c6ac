import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bool,
  buffer,
  bytes,
  date,
  defaultMap,
  defineSchema,
  enumeration,
  float32,
  float64,
  int8,
  int32,
  int53,
  int64,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  sortedList,
  sortedMap,
  struct,
  text,
  uint64,
  union,
  weak,
} from '../index.js';
import { dump, exportLines, importLines, schemaOfLine } from './index.js';

const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    first: optional(ref('Person')),
    grid: optional(buffer()),
  }),
  Person: struct({
    name: text(),
    height: float64(),
    weight: float32(),
    born: date(),
    level: int8(),
    visits: int53(),
    exact: int64(),
    huge: uint64(),
    admin: bool(),
    mood: enumeration('good', 'bad'),
    photo: bytes(),
    note: optional(text()),
    age: optional(int8()),
    friends: list(ref('Person')),
    boss: weak('Person'),
    tags: set(text()),
    scores: map(int8(), list(float64())),
    either: optional(union(text(), float64())),
  }),
  Student: struct({ university: text() }, { extends: 'Person' }),
});
const fresh = () => ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), schema);

const person = fc.record({
  name: fc.string({ unit: 'grapheme' }).filter((name) => !/\p{Surrogate}/u.test(name)),
  height: fc.double(),
  weight: fc.float(),
  born: fc.date({ noInvalidDate: true }),
  level: fc.integer({ min: -128, max: 127 }),
  visits: fc.maxSafeInteger(),
  exact: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  huge: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  admin: fc.boolean(),
  mood: fc.constantFrom('good' as const, 'bad' as const),
  photo: fc.uint8Array(),
  note: fc.option(fc.string()),
  age: fc.option(fc.integer({ min: -128, max: 127 })),
  tags: fc.uniqueArray(fc.string()).map((tags) => new Set(tags)),
  scores: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.array(fc.double())), {
      selector: ([key]) => key,
    })
    .map((pairs) => new Map(pairs)),
});

describe('lines of JSON', () => {
  it('bring a store back as it was, references and all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(person, fc.array(fc.nat(20)), fc.option(fc.nat(20)), fc.boolean()), {
          maxLength: 8,
        }),
        (people) => {
          using store = fresh();
          const made = people.map(([value, , , student]) => {
            return student
              ? store.create('Student', { ...value, university: 'Bologna' })
              : store.create('Person', value);
          });
          for (const [index, [, friends, boss]] of people.entries()) {
            for (const friend of friends) made[index]!.friends.push(made[friend % made.length]!);
            made[index]!.boss = boss === null ? null : made[boss % made.length]!;
            store.root.people.set(`person ${index}`, made[index]!);
          }
          store.root.first = made[0] ?? null;
          store.root.grid = { data: new Float64Array([1, -0, Number.NaN, 4]), shape: [2, 2] } as never;
          const lines = [...exportLines(store)];
          using copy = ObjectStore.open(
            openWith(memoryDriver(), { name: 'b', mode: 'w' }),
            schemaOfLine(lines[0]!),
          );
          expect(importLines(copy, lines)).toBe(made.length + 1);
          expect([...exportLines(copy)]).toEqual(lines);
          expect(copy.verify().problems).toEqual([]);
          store.rollback();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keep what two objects share shared', () => {
    using store = fresh();
    const ann = store.create('Person', { name: 'Ann' });
    const bob = store.create('Person', { name: 'Bob' });
    bob.tags = ann.tags;
    store.assign(store.root, { first: ann });
    store.root.people.set('bob', bob);
    const lines = [...exportLines(store)];
    expect(lines.some((line) => line.includes('{"id":"#1","value":[]}'))).toBe(true);
    using copy = fresh();
    importLines(copy, lines);
    copy.root.first!.tags.add('shared');
    expect([...copy.root.people.get('bob')!.tags]).toEqual(['shared']);
    store.rollback();
  });

  it('show a store in one document, circles and all', () => {
    using store = fresh();
    const ann = store.create('Person', { name: 'Ann' });
    ann.friends.push(ann);
    store.root.first = ann;
    const { root, objects } = JSON.parse(dump(store)) as {
      root: string;
      objects: Record<string, { name: string }>;
    };
    expect(root).toBe('Root#1');
    expect(objects['Person#2']).toMatchObject({ name: 'Ann', friends: [{ ref: 'Person#2' }], boss: null });
    store.rollback();
  });

  it('show what a snapshot holds', () => {
    using store = fresh();
    using snapshot = store.snapshot();
    store.root.first = store.create('Person', { name: 'Ann' });
    store.commit();
    expect([...exportLines(snapshot)]).toHaveLength(2);
    expect([...exportLines(store)]).toHaveLength(3);
  });
});

describe('lines that cannot be imported', () => {
  const header = [...exportLines(fresh())][0]!;
  const wrong: [string, string[], string][] = [
    ['no line at all', [], 'line 1'],
    ['no header', ['{}'], 'line 1'],
    ['no JSON', [header, '{"id":'], 'line 2'],
    ['no such struct', [header, '{"id":"Animal#1","value":{}}'], 'id'],
    ['no such field', [header, '{"id":"Person#1","value":{"nam":"x"}}'], 'Person.nam'],
    ['a number that is text', [header, '{"id":"Person#1","value":{"height":"tall"}}'], 'Person.height'],
    ['a number out of range', [header, '{"id":"Person#1","value":{"level":128}}'], 'Person.level'],
    ['an object twice', [header, '{"id":"Root#1","value":{}}', '{"id":"Root#1","value":{}}'], 'id'],
    [
      'an object without a line',
      [header, '{"id":"Root#1","value":{"first":{"ref":"Person#2"}}}'],
      'Person#2',
    ],
    [
      'an object of the wrong struct',
      [header, '{"id":"Root#1","value":{"first":{"ref":"Root#1"}}}'],
      'Root.first',
    ],
    ['a name that is none', [header, '{"id":"Person#1","value":{"mood":"so-so"}}'], 'Person.mood'],
    ['bytes that are no base64', [header, '{"id":"Person#1","value":{"photo":"%"}}'], 'Person.photo'],
    ['a map that is none', [header, '{"id":"Person#1","value":{"scores":[1]}}'], 'Person.scores'],
    [
      'a collection that was not met',
      [header, '{"id":"Person#1","value":{"tags":{"ref":"#1"}}}'],
      'Person.tags',
    ],
    ['a line that is no text', [header, 5 as never], 'line 2'],
    ['nothing but the first line', [header], 'Root'],
    ['a second root', [header, '{"id":"Root#1","value":{}}', '{"id":"Root#2","value":{}}'], 'id'],
    ['something unknown in a line', [header, '{"id":"Root#1","value":{},"on":{}}'], 'on'],
    ['edges that are none', [header, '{"id":"Root#1","value":{},"out":5}'], 'out'],
    ['a pair of three', [header, '{"id":"Person#1","value":{"scores":[[1,[],2]]}}'], 'Person.scores'],
    ['a key twice', [header, '{"id":"Person#1","value":{"scores":[[1,[]],[1,[]]]}}'], 'Person.scores'],
    ['an element twice', [header, '{"id":"Person#1","value":{"tags":["a","a"]}}'], 'Person.tags'],
    [
      'an index that is no number',
      [header, '{"id":"Person#1","value":{"either":["length",1]}}'],
      'Person.either',
    ],
    [
      'a name of two collections',
      [header, '{"id":"Person#1","value":{"tags":{"id":"#1","value":[]},"scores":{"id":"#1","value":[]}}}'],
      'Person.scores',
    ],
    ['a buffer that is none', [header, '{"id":"Root#1","value":{"grid":{"format":"x"}}}'], 'Root.grid'],
  ];
  it.each(wrong)('%s', (_, lines, where) => {
    using store = fresh();
    expect(() => importLines(store, lines)).toThrow(
      expect.objectContaining({ code: 'OBJ_IMPORT', path: expect.stringContaining(where) }),
    );
    expect(store.changed).toBe(false);
  });

  it('whose schema is nested without end', () => {
    const kind = `${'{"kind":"list","of":'.repeat(5000)}{"kind":"text"}${'}'.repeat(5000)}`;
    const line = `{"terrane":"objects","version":1,"schema":{"version":1,"structs":[["Root",null,[["a",${kind}]]]]}}`;
    expect(() => schemaOfLine(line)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^OBJ_/) }),
    );
  });

  it('of a later version', () => {
    using store = fresh();
    expect(() => importLines(store, [header.replace('"version":1', '"version":2')])).toThrow(
      expect.objectContaining({ code: 'OBJ_TOO_NEW' }),
    );
  });
});

it('bring back what is in order, and its indexes', () => {
  const ordered = defineSchema({
    Root: struct({
      all: sortedList(ref('Node'), { by: 'next.name' }),
      sizes: sortedMap(int64(), ref('Node')),
      counts: defaultMap(text(), int32()),
      words: sortedList(text(), { descending: true }),
    }),
    Node: struct({ name: text(), next: optional(ref('Node')) }, { indexes: { byName: 'name' } }),
  });
  using from = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), ordered);
  const { all, sizes, counts, words } = from.root;
  const nodes = ['c', 'a', 'b'].map((name) => from.create('Node', { name }));
  for (const [index, node] of nodes.entries()) {
    node.next = nodes[(index + 1) % 3]!;
    all.add(node);
    sizes.set(-(10n ** BigInt(index)), node);
  }
  counts.set('x', counts.get('x') + 1);
  words.add('a').add('b').add('a');
  from.commit();
  using to = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), ordered);
  importLines(to, exportLines(from));
  const { root } = to;
  expect(Array.from(root.all, ({ name }) => name)).toEqual(['c', 'a', 'b']);
  expect(Array.from(root.sizes, ([key, { name }]) => [key, name])).toEqual([
    [-100n, 'b'],
    [-10n, 'a'],
    [-1n, 'c'],
  ]);
  expect([[...root.counts], [...root.words]]).toEqual([[['x', 1]], ['b', 'a', 'a']]);
  expect(Array.from(to.index('Node', 'byName'), ({ name }) => name)).toEqual(['a', 'b', 'c']);
  root.all.at(0)!.next!.name = 'z';
  expect(Array.from(root.all, ({ name }) => name)).toEqual(['z', 'b', 'c']);
  to.commit();
  expect(to.verify().problems).toEqual([]);
});

it('bring back lists of which each key is there once, and refuse those where it is there twice', () => {
  const schema = defineSchema({
    Root: struct({ names: sortedList(ref('Thing'), { by: 'name', unique: true }) }),
    Thing: struct({ name: text() }),
  });
  const open = () => ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'a' }), schema);
  const store = open();
  for (const name of ['', 'c', 'b']) store.root.names.add({ name });
  const lines = [...exportLines(store)];
  const copy = open();
  importLines(copy, lines);
  expect([...copy.root.names].map(({ name }) => name)).toEqual(['', 'b', 'c']);
  const twice = open();
  expect(() =>
    importLines(
      twice,
      lines.map((line) => line.replace('"b"', '"c"')),
    ),
  ).toThrow(expect.objectContaining({ code: 'OBJ_DUPLICATE' }));
  expect([twice.root.names.length, twice.changed]).toEqual([0, false]);
});
