import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  defineSchema,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  sortedList,
  sortedMap,
  struct,
  text,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    things: map(text(), ref('Thing')),
    sorted: sortedMap(text(), ref('Thing')),
    line: list(ref('Thing')),
  }),
  Thing: struct(
    { name: text(), pad: text(), next: optional(ref('Thing')) },
    { indexes: { byName: { on: 'name', unique: true }, byPad: 'pad' } },
  ),
});
const long = (letter: string) => letter.repeat(6000);

it.each([
  ['a map', ({ root }) => root.things.set('new', { name: long('n'), pad: long('p') })],
  ['a sorted map', ({ root }) => root.sorted.set('new', { name: long('n'), pad: long('p') })],
  ['a list', ({ root }) => root.line.push({ name: 'n', pad: long('p'), next: { name: long('m') } })],
  ['nothing yet', (store) => store.create('Thing', { name: long('n'), pad: long('p') })],
  ['an index', ({ root }) => (root.things.get('there')!.name = long('n'))],
] satisfies [string, (store: ObjectStore<typeof schema.structs>) => unknown][])(
  'what has no room leaves no half of it behind in %s',
  (_, add) => {
    const met = new Set<boolean>();
    // Wherever the room ends, between the first byte and the last.
    for (let room = 2000; room < 40_000; room += 1000) {
      using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
      const { root } = store;
      root.things.set('there', { name: 'there' });
      store.commit();
      const heap = store.stat().heapBytes;
      const file = memoryDriver();
      using small = ObjectStore.open(openWith(file, { mode: 'a' }), schema, { maximumBytes: heap + room });
      small.root.things.set('there', { name: 'there' });
      let full = false;
      try {
        add(small);
      } catch (error) {
        expect(error).toMatchObject({ code: 'OBJ_TOO_LARGE' });
        full = true;
      }
      met.add(full);
      small.commit();
      expect(small.verify().problems).toEqual([]);
      small.collect();
      small.commit();
      if (full) {
        const { things, sorted, line } = small.root;
        expect([[...things.keys()], sorted.size, line.length]).toEqual([['there'], 0, 0]);
        expect(Array.from(small.index('Thing', 'byName'), ({ name }) => name)).toEqual(['there']);
      }
      expect(small.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
    }
    expect(met.size).toBe(2);
  },
);

it('what has no room to move in a sorted list stays where it is', () => {
  const schema = defineSchema({
    Root: struct({
      team: sortedList(ref('Person'), { by: 'name' }),
      others: sortedList(ref('Person'), { by: 'name' }),
    }),
    Person: struct({ name: text() }),
  });
  const met = new Set<boolean>();
  for (let room = 8000; room < 900_000; room += room < 120_000 ? 4000 : 100_000) {
    using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema, {
      maximumBytes: 120_000 + room,
    });
    const { team, others } = store.root;
    for (let index = 0; index < 40; index++) {
      const person = store.create('Person', { name: `${'n'.repeat(100)} ${index}` });
      team.add(person);
      others.add(person);
    }
    store.commit();
    let full = false;
    for (let index = 0; index < 40 && !full; index++) {
      try {
        team.at(index)!.name = `${'m'.repeat(3000)} ${index}`;
      } catch (error) {
        expect(error).toMatchObject({ code: 'OBJ_TOO_LARGE' });
        full = true;
      }
    }
    met.add(full);
    expect([team.length, others.length]).toEqual([40, 40]);
    store.commit();
    expect(store.verify().problems).toEqual([]);
    const names = Array.from(team, ({ name }) => name);
    expect(names).toEqual([...names].sort());
  }
  expect(met.size).toBe(2);
});
