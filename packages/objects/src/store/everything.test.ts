import { memoryDriver, openWith } from '@terrane/driver';
import { isTerraneError } from '@terrane/errors';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  bool,
  buffer,
  date,
  defaultMap,
  defineSchema,
  enumeration,
  float64,
  type Infer,
  int32,
  interned,
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
  union,
  weak,
} from '../index.js';
import { exportLines, importLines } from '../tools/index.js';
import { repairStore } from './repair.js';

const schema = defineSchema({
  Root: struct({
    all: map(int32(), ref('Thing')),
    byTag: sortedMap(interned(), ref('Thing')),
    numbers: sortedMap(float64(), optional(text())),
    held: sortedMap(text(), ref('Held')),
    line: sortedList(ref('Thing'), { by: 'rank' }),
    deep: sortedList(ref('Thing'), { by: 'next.name', descending: true }),
    names: sortedList(ref('Thing'), { by: 'name', unique: true }),
    owned: sortedList(ref('Held'), { by: 'inner.n' }),
    dates: sortedList(date()),
    counts: defaultMap(interned(), int32()),
    buckets: defaultMap(text(), list(ref('Held'))),
    chosen: set(ref('Held')),
    any: list(union(text(), float64(), bool(), ref('Thing'))),
    kept: map(text(), union(int32(), ref('Held'))),
    seen: list(weak('Thing')),
    lost: map(int32(), weak('Held')),
    grid: optional(buffer()),
  }),
  Base: struct(
    { name: text(), mail: optional(text()), rank: float64() },
    { indexes: { byName: 'name', byMail: { on: 'mail', unique: true } } },
  ),
  Thing: struct(
    {
      tag: interned(),
      next: optional(ref('Thing')),
      last: weak('Thing'),
      mood: enumeration('good', 'bad'),
      held: optional(ref('Held')),
      more: optional(union(text(), float64(), ref('Held'))),
      notes: list(text()),
    },
    { extends: 'Base', indexes: { byTagRank: ['tag', 'rank'] } },
  ),
  Big: struct({ owns: map(interned(), ref('Held')) }, { extends: 'Thing', indexes: { byMood: 'mood' } }),
  Held: struct(
    { n: int32(), word: interned(), inner: optional(ref('Held')), list: list(ref('Held')) },
    { counted: true, indexes: { byN: 'n', byWord: { on: ['word', 'n'], unique: true } } },
  ),
  Wide: struct({ also: optional(ref('Held')) }, { extends: 'Held' }),
  Road: struct(
    { length: float64(), held: optional(ref('Held')) },
    { edge: { from: 'Thing', to: 'Thing' }, indexes: { byLength: 'length' } },
  ),
  Rail: struct({ name: interned() }, { edge: { from: 'Big', to: 'Thing' } }),
});
/** The same with something added. */
const more = defineSchema({
  ...schema.structs,
  Held: struct(schema.structs.Held.fields, {
    counted: true,
    indexes: { ...schema.structs.Held.indexes, byInner: ['word', 'n'] },
  }),
});
type Store = ObjectStore<typeof schema.structs>;
type Thing = Infer<typeof schema, 'Thing'>;
type Big = Infer<typeof schema, 'Big'>;
type Held = Infer<typeof schema, 'Held'>;

/** What a step draws from: shares of what there is, and values. */
interface Drawn {
  readonly a: number;
  readonly b: number;
  readonly word: string;
  readonly number: number;
  readonly flag: boolean;
}

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const drawn: fc.Arbitrary<Drawn> = fc.record({
  a: share,
  b: share,
  word: fc.constantFrom(
    '',
    'a',
    'b',
    '__proto__',
    'toString',
    'constructor',
    'é',
    '\u{1f600}',
    'x'.repeat(9),
    'x'.repeat(5000),
  ),
  number: fc.constantFrom(
    0,
    -0,
    1,
    -1,
    2.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    1e300,
    5e-324,
  ),
  flag: fc.boolean(),
});

let serial = 0;
const pick = <T>(of: readonly T[], at: number): T | undefined => of[Math.floor(at * of.length)];
const things = ({ root }: Store): Thing[] => [...root.all.values()];
const some = (store: Store, at: number): Thing | undefined => pick(things(store), at);
const bigs = (store: Store): Big[] => things(store).filter((each): each is Big => 'owns' in each);
const someHeld = ({ root }: Store, at: number): Held | undefined =>
  pick([...root.held.values(), ...root.chosen, ...root.owned], at);

