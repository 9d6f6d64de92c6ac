import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  compareSchemas,
  defineSchema,
  type Fields,
  type Infer,
  int32,
  list,
  ObjectStore,
  optional,
  type PersistentList,
  ref,
  type Schema,
  sortedList,
  struct,
  text,
  weak,
} from '../index.js';
import { exportLines, importLines } from '../tools/index.js';
import { placeRecord } from './place-fields.js';

const code = (name: string) => expect.objectContaining({ code: name });
const schema = defineSchema({
  Root: struct({
    people: list(ref('Person')),
    doctors: sortedList(ref('Doctor'), { by: 'friend.level' }),
  }),
  Person: struct({ name: text(), friend: optional(ref('Person')), age: int32(), fan: weak('Person') }),
  Doctor: struct(
    { level: int32(), friend: optional(ref('Doctor')), fan: weak('Chief') },
    { extends: 'Person' },
  ),
  Chief: struct({ friend: optional(ref('Chief')) }, { extends: 'Doctor' }),
});
const disk = memoryDriver();
let files = 0;
const open = <const S extends Schema['structs']>(declared: Schema<S>, name = `a${files++}`) =>
  ObjectStore.open(openWith(disk, { name, mode: 'a' }), declared);

describe('a reference that is declared again', () => {
  it('stays in its place, and takes and gives what is more particular', () => {
    const at = (name: string) =>
      placeRecord(schema, name).fields.map(({ name: field, offset, kind }) => [
        field,
        offset,
        kind.kind === 'optional' && kind.of.kind === 'ref' ? kind.of.to : kind.kind,
      ]);
    expect(at('Chief').slice(0, 4)).toEqual([
      ['name', 0, 'text'],
      ['friend', 8, 'Chief'],
      ['age', 16, 'int32'],
      ['fan', 24, 'weak'],
    ]);
    expect(at('Person').map(([name, offset]) => [name, offset])).toEqual(
      at('Chief')
        .slice(0, 4)
        .map(([name, offset]) => [name, offset]),
    );
    expectTypeOf<Infer<typeof schema, 'Doctor'>['friend']>().toEqualTypeOf<Infer<
      typeof schema,
      'Doctor'
    > | null>();
    expectTypeOf<Infer<typeof schema, 'Person'>['friend']>().toEqualTypeOf<Infer<
      typeof schema,
      'Person'
    > | null>();
    using store = open(schema);
    const ann = store.create('Person', { name: 'Ann' });
    const bob = store.create('Doctor', { name: 'Bob', level: 3 });
    const cid = store.create('Chief', { name: 'Cid', level: 5, friend: { level: 9 } });
    bob.friend = cid;
    ann.friend = cid;
    expect([bob.friend!.level, cid.friend!.level, ann.friend!.name]).toEqual([5, 9, 'Cid']);
    // Whoever sees but a person sets the field of a doctor all the same.
    store.root.people.push(ann, bob, cid);
    const seen = store.root.people.at(1)!;
    expect(() => {
      seen.friend = ann;
    }).toThrow('a Doctor is wanted, not a Person');
    expect(() => {
      cid.friend = bob as never;
    }).toThrow('a Chief is wanted, not a Doctor');
    expect(() => store.create('Doctor', { friend: ann as never })).toThrow(TypeError);
    expect(() => Object.assign(bob, { fan: bob })).toThrow('a Chief is wanted, not a Doctor');
    bob.fan = cid;
    store.commit();
    expect(store.verify().problems).toEqual([]);
  });

  it('moves what is sorted by it', () => {
    using store = open(schema);
    const { doctors } = store.root;
    const made = [5, 1, 3].map((level) =>
      store.create('Doctor', { name: `${level}`, level, friend: { level } }),
    );
    for (const doctor of made) doctors.add(doctor);
    const names = () => Array.from(doctors, ({ name }) => name);
    expect(names()).toEqual(['1', '3', '5']);
    made[0]!.friend!.level = 0;
    made[1]!.friend = store.create('Chief', { level: 4 });
    expect(names()).toEqual(['5', '3', '1']);
    store.commit();
    expect(store.verify().problems).toEqual([]);
    store.compact();
    expect(Array.from(store.root.doctors, ({ name }) => name)).toEqual(['5', '3', '1']);
    using copy = open(schema);
    importLines(copy, exportLines(store));
    expect([...exportLines(copy)]).toEqual([...exportLines(store)]);
    copy.commit();
  });

  it('has to refer to something derived of what it did, and be a reference', () => {
    const base = { Root: struct({}), A: struct({ a: optional(ref('A')), l: list(ref('A')), n: int32() }) };
    const wrong = [
      struct({ a: optional(ref('A')) }, { extends: 'A' }),
      struct({ a: optional(ref('Root')) }, { extends: 'A' }),
      struct({ a: ref('B') }, { extends: 'A' }),
      struct({ a: weak('B') }, { extends: 'A' }),
      struct({ l: list(ref('B')) }, { extends: 'A' }),
      struct({ n: int32() }, { extends: 'A' }),
    ];
    for (const B of wrong) {
      expect(() => defineSchema({ ...base, B } as never)).toThrow(
        expect.objectContaining({
          code: 'OBJ_SCHEMA',
          message: expect.stringContaining('is there already in a base'),
        }),
      );
    }
    expect(() =>
      defineSchema({ ...base, B: struct({ a: optional(ref('B')) }, { extends: 'A' }) }),
    ).not.toThrow();
    // Circles are found out about first.
    const circle = {
      Root: struct({}),
      C: struct({ c: ref('D') }, { extends: 'D' }),
      D: struct({ c: ref('C') }, { extends: 'C' }),
    };
    expect(() => defineSchema(circle as never)).toThrow('extends itself');
  });
});

