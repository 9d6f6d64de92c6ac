import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineSchema,
  int32,
  type LiveObject,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  struct,
  text,
} from '../index.js';
import type { Comparison } from './index.js';
import { query } from './index.js';

/*
 * Rules are made of numbers, each from what is bound by then: once as a query, and once as what the query means, done
 * to an array of rows, one rule after the other.
 */
type Row = Record<string, unknown>;
interface Thing {
  id: number;
  a: number;
  word: string;
  next: Thing | null;
  others: Iterable<Thing>;
}
interface World {
  things: Iterable<unknown>;
  byWord: Map<string, Thing>;
  numbers: Iterable<unknown>;
}
interface Seed {
  readonly kind: number;
  readonly x: number;
  readonly y: number;
  readonly comparison: Comparison;
  readonly value: number;
}
interface Loose extends Iterable<Row> {
  each(name: string | readonly string[], source: unknown): Loose;
  lookup(name: string, map: unknown, key: string): Loose;
  attribute(name: string, value: unknown): Loose;
  where(...given: unknown[]): Loose;
  compare(left: string, comparison: string, right: string): Loose;
  any(build: (inner: Loose) => Loose): Loose;
  none(build: (inner: Loose) => Loose): Loose;
  run(): Iterable<Row>;
}
interface State {
  readonly query: Loose;
  readonly rows: Row[];
  readonly things: readonly string[];
  readonly numbers: readonly string[];
  readonly words: readonly string[];
}

const holds: Record<Comparison, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
const pick = (names: readonly string[], index: number) => names[index % names.length]!;
const thing = (row: Row, name: string) => row[name] as Thing;

/** One more rule. */
function step(
  state: State,
  seed: Seed,
  at: number,
  { things, byWord, numbers }: World,
  prefix: string,
): State {
  const { query: made, rows } = state;
  const name = `${prefix}${at}`;
  const { comparison, value } = seed;
  const loops: ((state: State) => State)[] = [
    () => ({
      ...state,
      query: made.each(name, things),
      rows: rows.flatMap((row) => Array.from(things, (element) => ({ ...row, [name]: element }))),
      things: [...state.things, name],
    }),
    () => ({
      ...state,
      query: made.each([`${name}w`, name], byWord),
      rows: rows.flatMap((row) =>
        Array.from(byWord, ([key, found]) => ({ ...row, [`${name}w`]: key, [name]: found })),
      ),
      things: [...state.things, name],
      words: [...state.words, `${name}w`],
    }),
    () => ({
      ...state,
      query: made.each(name, numbers),
      rows: rows.flatMap((row) => Array.from(numbers, (element) => ({ ...row, [name]: element }))),
      numbers: [...state.numbers, name],
    }),
  ];
  const one = pick(state.things, seed.x);
  const other = pick(state.things, seed.y);
  const rules: ((state: State) => State)[] = [
    () => ({
      ...state,
      query:
        seed.value % 2
          ? made.each(name, `${one}.others`)
          : made.each(name, (row: Row) => thing(row, one).others),
      rows: rows.flatMap((row) =>
        Array.from(thing(row, one).others, (element) => ({ ...row, [name]: element })),
      ),
      things: [...state.things, name],
    }),
    () => ({
      ...state,
      query: made.attribute(name, `${one}.a`),
      rows: rows.map((row) => ({ ...row, [name]: thing(row, one).a })),
      numbers: [...state.numbers, name],
    }),
    () => ({
      ...state,
      query: made.attribute(name, `${one}.word`),
      rows: rows.map((row) => ({ ...row, [name]: thing(row, one).word })),
      words: [...state.words, name],
    }),
    () => ({
      ...state,
      query: made.attribute(name, `${one}.next.next.a`).where(name, '!=', null),
      rows: rows
        .map((row) => ({ ...row, [name]: thing(row, one).next?.next?.a }) as Row)
        .filter((row) => row[name] !== undefined),
      numbers: [...state.numbers, name],
    }),
    () => ({
      ...state,
      query: made.lookup(name, byWord, `${one}.word`),
      rows: rows.flatMap((row) => {
        const found = byWord.get(thing(row, one).word);
        return found ? [{ ...row, [name]: found }] : [];
      }),
      things: [...state.things, name],
    }),
    () => ({
      ...state,
      query: made.where(`${one}.a`, comparison, value),
      rows: rows.filter((row) => holds[comparison](thing(row, one).a, value)),
    }),
    () => ({
      ...state,
      query: made.compare(`${one}.a`, comparison, `${other}.a`),
      rows: rows.filter((row) => holds[comparison](thing(row, one).a, thing(row, other).a)),
    }),
    () => ({
      ...state,
      query: made.where([one, other], (row: Row) => thing(row, one).a + thing(row, other).a > value),
      rows: rows.filter((row) => thing(row, one).a + thing(row, other).a > value),
    }),
    () => ({
      ...state,
      query: made.where((row: Row) => thing(row, one).a % 3 !== value % 3),
      rows: rows.filter((row) => thing(row, one).a % 3 !== value % 3),
    }),
    () => ({
      ...state,
      query: made[value % 2 ? 'any' : 'none']((inner) =>
        inner.each(name, `${one}.others`).compare(`${name}.a`, comparison, `${other}.a`),
      ),
      rows: rows.filter((row) => {
        const found = Array.from(thing(row, one).others).some((element) =>
          holds[comparison](element.a, thing(row, other).a),
        );
        return found === (value % 2 === 1);
      }),
    }),
  ];
  if (state.words.length > 0 && state.things.length > 0) {
    const word = pick(state.words, seed.x);
    const path = seed.value % 2 ? `${other}.word` : pick(state.words, seed.y);
    const read = (row: Row) => (seed.value % 2 ? thing(row, other).word : row[path]);
    rules.push(() => ({
      ...state,
      query: made.compare(word, '=', path),
      rows: rows.filter((row) => row[word] === read(row)),
    }));
  }
  if (state.numbers.length > 0) {
    const number = pick(state.numbers, seed.x);
    rules.push(() => ({
      ...state,
      query: made.where(number, comparison, value),
      rows: rows.filter((row) => holds[comparison](row[number] as number, value)),
    }));
  }
  // Few loops, so that there are not too many rows.
  const isLoop = state.things.length === 0 || (seed.kind % 5 === 0 && rows.length < 50);
  return isLoop ? loops[at === 0 ? seed.y % 2 : seed.y % 3]!(state) : rules[seed.kind % rules.length]!(state);
}

