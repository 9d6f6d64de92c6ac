import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bytes,
  defineSchema,
  float32,
  float64,
  int64,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  struct,
  text,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    texts: map(text(), text()),
    numbers: map(float64(), optional(float64())),
    longs: set(int64()),
    singles: set(float32()),
    bytes: list(bytes()),
    words: list(text()),
    nodes: map(text(), ref('Node')),
  }),
  Node: struct({ name: text(), value: float64(), next: optional(ref('Node')) }),
});

type Store = ObjectStore<typeof schema.structs>;

interface Model {
  texts: Map<string, string>;
  numbers: Map<number, number | null>;
  longs: Set<bigint>;
  singles: Set<number>;
  bytes: Uint8Array[];
  words: string[];
  nodes: Map<string, { name: string; value: number; next: string | null }>;
}

const empty = (): Model => ({
  texts: new Map(),
  numbers: new Map(),
  longs: new Set(),
  singles: new Set(),
  bytes: [],
  words: [],
  nodes: new Map(),
});

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('a', 'b', 'c', 'x'.repeat(300)),
);
const number = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }));
const index = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

type Step = (store: Store, model: Model) => void;
const same = <T>(of: fc.Arbitrary<T>, make: (value: T) => Step) => of.map(make);

const steps: fc.Arbitrary<Step>[] = [
  same(fc.tuple(word, word), ([key, value]) => ({ root }, model) => {
    root.texts.set(key, value);
    model.texts.set(key, value);
  }),
  same(word, (key) => ({ root }, model) => {
    expect(root.texts.delete(key)).toBe(model.texts.delete(key));
    expect(root.texts.get('a')).toBe(model.texts.get('a'));
  }),
  same(fc.tuple(number, fc.option(number)), ([key, value]) => ({ root }, model) => {
    root.numbers.set(key, value);
    model.numbers.set(key, value);
  }),
  same(number, (key) => ({ root }, model) => {
    expect(root.numbers.delete(key)).toBe(model.numbers.delete(key));
  }),
  same(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => ({ root }, model) => {
    root.longs.add(value);
    model.longs.add(value);
    expect(root.longs.has(value)).toBe(true);
    expect(root.longs.has(5n)).toBe(model.longs.has(5n));
  }),
  same(number, (value) => ({ root }, model) => {
    root.singles.add(value);
    model.singles.add(Math.fround(value));
  }),
  same(fc.tuple(index, fc.uint8Array({ maxLength: 5000 })), ([place, value]) => ({ root }, model) => {
    const at = Math.floor(place * (model.bytes.length + 1));
    root.bytes.insert(at, value);
    model.bytes.splice(at, 0, value);
  }),
  same(fc.tuple(index, word), ([place, value]) => ({ root }, model) => {
    const at = Math.floor(place * (model.words.length + 1));
    root.words.insert(at, value);
    model.words.splice(at, 0, value);
  }),
  same(fc.tuple(index, index, word), ([place, share, value]) => ({ root }, model) => {
    if (model.words.length === 0) return;
    const at = Math.floor(place * model.words.length);
    root.words.set(at, value);
    model.words[at] = value;
    const count = Math.floor(share * (model.words.length - at + 1));
    root.words.delete(at, count);
    model.words.splice(at, count);
  }),
  same(fc.tuple(word, number, fc.boolean()), ([name, value, linked]) => ({ root }, model) => {
    const next = linked ? ([...model.nodes.keys()].at(-1) ?? null) : null;
    const live = next === null ? null : root.nodes.get(next)!;
    const known = root.nodes.get(name);
    if (known) known.value = value;
    else root.nodes.set(name, { name, value, next: live });
    const before = model.nodes.get(name);
    if (before) before.value = value;
    else model.nodes.set(name, { name, value, next });
  }),
];

function expectSame({ root }: Store, model: Model): void {
  expect([...root.texts]).toEqual([...model.texts]);
  expect([...root.numbers]).toEqual([...model.numbers]);
  expect([...root.longs]).toEqual([...model.longs]);
  expect([...root.singles]).toEqual([...model.singles]);
  expect([...root.bytes]).toEqual(model.bytes);
  expect([...root.words]).toEqual(model.words);
  const nodes = [...root.nodes].map(([key, { name, value, next }]) => [
    key,
    { name, value, next: next?.name ?? null },
  ]);
  expect(nodes).toEqual([...model.nodes]);
}

it('does what Map, Set and Array do, through savepoints, rollbacks, collections and reopening', () => {
  const script = fc.array(
    fc.record({
      steps: fc.array(fc.oneof(...steps), { maxLength: 12 }),
      end: fc.constantFrom('commit', 'rollback', 'savepoint', 'collect', 'reopen'),
    }),
    { maxLength: 12 },
  );
  const property = fc.property(script, (rounds) => {
    const disk = memoryDriver();
    const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
    let store = open();
    let committed = empty();
    let model = empty();
    for (const round of rounds) {
      const before = structuredClone(model);
      const point = round.end === 'savepoint' ? store.savepoint() : undefined;
      for (const step of round.steps) step(store, model);
      expectSame(store, model);
      if (point) {
        point.rollback();
        model = before;
      } else if (round.end === 'rollback') {
        store.rollback();
        model = structuredClone(committed);
      } else {
        if (round.end === 'collect') store.collect();
        store.commit();
        committed = structuredClone(model);
      }
      expectSame(store, model);
      if (round.end !== 'reopen') continue;
      store.close();
      store = open();
      expectSame(store, model);
    }
    // What is counted is what is there, and nothing was lost on the way.
    store.commit();
    store.collect();
    expect(store.collect().chunks).toBe(0);
    store.commit();
    store.close();
  });
  fc.assert(property, { numRuns: 60 });
});

it('leaves nothing behind when texts, bytes and entries are replaced', () => {
  const store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
  const { root } = store;
  for (let round = 0; round < 50; round++) {
    root.texts.set('a', 'x'.repeat(round * 7));
    root.words.push('w'.repeat(round));
  }
  root.words.clear();
  expect(store.collect().chunks).toBe(0);
  root.nodes.set('a', { name: 'a' });
  root.nodes.delete('a');
  expect(store.collect().chunks).toBe(2);
  store.rollback();
  store.close();
});

it('writes the same bytes for the same operations', () => {
  const make = () => {
    const disk = memoryDriver();
    using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
    for (let value = 0; value < 500; value++) store.root.numbers.set(value, value);
    store.commit();
    store.root.nodes.set('n', { name: 'n', value: 1 });
    store.commit();
    return disk.files.get('a')!.bytes.slice();
  };
  expect(make()).toEqual(make());
});
