import { memoryDriver, openWith } from '@terrane/driver';
import { expect, expectTypeOf, it } from 'vitest';
import {
  bool,
  bytes,
  date,
  defineSchema,
  enumeration,
  float64,
  type Infer,
  int32,
  int64,
  type Kind,
  list,
  map,
  ObjectStore,
  optional,
  plain,
  ref,
  struct,
  text,
  union,
  weak,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    any: optional(union(float64(), text(), bool(), date(), bytes(), int64(), ref('A'), ref('B'))),
    list: list(union(float64(), text())),
    map: map(text(), optional(union(text(), ref('A')))),
    after: int32(),
  }),
  A: struct({ name: text(), either: optional(union(int32(), ref('A'))) }),
  B: struct({ size: float64() }),
  C: struct({ must: union(text(), int32()) }),
});
const disk = memoryDriver();
const open = (name: string) => ObjectStore.open(openWith(disk, { name, mode: 'a' }), schema);

it('holds values of each of its kinds, and keeps them', () => {
  expectTypeOf<NonNullable<Infer<typeof schema, 'C'>['must']>>().toEqualTypeOf<string | number>();
  expectTypeOf<Infer<typeof schema, 'A'>['either']>().toEqualTypeOf<
    number | Infer<typeof schema, 'A'> | null
  >();
  const values = [1.5, '', 'text', false, new Date(7), Uint8Array.of(1, 2), -(2n ** 63n), null];
  {
    using store = open('each');
    const { root } = store;
    expect(root.any).toBe(null);
    for (const value of values) {
      root.any = value;
      expect(root.any).toEqual(value);
      expect(root.after).toBe(0);
    }
    const a = store.create('A', { name: 'ann', either: 7 });
    root.any = a;
    expect((root.any as unknown as typeof a).isSameAs(a)).toBe(true);
    root.any = { size: 3 } as never;
    expect(plain(root.any)).toEqual({ size: 3 });
    root.any = { name: 'x' } as never;
    root.list.push(1, 'two', 3);
    root.list.set(0, 'one');
    root.map.set('a', 'text').set('b', a).set('c', null).set('a', { name: 'y' });
    a.either = a;
    store.commit();
  }
  using store = open('each');
  const { root } = store;
  expect(plain(root.any)).toEqual({ name: 'x', either: null });
  expect([...root.list]).toEqual(['one', 'two', 3]);
  expect(plain(root.map.get('a'))).toEqual({ name: 'y', either: null });
  expect([...root.map.keys()]).toEqual(['a', 'b', 'c']);
  store.compact();
  expect(store.root.map.get('c')).toBe(null);
  const b = store.root.map.get('b') as Infer<typeof schema, 'A'>;
  expect(b.isSameAs(b.either)).toBe(true);
  expect(store.verify()).toEqual({ problems: [], leaked: { chunks: 0, bytes: 0 } });
});

it('frees a text that it replaces, keeps what it refers to, and refuses what is none of its kinds', () => {
  using store = open('owns');
  const { root } = store;
  root.list.push('a'.repeat(100), 'b', 3);
  root.any = 'long '.repeat(100);
  root.any = 'other '.repeat(100);
  root.any = 5;
  root.list.set(0, 1);
  root.list.delete(1);
  expect(store.collect().chunks).toBe(0);
  root.any = { name: 'kept' } as never;
  expect(store.collect().chunks).toBe(0);
  root.any = null;
  expect(store.collect().chunks).toBe(2);
  const wanted = 'one of float64, text, bool, date, bytes, int64, ref<A>, ref<B> or null is wanted';
  for (const wrong of [undefined, Symbol('x'), [], store.create('C', { must: 1 }), { other: 1 }])
    expect(() => Object.assign(root, { any: wrong })).toThrow(
      `Root.any: ${wanted}`.slice(0, wrong instanceof Object ? 9 : 99),
    );
  expect(() => root.list.push(true as never)).toThrow(
    new TypeError('list<union<float64 | text>>[2]: one of float64, text is wanted, not true'),
  );
  expect(() => store.create('C', {} as never)).toThrow('C: the field "must" has to be given');
  expect(root.any).toBe(null);
});

it('is refused when its kinds cannot be told apart', () => {
  const refused = (kinds: readonly Kind[], message: string) => {
    const field = optional(union(...(kinds as [Kind, Kind])) as Kind);
    expect(() => defineSchema({ Root: struct({ field }), A: struct({}) })).toThrow(message);
  };
  refused([int32(), float64()], 'a union cannot tell int32 and float64 apart');
  refused([text(), enumeration('x')], 'a union cannot tell text and enum apart');
  refused([ref('A'), ref('A')], 'a union cannot tell ref and ref apart');
  refused([text(), list(text())], 'list cannot be in a union');
  refused([text(), weak('A')], 'weak cannot be in a union');
  refused([text(), optional(int32())], 'optional cannot be in a union');
  refused([text()], 'a union has 2 to 255 kinds');
  refused([text(), ref('Nobody')], 'there is no struct "Nobody"');
  expect(() => defineSchema({ Root: struct({ a: union(text(), int32()) }) })).toThrow('has to be optional');
});

it('takes more kinds at its end', () => {
  const before = defineSchema({ Root: struct({ list: list(union(text(), int32())) }) });
  const after = defineSchema({ Root: struct({ list: list(union(text(), int32(), bool())) }) });
  const single = defineSchema({ Root: struct({ a: optional(union(text(), int32())) }) });
  const grown = defineSchema({ Root: struct({ a: optional(union(text(), int32())), b: int32() }) });
  const file = (name: string) => openWith(disk, { name, mode: 'a' });
  {
    using store = ObjectStore.open(file('grows'), before);
    store.root.list.push('a', 1);
    store.commit();
  }
  expect(() => ObjectStore.open(file('grows'), after)).toThrow(
    expect.objectContaining({ code: 'OBJ_SCHEMA_DIFFERS' }),
  );
  {
    using store = ObjectStore.open(file('grows too'), single);
    store.root.a = 7;
    store.commit();
  }
  using store = ObjectStore.open(file('grows too'), grown);
  expect(store.root.a).toBe(7);
});