/** Makes the last references to a thing go, as who frees it by hand has to. */
function unhand({ root }: Store, gone: Thing): void {
  for (const [key, value] of [...root.all]) {
    if (value.isSameAs(gone)) root.all.delete(key);
    else if (value.next?.isSameAs(gone)) value.next = null;
  }
  for (const [key, value] of [...root.byTag]) if (value.isSameAs(gone)) root.byTag.delete(key);
  for (let index = root.any.length - 1; index >= 0; index--) {
    const value = root.any.at(index)!;
    if (typeof value === 'object' && value.isSameAs(gone)) root.any.delete(index);
  }
}

const steps: Readonly<Record<string, (store: Store, drawn: Drawn) => void>> = {
  thing: (store, { a, word, number, flag }) => {
    const next = some(store, a) ?? null;
    const value = { name: word, rank: number, tag: word, next, mail: flag ? null : word } as const;
    const made = flag ? store.create('Big', { ...value, mood: 'bad' }) : store.create('Thing', value);
    store.root.all.set(serial++, made);
  },
  plain: ({ root }, { word, number, a }) =>
    void root.all.set(Math.floor(a * 20), {
      name: word,
      rank: number,
      held: { n: Math.floor(a * 5), inner: { n: 7, word } },
      next: { name: `${word}.`, mail: word },
    }),
  name: (store, { a, word }) => {
    const thing = some(store, a);
    if (thing) thing.name = word;
  },
  mail: (store, { a, word, flag }) => {
    const thing = some(store, a);
    if (thing) thing.mail = flag ? null : word;
  },
  rank: (store, { a, number }) => {
    const thing = some(store, a);
    if (thing) thing.rank = number;
  },
  next: (store, { a, b, flag }) => {
    const thing = some(store, a);
    if (thing) thing.next = flag ? null : some(store, b)!;
  },
  several: (store, { a, b, word, number }) => {
    const thing = some(store, a);
    const values = { rank: number, tag: word, last: some(store, b), mood: 'bad', name: word, mail: word };
    if (thing) store.assign(thing, values);
  },
  notes: (store, { a, b, word, flag }) => {
    const [one, other] = [some(store, a), some(store, b)];
    if (!one || !other) return;
    if (flag) one.notes.push(word);
    else one.notes = other.notes;
  },
  line: (store, { a }) => void (some(store, a) && store.root.line.add(some(store, a)!)),
  deep: (store, { a }) => void (some(store, a) && store.root.deep.add(some(store, a)!)),
  names: (store, { a }) => void (some(store, a) && store.root.names.add(some(store, a)!)),
  unline: ({ root }, { a, b }) => {
    const from = pick([root.line, root.deep, root.names], a)!;
    const one = from.at(Math.floor(b * from.length));
    if (one) expect(from.delete(one)).toBe(true);
  },
  relist: ({ root }, { flag }) => {
    if (flag) root.line = [...root.deep] as never;
    else root.deep.clear();
  },
  tag: (store, { a, word }) => void (some(store, a) && store.root.byTag.set(word, some(store, a)!)),
  untag: ({ root }, { word }) => void root.byTag.delete(word),
  drop: ({ root }, { a }) => {
    const key = pick([...root.all.keys()], a);
    if (key !== undefined) root.all.delete(key);
  },
  free: (store, { a }) => {
    const gone = some(store, a);
    if (!gone) return;
    unhand(store, gone);
    store.free(gone);
    expect(() => gone.name).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  },
  number: ({ root }, { number, word, flag }) => void root.numbers.set(number, flag ? null : word),
  unnumber: ({ root }, { number }) => void root.numbers.delete(number),
  dates: ({ root }, { number, a, flag }) => {
    const at = Number.isFinite(number) && Math.abs(number) < 1e15 ? number : a < 0.5 ? 8.64e15 : -8.64e15;
    root.dates.add(new Date(at));
    if (flag) root.dates.delete(root.dates.at(-1)!);
  },
  count: ({ root }, { word, number }) =>
    void root.counts.set(word, root.counts.get(word) + (number > 0 ? 1 : -1)),
  held: ({ root }, { word, a }) =>
    void root.held.set(word, { n: Math.floor(a * 4), word, list: [{ n: 9, word: `${word}9` }] }),
  wide: (store, { word, a, b }) =>
    void store.root.owned.add(
      store.create('Wide', { n: Math.floor(a * 9), word, inner: someHeld(store, b) ?? null }),
    ),
  unheld: ({ root }, { word, a, flag }) => {
    const owned = root.owned.at(Math.floor(a * root.owned.length));
    if (flag) root.held.delete(word);
    else if (owned) root.owned.delete(owned);
  },
  hold: (store, { a, b, word, number, flag }) => {
    const held = someHeld(store, a);
    const thing = some(store, b);
    if (thing && number > 1) thing.held = held ?? null;
    else if (thing) thing.more = held && flag ? held : number > 0 ? number : word;
    if (!held) return;
    if (flag) store.root.kept.set(word, held);
    else store.root.chosen.add(held);
    store.root.buckets.get(word).push(held);
    store.root.lost.set(Math.floor(a * 9), held);
  },
  unhold: ({ root }, { word, flag, a }) => {
    if (flag) root.buckets.delete(word);
    else root.kept.delete(word);
    const one = pick([...root.chosen], a);
    if (one) root.chosen.delete(one);
  },
  inner: (store, { a, b, flag, number }) => {
    const [one, other] = [someHeld(store, a), someHeld(store, b)];
    if (!one) return;
    if (number < 0) one.n = Math.floor(b * 9);
    else if (flag) one.inner = null;
    else if (other && !other.isSameAs(one) && other.n < one.n) one.inner = other;
  },
  owns: (store, { a, b, word }) => {
    const big = pick(bigs(store), a);
    const held = someHeld(store, b);
    if (big && held) big.owns.set(word, held);
  },
  any: (store, { a, word, number, flag }) => {
    const { any, seen } = store.root;
    any.push(flag ? (some(store, a) ?? word) : a < 0.3 ? word : a < 0.6 ? number : flag);
    seen.push(some(store, a) ?? null);
    if (any.length > 6) any.delete(0, 3);
    if (seen.length > 6) seen.clear();
  },
  road: (store, { a, b, number }) => {
    const [from, to] = [some(store, a), some(store, b)];
    if (from && to) store.connect('Road', from, to, { length: number, held: someHeld(store, a) ?? null });
  },
  rail: (store, { a, b, word }) => {
    const [from, to] = [pick(bigs(store), a), some(store, b)];
    if (from && to) store.connect('Rail', from, to, { name: word });
  },
  longer: (store, { a, number, flag }) => {
    for (const road of some(store, a)?.out('Road') ?? []) {
      if (flag) store.free(road);
      else road.length = number;
    }
  },
  grid: ({ root }, { number, flag }) => {
    root.grid = flag ? null : ({ data: new Float64Array([number, 1]), shape: [1, 2] } as never);
  },
};

