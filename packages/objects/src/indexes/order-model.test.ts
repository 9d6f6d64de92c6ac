import { memoryDriver, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  defineSchema,
  float64,
  type Infer,
  list,
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
    numbers: sortedMap(float64(), text()),
    texts: sortedMap(text(), float64()),
    words: sortedList(text(), { descending: true }),
    all: list(ref('Node')),
    byValue: sortedList(ref('Node'), { by: 'value' }),
    byNext: sortedList(ref('Node'), { by: 'next.name', descending: true }),
  }),
  Node: struct(
    { id: float64(), name: text(), value: float64(), mail: optional(text()), next: optional(ref('Node')) },
    { indexes: { byName: 'name', byBoth: ['value', 'name'], byMail: { on: 'mail', unique: true } } },
  ),
  Leaf: struct({ more: text() }, { extends: 'Node', indexes: { byMore: 'more' } }),
});
type Node = Infer<typeof schema, 'Node'>;
type Store = ObjectStore<typeof schema.structs>;

interface PlainNode {
  id: number;
  name: string;
  value: number;
  mail: string | null;
  next: number | null;
  isLeaf: boolean;
}

interface Model {
  numbers: Map<number, string>;
  texts: Map<string, number>;
  words: string[];
  nodes: PlainNode[];
  byValue: number[];
  byNext: number[];
  count: number;
}

const empty = (): Model => ({
  numbers: new Map(),
  texts: new Map(),
  words: [],
  nodes: [],
  byValue: [],
  byNext: [],
  count: 0,
});

const compareTexts = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
const compareNumbers = (a: number, b: number) =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b;

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('a', 'b', 'the same beginning', 'the same beginning of it', 'the same b', '', '\0', 'a\0'),
);
const number = fc.oneof(fc.double(), fc.integer({ min: -3, max: 3 }));
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const mail = fc.option(fc.constantFrom('m1', 'm2', 'm3', 'm4', 'a longer address'));

type Step = (store: Store, model: Model) => void;
const step = <T>(of: fc.Arbitrary<T>, make: (value: T) => Step) => of.map(make);

const live = (store: Store, id: number): Node => {
  for (const node of store.root.all) if (node.id === id) return node;
  throw new Error(`there is no ${id}`);
};
const pick = (model: Model, at: number) => model.nodes[Math.floor(at * model.nodes.length)];

/** Does something that a unique index may refuse, which it must when the model says so. */
function attempt(isTaken: boolean, work: () => void): boolean {
  try {
    work();
  } catch (error) {
    if (!isTerraneError(error, 'OBJ_DUPLICATE')) throw error;
    expect(isTaken).toBe(true);
    return false;
  }
  expect(isTaken).toBe(false);
  return true;
}

const steps: fc.Arbitrary<Step>[] = [
  step(fc.tuple(number, word), ([key, value]) => ({ root }, model) => {
    root.numbers.set(key, value);
    model.numbers.set(key === 0 ? 0 : key, value);
  }),
  step(number, (key) => ({ root }, model) => {
    expect(root.numbers.delete(key)).toBe(model.numbers.delete(key));
    expect(root.numbers.get(1)).toBe(model.numbers.get(1));
  }),
  step(fc.tuple(word, number), ([key, value]) => ({ root }, model) => {
    root.texts.set(key, value);
    model.texts.set(key, value);
  }),
  step(fc.tuple(word, word), ([key, other]) => ({ root }, model) => {
    expect(root.texts.delete(key)).toBe(model.texts.delete(key));
    const wanted = [...model.texts.keys()].filter((each) => compareTexts(each, other) > 0).sort(compareTexts);
    expect([...root.texts.keys({ after: other })]).toEqual(wanted);
    expect(root.texts.ceiling(other)?.[0]).toBe(model.texts.has(other) ? other : wanted[0]);
    expect(root.texts.count({ to: other })).toBe(model.texts.size - wanted.length);
  }),
  step(fc.array(word, { maxLength: 30 }), (words) => ({ root }, model) => {
    for (const each of words) root.words.add(each);
    model.words.push(...words);
  }),
  step(word, (each) => ({ root }, model) => {
    const at = model.words.indexOf(each);
    expect(root.words.delete(each)).toBe(at >= 0);
    if (at >= 0) model.words.splice(at, 1);
  }),
  step(fc.tuple(word, number, mail, fc.boolean()), ([name, value, address, isLeaf]) => (store, model) => {
    const id = model.count;
    const isTaken = address !== null && model.nodes.some((node) => node.mail === address);
    const done = attempt(isTaken, () => {
      store.root.all.push(
        isLeaf
          ? store.create('Leaf', { id, name, value, mail: address, more: name })
          : { id, name, value, mail: address },
      );
    });
    if (!done) return;
    model.count++;
    model.nodes.push({ id, name, value, mail: address, next: null, isLeaf });
  }),
  step(fc.tuple(share, fc.boolean()), ([at, which]) => (store, model) => {
    const node = pick(model, at);
    if (!node) return;
    store.root[which ? 'byValue' : 'byNext'].add(live(store, node.id));
    model[which ? 'byValue' : 'byNext'].push(node.id);
  }),
  step(fc.tuple(share, fc.boolean()), ([at, which]) => (store, model) => {
    const node = pick(model, at);
    if (!node) return;
    const name = which ? 'byValue' : 'byNext';
    const place = model[name].indexOf(node.id);
    expect(store.root[name].has(live(store, node.id))).toBe(place >= 0);
    expect(store.root[name].delete(live(store, node.id))).toBe(place >= 0);
    if (place >= 0) model[name].splice(place, 1);
  }),
  step(fc.tuple(share, word, number, mail), ([at, name, value, address]) => (store, model) => {
    const node = pick(model, at);
    if (!node) return;
    const made = live(store, node.id);
    made.name = name;
    made.value = value;
    Object.assign(node, { name, value });
    const isTaken = address !== null && model.nodes.some((other) => other !== node && other.mail === address);
    if (attempt(isTaken, () => Object.assign(made, { mail: address }))) node.mail = address;
  }),
  step(fc.tuple(share, fc.option(share)), ([at, to]) => (store, model) => {
    const node = pick(model, at);
    if (!node) return;
    const next = to === null ? undefined : pick(model, to);
    live(store, node.id).next = next ? live(store, next.id) : null;
    node.next = next?.id ?? null;
  }),
  step(share, (at) => (store, model) => {
    const node = pick(model, at);
    if (!node) return;
    const place = model.nodes.indexOf(node);
    // What refers to it would be refused from here on.
    for (const other of model.nodes) {
      if (other.next !== node.id) continue;
      if (other.id % 2 === 0) live(store, other.id).next = null;
      other.next = null;
    }
    const made = live(store, node.id);
    store.root.all.delete(place);
    store.free(made);
    model.nodes.splice(place, 1);
    model.byValue = model.byValue.filter((id) => id !== node.id);
    model.byNext = model.byNext.filter((id) => id !== node.id);
  }),
];

