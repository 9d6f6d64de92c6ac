import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  bool,
  buffer,
  bytes,
  date,
  defineSchema,
  enumeration,
  float32,
  float64,
  type Infer,
  int8,
  int16,
  int32,
  int53,
  int64,
  list,
  map,
  memoryView,
  ObjectStore,
  optional,
  type PersistentList,
  type PersistentMap,
  plain,
  ref,
  type Schema,
  type StoreOptions,
  type Structs,
  set,
  struct,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
  weak,
} from '../index.js';

const disk = memoryDriver();

function open<const S extends Structs>(
  name: string,
  schema: Schema<S>,
  options: StoreOptions = {},
): ObjectStore<S> {
  return ObjectStore.open(openWith(disk, { name, mode: options.readOnly ? 'r' : 'a' }), schema, options);
}

let count = 0;
const fresh = () => `store-${count++}`;

const people = defineSchema({
  Root: struct({ people: map(text(), ref('Person')), log: list(text()), first: optional(ref('Person')) }),
  Person: struct({
    name: text(),
    age: int32(),
    weight: float64(),
    friends: list(ref('Person')),
    pet: weak('Animal'),
  }),
  Employee: struct({ salary: float64(), boss: optional(ref('Person')) }, { extends: 'Person' }),
  Animal: struct({ name: text() }),
});

const everything = defineSchema({
  Root: struct({
    a: int8(),
    b: uint8(),
    c: int16(),
    d: uint16(),
    e: int32(),
    f: uint32(),
    g: int53(),
    h: int64(),
    i: uint64(),
    j: float32(),
    k: float64(),
    l: bool(),
    m: date(),
    n: text(),
    o: bytes(),
    p: enumeration('red', 'green'),
    q: optional(int16()),
    r: optional(text()),
    s: optional(buffer()),
    t: set(text()),
    u: optional(date()),
    v: list(optional(float64())),
    w: map(enumeration('x', 'y'), list(int8())),
  }),
});