describe('fields that move between a struct and its base', () => {
  // Of what is only known at run time.
  const make = (base: Fields, own: Fields): Schema =>
    defineSchema({
      Root: struct({ all: list(ref('Base')) }),
      Base: struct(base),
      Own: struct(own, { extends: 'Base' }),
    }) as Schema;
  const allOf = (store: ObjectStore) => store.root.all as PersistentList<{ x: number }>;
  const apart = make({ n: text() }, { x: int32() });
  const above = make({ n: text(), x: int32() }, {});

  it('upwards, are there for all, with the values that they had', () => {
    const name = `a${files++}`;
    {
      using store = open(apart, name);
      allOf(store).push(store.create('Own', { x: 7 }) as never, store.create('Base', {}) as never);
      store.commit();
    }
    expect(compareSchemas(apart, above)).toEqual([
      { path: 'Base.x', change: 'field added', declared: 'int32', effect: 'additive' },
    ]);
    {
      using store = open(above, name);
      expect(Array.from(allOf(store), ({ x }) => x)).toEqual([7, 0]);
      allOf(store).at(1)!.x = 8;
      store.commit();
      expect(store.verify().problems).toEqual([]);
    }
    // What says that only some have them sees what it always saw.
    using again = open(apart, name);
    expect(again.differences).toMatchObject([{ path: 'Base.x', effect: 'usable' }]);
    expect(Array.from(allOf(again), ({ x }) => x)).toEqual([7, 8]);
  });

  it('or change what they refer to, take a decision', () => {
    const wide = make({ x: optional(ref('Base')) }, {});
    const narrow = make({ x: optional(ref('Base')) }, { x: optional(ref('Own')) });
    const name = `a${files++}`;
    {
      using store = open(wide, name);
      allOf(store).push(store.create('Own', {}) as never);
      store.commit();
    }
    const kinds = { stored: 'optional<ref<Base>>', declared: 'optional<ref<Own>>' };
    expect(compareSchemas(wide, narrow)).toEqual([
      { path: 'Own.x', change: 'kind', effect: 'breaking', ...kinds },
    ]);
    expect(compareSchemas(narrow, wide)).toMatchObject([
      { path: 'Own.x', change: 'kind', effect: 'breaking' },
    ]);
    expect(() => open(narrow, name)).toThrow(code('OBJ_SCHEMA_DIFFERS'));
    const file = () => openWith(disk, { name, mode: 'a' });
    for (const [to, from] of [
      [narrow, wide],
      [wide, narrow],
    ] as const) {
      ObjectStore.migrate(file(), to);
      expect(() => open(from, name)).toThrow(code('OBJ_SCHEMA_DIFFERS'));
      using store = open(to, name);
      expect(store.differences).toEqual([]);
    }
  });
});