function expectSame(store: Store, model: Model): void {
  const { root } = store;
  const numbers = [...model.numbers].sort(([a], [b]) => compareNumbers(a, b));
  expect([...root.numbers]).toEqual(numbers);
  expect([...root.texts]).toEqual([...model.texts].sort(([a], [b]) => compareTexts(a, b)));
  expect([...root.words]).toEqual([...model.words].sort((a, b) => compareTexts(b, a)));
  const byId = new Map(model.nodes.map((node) => [node.id, node]));
  const ids = (nodes: Iterable<{ id: number }>) => Array.from(nodes, ({ id }) => id);
  const nodes = [...model.nodes];
  const value = (id: number) => byId.get(id)!.value;
  const next = (id: number) => {
    const to = byId.get(id)!.next;
    return to === null ? null : byId.get(to)!.name;
  };
  expect(ids(root.byValue)).toEqual([...model.byValue].sort((a, b) => compareNumbers(value(a), value(b))));
  const order = (a: string | null, b: string | null) =>
    a === null || b === null ? Number(a !== null) - Number(b !== null) : compareTexts(a, b);
  expect(ids(root.byNext)).toEqual([...model.byNext].sort((a, b) => order(next(b), next(a))));
  const names = Array.from(store.index('Node', 'byName').entries(), ([key, { id }]) => [
    key,
    byId.get(id)!.name,
  ]);
  expect(names).toEqual(nodes.map(({ name }) => [name, name]).sort(([a], [b]) => compareTexts(a!, b!)));
  const both = Array.from(store.index('Node', 'byBoth').entries(), ([key]) => key);
  const wanted = nodes
    .map(({ value: a, name }) => [a === 0 ? 0 : a, name] as const)
    .sort(([a, x], [b, y]) => compareNumbers(a, b) || compareTexts(x, y));
  expect(both).toEqual(wanted);
  const mails = store.index('Node', 'byMail');
  for (const { id, mail: address } of nodes) if (address !== null) expect(mails.get(address)?.id).toBe(id);
  expect(mails.count({ to: null })).toBe(nodes.filter(({ mail: address }) => address === null).length);
  expect(store.index('Leaf', 'byMore').size).toBe(nodes.filter(({ isLeaf }) => isLeaf).length);
}

it('keeps maps, lists and indexes in order through everything that happens to a store', () => {
  const ends = ['commit', 'rollback', 'savepoint', 'collect', 'reopen', 'compact'] as const;
  const script = fc.array(
    fc.record({
      steps: fc.array(fc.oneof(...steps), { maxLength: 25 }),
      end: fc.constantFrom(...ends),
    }),
    { maxLength: 8 },
  );
  const property = fc.property(script, (rounds) => {
    const disk = memoryDriver();
    const open = (): Store => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
    let store = open();
    let committed = empty();
    let model = empty();
    for (const round of rounds) {
      const before = structuredClone(model);
      const point = round.end === 'savepoint' ? store.savepoint() : undefined;
      for (const each of round.steps) each(store, model);
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
      if (round.end === 'reopen') {
        store.close();
        store = open();
      }
      if (!point && round.end !== 'rollback') {
        expect(store.verify().problems).toEqual([]);
        // A reference to what was freed is refused by a copy, too.
        const isWhole = model.nodes.every(({ id, next }) => next !== null || readsNull(live(store, id)));
        if (round.end === 'compact' && isWhole) store.compact();
      }
      expectSame(store, model);
    }
    store.commit();
    store.collect();
    store.commit();
    expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
    store.close();
  });
  fc.assert(property, { numRuns: 40 });
});

function readsNull(node: Node): boolean {
  try {
    return node.next === null;
  } catch {
    return false;
  }
}

it('writes the same bytes for the same operations', () => {
  const make = () => {
    const disk = memoryDriver();
    using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
    const { root } = store;
    for (let index = 0; index < 400; index++) {
      const value = (index * 37) % 100;
      root.numbers.set(value, `${index}`);
      root.texts.set(`a text with ${value} in it`, index);
      const node = store.create('Node', { id: index, name: `name ${value}`, value });
      root.all.push(node);
      root.byValue.add(node);
      if (index % 3 === 0) node.value = -value;
    }
    for (let key = 0; key < 100; key += 3) root.numbers.delete(key);
    store.free(root.byValue.at(7)!);
    store.commit();
    return disk.files.get('a')!.bytes.slice();
  };
  expect(Buffer.compare(make(), make())).toBe(0);
});