describe('ObjectStore', () => {
  it('has the types of its schema', () => {
    expectTypeOf<Infer<typeof people, 'Person'>['age']>().toEqualTypeOf<number>();
    expectTypeOf<Infer<typeof people, 'Employee'>['name']>().toEqualTypeOf<string>();
    expectTypeOf<Infer<typeof people>['first']>().toEqualTypeOf<Infer<typeof people, 'Person'> | null>();
    expectTypeOf<Infer<typeof people>['people']>().toExtend<
      PersistentMap<string, Infer<typeof people, 'Person'>>
    >();
    expectTypeOf<Infer<typeof everything>['p']>().toEqualTypeOf<'red' | 'green'>();
    expectTypeOf<Infer<typeof everything>['v']>().toExtend<PersistentList<number | null>>();
    expectTypeOf<Infer<typeof everything>['h']>().toEqualTypeOf<bigint>();
  });

  it('begins with zeros, and keeps what was committed', () => {
    const name = fresh();
    {
      using store = open(name, everything);
      expect(plain(store.root)).toEqual({
        ...{
          a: 0,
          b: 0,
          c: 0,
          d: 0,
          e: 0,
          f: 0,
          g: 0,
          h: 0n,
          i: 0n,
          j: 0,
          k: 0,
          l: false,
          m: new Date(0),
          n: '',
        },
        ...{ o: new Uint8Array(0), p: 'red', q: null, r: null, s: null, t: [], u: null, v: [], w: [] },
      });
      const { root } = store;
      Object.assign(root, {
        a: -128,
        b: 255,
        c: -32768,
        d: 65535,
        e: -(2 ** 31),
        f: 2 ** 32 - 1,
        g: -(2 ** 53 - 1),
      });
      Object.assign(root, {
        h: -(2n ** 63n),
        i: 2n ** 64n - 1n,
        j: 0.5,
        k: Math.PI,
        l: true,
        m: new Date(1e12),
      });
      Object.assign(root, {
        n: 'grüß dich 🌍\0',
        o: Uint8Array.of(1, 2),
        p: 'green',
        q: -7,
        r: '',
        u: new Date(5),
      });
      Object.assign(root, {
        s: Float64Array.of(1, 2),
        t: new Set(['x', 'y']),
        v: [1, null],
        w: new Map([['y', [1]]]),
      });
      store.commit();
    }
    using store = open(name, everything, { readOnly: true });
    expect(plain(store.root)).toEqual({
      ...{
        a: -128,
        b: 255,
        c: -32768,
        d: 65535,
        e: -(2 ** 31),
        f: 2 ** 32 - 1,
        g: -(2 ** 53 - 1),
        h: -(2n ** 63n),
      },
      ...{ i: 2n ** 64n - 1n, j: 0.5, k: Math.PI, l: true, m: new Date(1e12), n: 'grüß dich 🌍\0' },
      ...{ o: Uint8Array.of(1, 2), p: 'green', q: -7, r: '', s: Float64Array.of(1, 2), t: ['x', 'y'] },
      ...{ u: new Date(5), v: [1, null], w: [['y', [1]]] },
    });
    expect(() => {
      store.root.e = 1;
    }).toThrow(expect.objectContaining({ code: 'OBJ_READ_ONLY' }));
  });

  it('refuses what a field cannot hold, and leaves the field as it was', () => {
    using store = open(fresh(), everything);
    const { root } = store;
    const wrong: [string, unknown, ErrorConstructor][] = [
      ['a', 128, RangeError],
      ['a', 1.5, RangeError],
      ['a', '1', TypeError],
      ['a', null, TypeError],
      ['e', 2 ** 31, RangeError],
      ['f', -1, RangeError],
      ['g', 2 ** 53, RangeError],
      ['h', 1, TypeError],
      ['i', -1n, RangeError],
      ['k', '1', TypeError],
      ['l', 1, TypeError],
      ['m', 5, TypeError],
      ['m', new Date(Number.NaN), RangeError],
      ['n', 7, TypeError],
      ['n', '\ud800', TypeError],
      ['n', null, TypeError],
      ['o', [1], TypeError],
      ['p', 'blue', TypeError],
      ['q', 70000, RangeError],
      ['s', [1, 2], TypeError],
      ['t', 'x', TypeError],
      ['t', [1], TypeError],
      ['v', 7, TypeError],
      ['v', [1, 'x'], TypeError],
      ['unknown', 1, TypeError],
    ];
    const before = plain(root);
    for (const [field, value, kind] of wrong)
      expect(() => Object.assign(root, { [field]: value }), field).toThrow(kind);
    expect(plain(root)).toEqual(before);
  });

  it('makes objects of plain data, derived ones as well, and knows them again', () => {
    const name = fresh();
    using store = open(name, people);
    const ann = store.create('Person', { name: 'Ann', age: 41 });
    const bob = store.create('Employee', {
      name: 'Bob',
      salary: 7,
      boss: ann,
      friends: [ann, { name: 'Cid' }],
    });
    store.root.people.set('ann', ann).set('bob', bob);
    store.root.first = bob;
    store.commit();
    expect(store.root.first).not.toBe(store.root.first);
    expect(store.root.first?.isSameAs(bob)).toBe(true);
    expect(ann.isSameAs(bob)).toBe(false);
    expect(`${ann}`).toMatch(/^<persistent Person object @offset 0x[0-9a-f]+L>$/);
    expect(`${store.root.first}`).toContain('persistent Employee');
    expect(() => store.create('Person', { nam: 'x' } as never)).toThrow(
      /no field "nam"; did you mean "name"/,
    );
    using again = open(name, people, { readOnly: true });
    const found = again.root.people.get('bob') as Infer<typeof people, 'Employee'>;
    expect([found.name, found.salary, found.boss?.name, found.friends.at(1)?.name]).toEqual([
      'Bob',
      7,
      'Ann',
      'Cid',
    ]);
    expect(again.root.people.get('nobody')).toBeUndefined();
  });

  it('takes only objects of the same store and the right type', () => {
    using store = open(fresh(), people);
    using other = open(fresh(), people);
    const pet = store.create('Animal', { name: 'Rex' });
    const root = store.root as unknown as Record<string, unknown>;
    expect(() => Object.assign(root, { first: pet })).toThrow(/a Person is wanted, not a Animal/);
    expect(() => Object.assign(root, { first: other.create('Person', {}) })).toThrow(
      expect.objectContaining({ code: 'OBJ_FOREIGN' }),
    );
    expect(() => Object.assign(root, { first: 7 })).toThrow(TypeError);
    expect(() => store.root.people.set('x', pet as never)).toThrow(TypeError);
    expect(store.root.first).toBeNull();
    expect(store.root.people.size).toBe(0);
  });

  it('rolls back, with savepoints inside each other', () => {
    using store = open(fresh(), people);
    const { root } = store;
    root.log.push('kept');
    store.commit();
    root.log.push('lost');
    const lost = store.create('Person', { name: 'lost' });
    store.rollback();
    expect([...root.log]).toEqual(['kept']);
    expect(() => lost.name).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    const made = store.create('Person', { name: 'other' });
    expect(() => lost.name).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    expect(made.name).toBe('other');
    expect(() =>
      store.transaction(() => {
        root.log.push('outer');
        expect(() =>
          store.transaction(() => {
            root.log.push('inner');
            throw new Error('inner');
          }),
        ).toThrow('inner');
        expect([...root.log]).toEqual(['kept', 'outer']);
        store.transaction(() => root.log.push('second'));
        throw new Error('outer');
      }),
    ).toThrow('outer');
    expect([...root.log]).toEqual(['kept']);
    const point = store.savepoint();
    root.log.push('a');
    store.savepoint();
    root.log.push('b');
    point.rollback();
    expect([...root.log]).toEqual(['kept']);
    expect(() => point.release()).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    expect(() => store.transaction(() => Promise.resolve())).toThrow(TypeError);
  });

  it('says what is freed, by reference, weak reference and live object', () => {
    using store = open(fresh(), people);
    const { root } = store;
    const ann = store.create('Person', { name: 'Ann', pet: store.create('Animal', { name: 'Rex' }) });
    root.first = ann;
    const pet = ann.pet!;
    expect(pet.name).toBe('Rex');
    store.free(pet);
    expect(ann.pet).toBeNull();
    expect(() => pet.name).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    expect(() => store.free(pet)).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    store.free(ann);
    const next = store.create('Person', { name: 'in its place' });
    expect(next.name).toBe('in its place');
    expect(() => root.first).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
    expect(() => store.free(store.root)).toThrow(TypeError);
  });

  it('collects what nothing refers to, circles as well', () => {
    using store = open(fresh(), people);
    const before = store.stat();
    const ann = store.create('Person', { name: 'Ann' });
    const bob = store.create('Person', { name: 'Bob', friends: [ann] });
    ann.friends.push(bob);
    store.root.people.set('ann', ann);
    expect(store.collect().chunks).toBe(0);
    expect(store.root.people.get('ann')?.friends.at(0)?.name).toBe('Bob');
    store.root.people.clear();
    expect(store.collect().chunks).toBeGreaterThan(5);
    expect(store.stat().chunks).toBe(before.chunks);
    expect(store.stat().bytes).toBe(before.bytes);
    expect(() => ann.name).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  });

  it('ends all live objects when it closes, and does not lose changes silently', () => {
    const store = open(fresh(), people);
    const { root } = store;
    root.log.push('x');
    expect(() => store.close()).toThrow(expect.objectContaining({ code: 'OBJ_UNCOMMITTED' }));
    const { log, people: byName } = root;
    store.commit();
    store.close();
    store.close();
    for (const use of [
      () => root.first,
      () => log.length,
      () => byName.get('x'),
      () => log.push('y'),
      () => `${root}`,
      () => store.root,
    ]) {
      expect(use).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
    }
  });

  it('lets one write, and others read what was committed', () => {
    const name = fresh();
    using writer = open(name, people);
    expect(() => open(name, people)).toThrow(expect.objectContaining({ code: 'BLK_BUSY' }));
    using reader = open(name, people, { readOnly: true });
    using keeper = open(name, people, { readOnly: true, preload: true });
    const { root } = reader;
    writer.root.log.push('one');
    expect(root.log.length).toBe(0);
    expect(reader.refresh()).toBe(false);
    for (let index = 0; index < 5; index++) {
      writer.root.log.push('more');
      writer.commit();
    }
    expect(reader.refresh()).toBe(true);
    expect(reader.root.log.length).toBe(6);
    expect(() => root.log).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
    expect(keeper.root.log.length).toBe(0);
  });

  it('holds far more than a segment, and opens without reading it', () => {
    const schema = defineSchema({
      Root: struct({ points: list(ref('Point')) }),
      Point: struct({ x: float64(), y: text() }),
    });
    const name = fresh();
    {
      using store = open(name, schema);
      const first = store.create('Point', { x: -1 });
      for (let index = 0; index < 40_000; index++) store.root.points.push({ x: index, y: `point ${index}` });
      expect(first.x).toBe(-1);
      expect(store.stat().heapBytes).toBeGreaterThan(3 * 2 ** 20);
      store.commit();
    }
    using store = open(name, schema, { readOnly: true });
    for (const index of [0, 1, 12_345, 39_999]) {
      expect(plain(store.root.points.at(index))).toEqual({ x: index, y: `point ${index}` });
    }
  });

  it('views buffers without a copy, and rolls back what was written through the view', () => {
    const name = fresh();
    {
      using store = open(name, everything, { strict: true });
      store.root.s = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2], stride: [1, 3] } as never;
      store.commit();
      const view = memoryView(store.root.s!);
      expect([view.shape, view.strides, [...view.data]]).toEqual([
        [3, 2],
        [8, 4],
        [1, 4, 2, 5, 3, 6],
      ]);
      view.data[0] = 9;
      expect(store.changed).toBe(true);
      store.rollback();
      expect(view.data[0]).toBe(1);
      view.data[1] = 8;
      store.commit();
      view.data[2] = 7;
      store.commit();
      expect(() => store.close()).toThrow(
        expect.objectContaining({ code: 'OBJ_IN_USE', message: expect.stringContaining('Buffer') }),
      );
      view.release();
      store.close();
    }
    using store = open(name, everything, { readOnly: true });
    expect([...memoryView(store.root.s!, { copy: true }).data]).toEqual([1, 8, 7, 5, 3, 6]);
  });
});

