import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  bool,
  bytes,
  date,
  defaultMap,
  defineSchema,
  enumeration,
  float32,
  float64,
  int32,
  list,
  ObjectStore,
  optional,
  plain,
  ref,
  sortedMap,
  struct,
  text,
  weak,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    names: sortedMap(text(), text()),
    numbers: sortedMap(float64(), optional(float64())),
    singles: sortedMap(float32(), int32()),
    people: sortedMap(text(), ref('Person')),
    days: sortedMap(date(), bool()),
    sizes: sortedMap(enumeration('small', 'large', 'huge'), list(text())),
    blobs: sortedMap(bytes(), weak('Person')),
    counts: defaultMap(text(), int32()),
    lists: defaultMap(text(), list(text())),
    makes: defaultMap(int32(), ref('Person')),
    maybe: defaultMap(text(), optional(text())),
  }),
  Person: struct({ name: text(), age: int32() }),
});
const make = () => ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);

describe('a sorted map', () => {
  it('is in the order of its keys, whatever they are', () => {
    using store = make();
    const { root } = store;
    root.names = new Map([
      ['b', '2'],
      ['a', '1'],
      ['ä', '3'],
      ['\u{1f600}', '5'],
      ['\uffff', '4'],
      ['', '0'],
    ]) as never;
    expect([...root.names.keys()]).toEqual(['', 'a', 'b', 'ä', '\uffff', '\u{1f600}']);
    for (const key of [1, Number.NaN, -1, 0, -0, Infinity, -Infinity, 1e-300]) root.numbers.set(key, key);
    expect([...root.numbers.keys()]).toEqual([-Infinity, -1, 0, 1e-300, 1, Infinity, Number.NaN]);
    expect(Object.is([...root.numbers.keys()][2], 0)).toBe(true);
    root.singles.set(0.1, 1).set(-0.1, 2);
    expect([root.singles.get(0.1), root.singles.has(Math.fround(0.1)), [...root.singles.keys()]]).toEqual([
      1,
      true,
      [Math.fround(-0.1), Math.fround(0.1)],
    ]);
    root.days.set(new Date(5), true).set(new Date(-5), false);
    expect([...root.days]).toEqual([
      [new Date(-5), false],
      [new Date(5), true],
    ]);
    root.sizes.set('huge', []).set('small', ['s']);
    expect(plain(root.sizes)).toEqual([
      ['small', ['s']],
      ['huge', []],
    ]);
    root.blobs.set(Uint8Array.of(1, 0), null).set(Uint8Array.of(1), null).set(Uint8Array.of(0, 9), null);
    expect([...root.blobs.keys()].map((key) => [...key])).toEqual([[0, 9], [1], [1, 0]]);
    expect(String(root.names)).toMatch(/^<persistent sortedMap<text, text> object @offset 0x[0-9a-f]+L>$/);
  });

  it('finds what is near a key, by its place, and in ranges both ways', () => {
    using store = make();
    const { numbers } = store.root;
    expect([numbers.first(), numbers.last(), numbers.floor(1), numbers.ceiling(1), numbers.at(0)]).toEqual(
      Array(5).fill(undefined),
    );
    for (let key = 0; key < 1000; key++) numbers.set(2 * key, null);
    expect([numbers.first(), numbers.last(), numbers.at(7), numbers.at(-2)]).toEqual(
      [0, 1998, 14, 1996].map((key) => [key, null]),
    );
    expect([numbers.floor(11)?.[0], numbers.floor(10)?.[0], numbers.floor(-1)]).toEqual([10, 10, undefined]);
    expect([numbers.ceiling(11)?.[0], numbers.ceiling(12)?.[0], numbers.ceiling(1999)]).toEqual([
      12,
      12,
      undefined,
    ]);
    expect([numbers.rankOf(10), numbers.rankOf(11), numbers.rankOf(-5), numbers.rankOf(1e9)]).toEqual([
      5, 6, 0, 1000,
    ]);
    expect([...numbers.keys({ from: 10, to: 16 })]).toEqual([10, 12, 14, 16]);
    expect([...numbers.keys({ after: 10, before: 16, reverse: true })]).toEqual([14, 12]);
    expect([...numbers.keys({ from: 1995 })]).toEqual([1996, 1998]);
    expect([...numbers.keys({ from: 16, to: 10 })]).toEqual([]);
    expect(numbers.count({ from: 9, before: 1001 })).toBe(496);
    expect([numbers.count(), [...numbers.values({ reverse: true })].length]).toEqual([1000, 1000]);
    expect(() => numbers.count({ form: 1 } as never)).toThrow(/did you mean "from"/);
    expect(() => numbers.count({ from: 1, after: 2 })).toThrow(TypeError);
    expect(() => numbers.count({ from: 'a' as never })).toThrow(TypeError);
    expect(() => numbers.set('a' as never, 1)).toThrow(TypeError);
    expect(() => numbers.get(undefined as never)).toThrow(TypeError);
  });

  it('goes on where it was when it changes while it is iterated', () => {
    using store = make();
    const { numbers, people } = store.root;
    for (let key = 0; key < 500; key++) numbers.set(key, null);
    const seen: number[] = [];
    for (const [key] of numbers) {
      seen.push(key);
      numbers.delete(key);
      if (key % 2 === 0) numbers.delete(key + 1);
      if (key < 10) numbers.set(1000 + key, key).set(-1 - key, key);
    }
    expect(seen).toEqual([...Array.from({ length: 250 }, (_, at) => 2 * at), 1000, 1002, 1004, 1006, 1008]);
    const back: number[] = [];
    for (const key of numbers.keys({ reverse: true })) {
      back.push(key);
      numbers.clear();
    }
    expect(back).toEqual([-1]);
    people.set('a', { name: 'A' }).set('b', { name: 'B' });
    const point = store.savepoint();
    const walk = people.keys();
    people.set('aa', { name: 'AA' });
    expect(walk.next().value).toBe('a');
    point.rollback();
    expect([...walk]).toEqual(['b']);
  });

  it('refuses plain data that do not fit, and then is as before', () => {
    using store = make();
    const { root } = store;
    root.people.set('a', { name: 'A' });
    expect(() => root.people.set('b', { nam: 'B' } as never)).toThrow(TypeError);
    expect(() => {
      root.people = [['x', { name: 'X' }], ['y']] as never;
    }).toThrow(TypeError);
    expect(plain(root.people)).toEqual([['a', { name: 'A', age: 0 }]]);
    for (const wrong of [
      () => defineSchema({ Root: struct({ a: sortedMap(ref('Root'), text()) }) }),
      () => defineSchema({ Root: struct({ a: sortedMap(optional(text()) as never, text()) }) }),
      () =>
        defineSchema({ Root: struct({ a: defaultMap(text(), ref('B')) }), B: struct({ b: ref('Root') }) }),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'OBJ_SCHEMA' }));
    }
  });
});

