import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  buffer,
  bytes,
  date,
  defineSchema,
  equals,
  float64,
  hashOf,
  int64,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  set,
  struct,
  text,
} from '../index.js';

const schema = defineSchema({
  Root: struct({ a: optional(ref('Node')), b: optional(ref('Node')) }),
  Node: struct({
    name: text(),
    next: optional(ref('Node')),
    when: date(),
    data: bytes(),
    wide: int64(),
    words: list(text()),
    tags: set(text()),
    byName: map(text(), float64()),
    grid: optional(buffer()),
  }),
  Derived: struct({}, { extends: 'Node' }),
});
const open = () => ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
const full = {
  name: 'x',
  when: new Date(7),
  data: Uint8Array.of(1, 2),
  wide: 5n,
  words: ['a', 'b'],
  tags: new Set(['a', 'b']),
  byName: new Map([
    ['one', 1],
    ['nan', Number.NaN],
  ]),
  grid: Float64Array.of(1, 2),
};

it('compares live objects with each other, of several stores, and with plain data, field by field', () => {
  using store = open();
  using other = open();
  const node = store.create('Node', full as never);
  const twin = other.create('Derived', full as never);
  expect([equals(node, twin), hashOf(node) === hashOf(twin), node.isSameAs(twin)]).toEqual([
    true,
    true,
    false,
  ]);
  expect(equals(node, { ...full, next: null })).toBe(true);
  expect(equals(plain(node), node)).toBe(true);
  expect(equals(node, full)).toBe(false);
  const reordered = { tags: new Set(['b', 'a']), byName: new Map([...full.byName].reverse()) };
  const turned = store.create('Node', { ...full, ...reordered } as never);
  expect([equals(node, turned), hashOf(node) === hashOf(turned)]).toEqual([true, true]);
  const changes = [
    { name: 'y' },
    { when: new Date(8) },
    { data: Uint8Array.of(1) },
    { wide: 6n },
    { words: ['b', 'a'] },
    { tags: new Set(['a', 'c']) },
    { byName: new Map([['one', 1]]) },
    {
      byName: new Map([
        ['one', 2],
        ['nan', Number.NaN],
      ]),
    },
    { grid: Float64Array.of(1, 3) },
    { next: { name: 'deep' } },
  ];
  for (const change of changes) {
    const changed = store.create('Node', { ...full, ...change } as never);
    expect(
      [equals(node, changed), hashOf(node) === hashOf(changed)],
      JSON.stringify(Object.keys(change)),
    ).toEqual([false, false]);
  }
});

it('ends with objects that refer to themselves', () => {
  using store = open();
  const one = store.create('Node', {});
  one.next = one;
  const two = store.create('Node', { next: { next: one } } as never);
  const third = store.create('Node', { next: { next: { name: 'other' } } } as never);
  expect([equals(one, two), hashOf(one) === hashOf(two)]).toEqual([true, true]);
  two.next!.next = two;
  expect([equals(one, two), hashOf(one) === hashOf(two)]).toEqual([true, true]);
  expect(equals(one, third)).toBe(false);
  const ring: { next?: unknown } = { ...(plain(store.create('Node', {})) as object) };
  ring.next = ring;
  expect(equals(one, ring)).toBe(true);
});

it('agrees with what was put in, and equal ones hash alike', () => {
  const data = fc.record({
    name: fc.string({ unit: 'grapheme', maxLength: 3 }),
    words: fc.array(fc.constantFrom('a', 'b'), { maxLength: 3 }),
    tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
    byName: fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom(0, -0, 1, Number.NaN)), {
      maxLength: 3,
    }),
  });
  using store = open();
  const make = ({
    tags,
    byName,
    ...rest
  }: {
    tags: string[];
    byName: [string, number][];
    name: string;
    words: string[];
  }) => ({
    ...rest,
    tags: new Set(tags),
    byName: new Map(byName),
  });
  const property = fc.property(data, data, (a, b) => {
    const [x, y] = [make(a), make(b)].map((input) => store.create('Node', input as never));
    const key = (input: typeof a) =>
      JSON.stringify([
        input.name,
        input.words,
        [...input.tags].sort(),
        [...new Map(input.byName)].map(([k, v]) => [k, v + 0 === 0 ? '0' : `${v}`]).sort(),
      ]);
    expect(equals(x, y)).toBe(key(a) === key(b));
    if (equals(x, y)) expect(hashOf(x!)).toBe(hashOf(y!));
  });
  fc.assert(property, { numRuns: 200 });
});

it('hashes the same in every process', () => {
  const program = `
    import { memoryDriver, openWith } from '@terrane/driver';
    import { defineSchema, hashOf, list, ObjectStore, struct, text } from ${JSON.stringify(new URL('../index.js', import.meta.url).href)};
    const schema = defineSchema({ Root: struct({ words: list(text()) }) });
    const store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
    store.root.words.push('grüß', 'dich');
    console.log(hashOf(store.root));`;
  const args = ['--import', 'tsx', '--conditions=@terrane/source', '--input-type=module', '--eval', program];
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const runs = [1, 2].map(() => spawnSync(process.execPath, args, { encoding: 'utf8', cwd }));
  for (const run of runs) expect([run.stdout.trim(), run.stderr]).toEqual(['2499441156', '']);
});