it('does not grow beyond what it may', () => {
  const limit = 2 ** 20;
  const options = { maximumBytes: limit };
  using store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), people, options);
  const name = 'x'.repeat(10_000);
  const fill = () => {
    for (;;) store.root.people.set(`${store.root.people.size}`, store.create('Person', { name }));
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'OBJ_TOO_LARGE' }));
  store.commit();
  const { size } = store.root.people;
  expect(store.stat().heapBytes).toBeLessThanOrEqual(limit);
  expect(store.verify().problems).toEqual([]);
  store.root.people.clear();
  store.collect();
  for (let index = 0; index < size; index++)
    store.root.people.set(`${index}`, store.create('Person', { name }));
  store.commit();
  expect(() =>
    ObjectStore.open(openWith(memoryDriver(), { name: 'b', mode: 'w' }), people, { maximumByte: 1 } as never),
  ).toThrow(/did you mean "maximumBytes"/);
});

it('refuses a field that there is not, and names the nearest', () => {
  using store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'w' }), people);
  const person = store.create('Person', { name: 'Ann' }) as unknown as Record<string, unknown>;
  expect(() => {
    person.nmae = 'Eve';
  }).toThrow(/has no field "nmae"; did you mean "name"\?/);
  expect(Object.keys(person)).not.toContain('nmae');
  expect(() => {
    (store.root.people as unknown as Record<string, unknown>).sise = 1;
  }).toThrow(/has no field "sise"/);
  store.rollback();
});