it('what is in order can be watched', () => {
  using store = make();
  const { numbers } = store.root;
  numbers.set(1, 1).set(3, 3);
  store.commit();
  const seen: unknown[] = [];
  store.watch('numbers.*', (changes) => seen.push(...changes.map(({ before, after }) => [before, after])));
  numbers.set(2, 2).set(3, 4).delete(1);
  store.commit();
  expect(seen).toHaveLength(3);
  expect(seen).toEqual(
    expect.arrayContaining([
      [1, undefined],
      [3, 4],
      [undefined, 2],
    ]),
  );
});

it('a default map makes what is asked for, of any kind', () => {
  using store = make();
  const { root } = store;
  for (const word of ['a', 'b', 'a']) root.counts.set(word, root.counts.get(word) + 1);
  expect([...root.counts]).toEqual([
    ['a', 2],
    ['b', 1],
  ]);
  root.lists.get('x').push('1');
  root.lists.get('x').push('2');
  expect(plain(root.lists)).toEqual([['x', ['1', '2']]]);
  root.makes.get(5).age = 7;
  expect(plain(root.makes)).toEqual([[5, { name: '', age: 7 }]]);
  expect([root.maybe.get('q'), root.maybe.size, root.counts.peek('z'), root.counts.has('z')]).toEqual([
    null,
    1,
    undefined,
    false,
  ]);
  store.commit();
  using snapshot = store.snapshot();
  expect(snapshot.root.counts.get('a')).toBe(2);
  expect(() => snapshot.root.counts.get('z')).toThrow(expect.objectContaining({ code: 'OBJ_READ_ONLY' }));
  expect(snapshot.root.counts.peek('z')).toBeUndefined();
});