const seeds = fc.array(
  fc.record({
    kind: fc.nat(100),
    x: fc.nat(10),
    y: fc.nat(10),
    comparison: fc.constantFrom<Comparison>('=', '!=', '<', '<=', '>', '>='),
    value: fc.nat(6),
  }),
  { minLength: 1, maxLength: 9 },
);
const shapes = fc.array(
  fc.record({ a: fc.nat(6), next: fc.option(fc.nat(10)), others: fc.array(fc.nat(10), { maxLength: 4 }) }),
  { maxLength: 7 },
);

function both(world: World, given: readonly Seed[]): { found: Row[]; expected: Row[] } {
  const start: State = {
    query: query() as unknown as Loose,
    rows: [{}],
    things: [],
    numbers: [],
    words: [],
  };
  const state = given.reduce((before, seed, at) => {
    return before.rows.length > 2000 ? before : step(before, seed, at, world, 'n');
  }, start);
  return { found: [...state.query.run()], expected: state.rows };
}

it('gives the rows of nested loops, in their order, over plain data', () => {
  fc.assert(
    fc.property(shapes, seeds, fc.boolean(), (given, rules, isSet) => {
      const things = given.map(({ a }, id): Thing => ({ id, a, word: `w${id % 5}`, next: null, others: [] }));
      for (const [id, { next, others }] of given.entries()) {
        things[id]!.next = next === null ? null : (things[next] ?? null);
        things[id]!.others = others.flatMap((index) => things[index] ?? []);
      }
      const world: World = {
        things: isSet ? new Set(things) : things,
        byWord: new Map(things.map((one) => [one.word, one])),
        numbers: new Set([3, 1, 4]),
      };
      const { found, expected } = both(world, rules);
      expect(found).toEqual(expected);
      for (const [index, row] of found.entries()) {
        for (const [name, value] of Object.entries(row)) expect(value).toBe(expected[index]![name]);
      }
    }),
    { numRuns: 300 },
  );
});

const schema = defineSchema({
  Root: struct({
    list: list(ref('Thing')),
    set: set(ref('Thing')),
    byWord: map(text(), ref('Thing')),
    numbers: set(int32()),
  }),
  Thing: struct({
    id: int32(),
    a: int32(),
    word: text(),
    next: optional(ref('Thing')),
    others: list(ref('Thing')),
  }),
});

it('gives the rows of nested loops over a store', () => {
  const driver = memoryDriver();
  let stores = 0;
  const show = (rows: readonly Row[]) =>
    rows.map((row) => {
      return Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          typeof value === 'object' ? thing(row, name).id : value,
        ]),
      );
    });
  fc.assert(
    fc.property(shapes, seeds, fc.boolean(), (given, rules, isSet) => {
      using store = ObjectStore.open(openWith(driver, { name: `model-${stores++}`, mode: 'a' }), schema);
      const { root } = store;
      const things = given.map(({ a }, id) => store.create('Thing', { id, a, word: `w${id % 5}` }));
      for (const [id, { next, others }] of given.entries()) {
        const own = things[id]!;
        own.next = next === null ? null : (things[next] ?? null);
        for (const index of others) if (things[index]) own.others.push(things[index]);
        root.list.push(own);
        root.set.add(own);
        root.byWord.set(own.word, own);
      }
      for (const number of [3, 1, 4]) root.numbers.add(number);
      const world = { things: isSet ? root.set : root.list, byWord: root.byWord, numbers: root.numbers };
      const { found, expected } = both(world as unknown as World, rules);
      expect(show(found)).toEqual(show(expected));
      for (const [index, row] of found.entries()) {
        for (const [name, value] of Object.entries(row)) {
          if (typeof value === 'object') {
            expect((value as LiveObject).isSameAs(expected[index]![name])).toBe(true);
          }
        }
      }
      store.rollback();
    }),
    { numRuns: 60 },
  );
});
