import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  compareSchemas,
  defineSchema,
  enumeration,
  float64,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  type Schema,
  set,
  struct,
  text,
  uint8,
  weak,
} from '../index.js';
import { placeRecord } from './place-fields.js';
import { formatSchema, parseSchema } from './stored-schema.js';

const Root = struct({});
const refused = expect.objectContaining({ code: 'OBJ_SCHEMA' });

it('refuses schemas that do not hold together', () => {
  const wrong: [string, () => unknown][] = [
    ['no root', () => defineSchema({ A: struct({}) })],
    ['unknown struct', () => defineSchema({ Root: struct({ a: optional(ref('B')) }) })],
    ['required in the root', () => defineSchema({ Root: struct({ a: ref('Root') }) })],
    ['unknown base', () => defineSchema({ Root, A: struct({}, { extends: 'B' }) })],
    [
      'its own base',
      () => defineSchema({ Root, A: struct({}, { extends: 'B' }), B: struct({}, { extends: 'A' }) }),
    ],
    [
      'field twice',
      () => defineSchema({ Root, A: struct({ x: text() }), B: struct({ x: text() }, { extends: 'A' }) }),
    ],
    ['taken name', () => defineSchema({ Root: struct({ toString: text() } as never) })],
    ['digits', () => defineSchema({ Root: struct({ 1: text() }) })],
    ['list as key', () => defineSchema({ Root: struct({ a: map(list(text()), text()) }) })],
    ['optional key', () => defineSchema({ Root: struct({ a: set(optional(text())) }) })],
    ['optional optional', () => defineSchema({ Root: struct({ a: optional(optional(text())) }) })],
    ['optional weak', () => defineSchema({ Root: struct({ a: optional(weak('Root')) }) })],
    ['no names', () => defineSchema({ Root: struct({ a: enumeration() }) })],
    ['names twice', () => defineSchema({ Root: struct({ a: enumeration('x', 'x') }) })],
    ['no kind', () => defineSchema({ Root: struct({ a: { kind: 'word' } as never }) })],
    ['no struct', () => defineSchema({ Root: text() as never })],
  ];
  for (const [what, define] of wrong) expect(define, what).toThrow(refused);
});

it('lays a derived record out as its base, and goes on from there', () => {
  const schema = defineSchema({
    Root,
    Base: struct({ z: uint8(), a: float64(), m: optional(int32()) }),
    Derived: struct({ b: uint8(), c: text() }, { extends: 'Base' }),
  });
  const base = placeRecord(schema, 'Base');
  const derived = placeRecord(schema, 'Derived');
  expect(base.fields.map(({ name, offset }) => [name, offset])).toEqual([
    ['z', 0],
    ['a', 8],
    ['m', 16],
  ]);
  expect(derived.fields.slice(0, 3)).toEqual(base.fields);
  expect(derived.fields.slice(3).map(({ name, offset }) => [name, offset])).toEqual([
    ['b', 24],
    ['c', 32],
  ]);
  expect([base.size, derived.size]).toEqual([24, 40]);
});

it('is stored as text that gives the same schema again', () => {
  const schema = defineSchema({
    Root: struct({ a: map(text(), list(optional(ref('B')))), e: enumeration('x', 'y') }),
    B: struct({ f: float64() }),
  });
  const json = formatSchema(schema);
  expect(json).toBe(
    '{"version":1,"structs":[["Root",null,[["a",{"kind":"map","key":{"kind":"text"},"value":{"kind":"list","of":' +
      '{"kind":"optional","of":{"kind":"ref","to":"B"}}}}],["e",{"kind":"enum","values":["x","y"]}]]],' +
      '["B",null,[["f",{"kind":"float64"}]]]]}',
  );
  expect(formatSchema(parseSchema(json))).toBe(json);
  for (const hostile of [
    '',
    '{}',
    '[]',
    'null',
    json.replace('float64', 'word'),
    json.replace('"f"', '"__proto__"'),
  ]) {
    expect(() => parseSchema(hostile), hostile).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^OBJ_/) }),
    );
  }
  expect(() => parseSchema(json.replace('1', '2'))).toThrow(expect.objectContaining({ code: 'OBJ_TOO_NEW' }));
});

it('names every difference, and what it means', () => {
  const stored = defineSchema({
    Root: struct({ a: text(), b: int32(), c: enumeration('x') }),
    Gone: struct({}),
    Child: struct({}, { extends: 'Gone' }),
  });
  const declared = defineSchema({
    Root: struct({ b: float64(), c: enumeration('x', 'y'), d: list(text()), e: optional(ref('New')) }),
    New: struct({ other: ref('New') }),
    Child: struct({ must: ref('New') }),
  });
  expect(compareSchemas(stored, declared).map(({ path, change, effect }) => [path, change, effect])).toEqual([
    ['Gone', 'struct unknown', 'usable'],
    ['Root.a', 'field unknown', 'usable'],
    ['Root.b', 'kind', 'breaking'],
    ['Root.c', 'kind', 'additive'],
    ['Root.d', 'field added', 'additive'],
    ['Root.e', 'field added', 'additive'],
    ['New', 'struct added', 'additive'],
    ['Child', 'base', 'breaking'],
  ]);
  expect(compareSchemas(stored, stored)).toEqual([]);
});

const disk = memoryDriver();
const open = <const S extends Schema['structs']>(schema: Schema<S>, readOnly = false) =>
  ObjectStore.open(openWith(disk, { name: 'a', mode: readOnly ? 'r' : 'a' }), schema, { readOnly });

it('opens with what knows less than the file, and refuses what knows otherwise, field by field', () => {
  const full = defineSchema({ Root: struct({ a: int32(), b: text() }) });
  {
    using store = open(full);
    Object.assign(store.root, { a: 7, b: 'kept' });
    store.commit();
  }
  {
    using less = open(defineSchema({ Root: struct({ b: text() }) }));
    expect(less.differences).toMatchObject([{ path: 'Root.a', effect: 'usable' }]);
    less.root.b = 'changed';
    less.commit();
  }
  expect(() => open(defineSchema({ Root: struct({ a: float64(), b: text() }) }))).toThrow(
    expect.objectContaining({
      code: 'OBJ_SCHEMA_DIFFERS',
      message: expect.stringContaining('Root.a: kind (breaking): the file has int32, declared is float64'),
    }),
  );
  using again = open(full, true);
  expect([again.root.a, again.root.b]).toEqual([7, 'changed']);
});