const order = (a: number, b: number): number =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b;
/** All that is in a store; its first line is the schema. */
const linesOf = (store: Parameters<typeof exportLines>[0]): string[] => [...exportLines(store)].slice(1);

/** What indexes say, in a form that does not depend on where objects lie. */
function indexesOf(store: Store): unknown {
  return [
    [...store.index('Base', 'byName').entries()].map(([name]) => name),
    [...store.index('Base', 'byMail').entries()].map(([mail]) => mail),
    [...store.index('Thing', 'byTagRank').entries()].map(([key]) => key),
    store.index('Big', 'byMood').size,
    [...store.index('Held', 'byWord').entries()].map(([key]) => key),
    [...store.index('Held', 'byN').entries()].map(([n]) => n),
    [...store.index('Road', 'byLength').entries()].map(([length]) => length),
  ];
}

function expectOrder({ root }: Store): void {
  const ranks = Array.from(root.line, ({ rank }) => rank);
  expect(ranks).toEqual([...ranks].sort(order));
  const names = Array.from(root.names, ({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const numbers = [...root.numbers.keys()];
  expect(numbers).toEqual([...numbers].sort(order));
  const missing = Array.from(root.deep, ({ next }) => next === null);
  expect(missing).toEqual([...missing].sort((a, b) => Number(a) - Number(b)));
}

it('keeps all kinds together as they were, whatever is done', () => {
  const ends = [
    'commit',
    'rollback',
    'savepoint',
    'fail',
    'collect',
    'compact',
    'reopen',
    'snapshot',
    'import',
    'repair',
    'widen',
    'read',
  ] as const;
  const round = fc.record({
    steps: fc.array(fc.tuple(fc.constantFrom(...Object.keys(steps)), drawn), { maxLength: 25, size: 'max' }),
    end: fc.constantFrom(...ends),
  });
  const property = fc.property(fc.array(round, { maxLength: 10, size: 'max' }), (rounds) => {
    const disk = memoryDriver();
    const file = () => openWith(disk, { name: 'a', mode: 'a' });
    const open = () => ObjectStore.open(file(), schema);
    let store: Store = open();
    const mirror = new Map<string, unknown>();
    const wrong: unknown[] = [];
    const watch = () => {
      const options = { onError: (error: unknown) => void wrong.push(error) };
      store.watch(
        '**',
        (changes) => void changes.map(({ before, path }) => [String(before), path.join()]),
        options,
      );
      store.watch(
        'all.*.name',
        (changes) => {
          for (const { path, kind, after } of changes) {
            if (kind === 'delete') mirror.delete(path.join('.'));
            else mirror.set(path.join('.'), after);
          }
        },
        options,
      );
      mirror.clear();
      for (const [key, { name }] of store.root.all) mirror.set(`all.${key}.name`, name);
    };
    watch();
    const taken: { snapshot: ReturnType<Store['snapshot']>; lines: string[] }[] = [];
    const step = (name: string, value: Drawn) => {
      const before = linesOf(store);
      try {
        steps[name]!(store, value);
      } catch (error) {
        if (!isTerraneError(error, 'OBJ_DUPLICATE')) throw error;
        expect(linesOf(store)).toEqual(before);
      }
    };
    for (const { steps: todo, end } of rounds) {
      const before = linesOf(store);
      const indexes = indexesOf(store);
      if (end === 'fail') {
        const work = () => {
          for (const each of todo) step(...each);
          throw new Error('on purpose');
        };
        expect(() => store.transaction(work)).toThrow('on purpose');
        expect([linesOf(store), indexesOf(store)]).toEqual([before, indexes]);
        continue;
      }
      const point = end === 'savepoint' ? store.savepoint() : undefined;
      for (const each of todo) step(...each);
      expectOrder(store);
      if (end === 'savepoint' || end === 'rollback') {
        if (point) point.rollback();
        else store.rollback();
        expect([linesOf(store), indexesOf(store)]).toEqual([before, indexes]);
      }
      store.collect();
      store.commit();
      expect(wrong).toEqual([]);
      expect(mirror).toEqual(
        new Map(Array.from(store.root.all, ([key, { name }]) => [`all.${key}.name`, name])),
      );
      expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
      const lines = linesOf(store);
      const now = indexesOf(store);
      if (end === 'snapshot') taken.push({ snapshot: store.snapshot(), lines });
      if (end === 'compact') store.compact();
      if (end === 'reopen' || end === 'repair' || end === 'widen' || end === 'read') {
        for (const { snapshot, lines: then } of taken.splice(0)) {
          expect(linesOf(snapshot)).toEqual(then);
          snapshot.close();
        }
        store.close();
        if (end === 'repair') expect(repairStore(file())).toMatchObject({ lost: 0, losses: [] });
        if (end === 'widen') ObjectStore.migrate(file(), more);
        store = open();
        watch();
      }
      if (end === 'read') {
        store.close();
        using reader = ObjectStore.open(file(), schema, { readOnly: true, preload: true });
        expect([linesOf(reader), indexesOf(reader)]).toEqual([lines, now]);
        store = open();
        watch();
      }
      if (end === 'import') {
        using copy = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
        importLines(copy, exportLines(store));
        // What the root began with was replaced.
        copy.collect();
        copy.commit();
        expect(linesOf(copy)).toEqual(lines);
        expect(indexesOf(copy as Store)).toEqual(now);
        expect(copy.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
      }
      expect(linesOf(store)).toEqual(lines);
      expect(indexesOf(store)).toEqual(now);
      expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
      for (const { snapshot, lines: then } of taken) expect(linesOf(snapshot)).toEqual(then);
    }
    for (const { snapshot } of taken) snapshot.close();
    store.close();
  });
  fc.assert(property, { numRuns: 20 });
});
