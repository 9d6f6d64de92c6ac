import { inspect } from 'node:util';
import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  defineSchema,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  sortedList,
  struct,
  text,
  withMethods,
} from '../index.js';

const schema = withMethods(
  defineSchema({
    Root: struct({ things: map(text(), ref('Thing')), line: sortedList(ref('Thing'), { by: 'valueOf' }) }),
    Thing: struct(
      { name: text(), hasOwnProperty: text(), valueOf: optional(int32()), notes: list(text()) },
      { indexes: { byOwn: { on: ['hasOwnProperty', 'name'], unique: true }, byValue: 'valueOf' } },
    ),
  }),
  { Thing: { greet: () => 'hello' } },
);
const fresh = () => ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), schema);
// TypeScript does not take these names, which are there already, for left out.
const make = (store: ReturnType<typeof fresh>, name: string) => store.create('Thing', { name } as never);
const code = (name: string) => expect.objectContaining({ code: name });

it('gives a field its beginning when only its name is one that every object has', () => {
  using store = fresh();
  const thing = make(store, 'a');
  expect([thing.hasOwnProperty, thing.valueOf]).toEqual(['', null]);
  store.root.line.add({ name: 'b', valueOf: 1 } as never).add(thing);
  expect(Array.from(store.root.line, ({ name }) => name)).toEqual(['a', 'b']);
  expect(() => make(store, 'b')).toThrow(code('OBJ_DUPLICATE'));
});

describe('assign', () => {
  it('refuses objects of another store', () => {
    using store = fresh();
    using other = fresh();
    const thing = make(store, 'a');
    expect(() => other.assign(thing, { name: 'b' })).toThrow(code('OBJ_FOREIGN'));
    expect([thing.name, other.changed]).toEqual(['a', false]);
  });

  it('refuses what has a name and cannot be set', () => {
    using store = fresh();
    const thing = make(store, 'a');
    expect(() => store.assign(thing, { name: 'b', greet: 'hi' })).toThrow('"greet" cannot be set');
    expect(() => store.assign(thing.notes, { length: 3 })).toThrow('"length" cannot be set');
    expect(thing.name).toBe('a');
  });
});

it('prints an object, not the store that it is in', () => {
  const store = fresh();
  const thing = make(store, 'a');
  expect(inspect(thing)).toBe(String(thing));
  expect(inspect({ thing, notes: thing.notes })).toMatch(
    /^\{.*<persistent Thing object .*<persistent list<text> .*\}$/s,
  );
  store.rollback();
  expect(inspect(thing)).toBe(
    '<persistent object: the object is gone: it was freed, or what made it was rolled back>',
  );
  store.close();
  expect(inspect(thing)).toMatch(/^<persistent object: the store of this object was closed/);
});

it('a closed store says so, whatever it is asked for', () => {
  const store = fresh();
  store.close();
  const asked = [
    () => store.root,
    () => store.commit(),
    () => store.verify(),
    () => store.watch('things', () => {}),
    () => store.rollback(),
    () => store.snapshot(),
    () => store.collect(),
    () => store.compact(),
    () => store.stat(),
  ];
  for (const ask of asked) expect(ask).toThrow(code('OBJ_CLOSED'));
  expect([store.changed, store.writable]).toEqual([false, false]);
});
