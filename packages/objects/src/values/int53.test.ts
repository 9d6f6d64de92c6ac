import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  date,
  defineSchema,
  enumeration,
  int53,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  sortedMap,
  struct,
  text,
  union,
} from '../index.js';
import { type LiveObject, positionKey, segmentKey } from '../live/live-object.js';

const schema = defineSchema({
  Root: struct({
    one: int53(),
    none: optional(int53()),
    either: optional(union(int53(), text())),
    many: list(int53()),
    some: list(optional(int53())),
    keys: map(int53(), int53()),
    members: set(int53()),
    sorted: sortedMap(int53(), int53()),
    things: list(ref('Thing')),
  }),
  Thing: struct({ number: int53(), day: date(), color: enumeration('red', 'blue') }),
});
const open = () => ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'a' }), schema);

/** Writes over a field as somebody else might. */
function overwrite(object: LiveObject, offset: number, bytes: Uint8Array): number {
  const { [segmentKey]: segment, [positionKey]: position } = object;
  const at = position + 16 + offset;
  segment.heap.own(segment, at, bytes.length);
  segment.bytes.set(bytes, at);
  return segment.start + at;
}

const float = (value: number) => new Uint8Array(Float64Array.of(value).buffer);

it('keeps every safe integer, wherever it is', () => {
  using store = open();
  const { root } = store;
  const anywhere = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer(),
    fc.constantFrom(0, -0, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, -(2 ** 52) - 1),
  );
  fc.assert(
    fc.property(anywhere, (value) => {
      const kept = value === 0 ? 0 : value;
      root.one = value;
      root.none = value;
      root.either = value;
      root.many.clear();
      root.many.push(value);
      root.some.clear();
      root.some.push(null, value);
      root.keys.clear();
      root.keys.set(value, value);
      root.members.clear();
      root.members.add(value);
      root.sorted.clear();
      root.sorted.set(value, value);
      expect([root.one, root.none, root.either, ...root.many, ...root.some]).toEqual([
        ...[kept, kept, kept, kept],
        ...[null, kept],
      ]);
      expect([...root.keys, ...root.sorted]).toEqual([
        [kept, kept],
        [kept, kept],
      ]);
      expect([...root.members]).toEqual([kept]);
      expect([root.keys.get(value), root.members.has(value), root.sorted.get(value)]).toEqual([
        kept,
        true,
        kept,
      ]);
    }),
  );
  store.commit();
  expect(store.verify().problems).toEqual([]);
});

it('reads nothing that is no safe integer, and verify finds it', () => {
  for (const value of [0.5, -1.5, 5e-324, 2 ** 53, -(2 ** 53), 2 ** 60, Number.MAX_VALUE, -Infinity, NaN]) {
    using store = open();
    store.root.things.push({ number: 1, day: new Date(0) }, { number: 2, day: new Date(0) });
    const thing = store.root.things.at(1)!;
    const offset = overwrite(thing, 0, float(value));
    expect(() => thing.number).toThrow(expect.objectContaining({ code: 'OBJ_DAMAGED', offset }));
    store.commit();
    expect(store.verify().problems).toMatchObject([{ message: 'an int53 that is not safe', offset }]);
  }
});

it('reads none from a list or a map that is not safe, and verify finds each', () => {
  using store = open();
  const { root } = store;
  root.many.push(7);
  root.keys.set(1, 2);
  root.sorted.set(1, 3);
  const { bytes } = root[segmentKey];
  for (const value of [7, 2, 3]) {
    const at = Buffer.from(bytes.buffer).lastIndexOf(float(value));
    bytes.set(float(value + 0.5), at);
  }
  for (const read of [() => root.many.at(0), () => root.keys.get(1), () => root.sorted.get(1)])
    expect(read).toThrow(expect.objectContaining({ code: 'OBJ_DAMAGED', structure: 'value' }));
  store.commit();
  expect(store.verify().problems).toHaveLength(3);
});

it('finds dates and enumerations that are none, as well', () => {
  using store = open();
  store.root.things.push({ number: 1, day: new Date(0) }, { number: 2, day: new Date(0) });
  const [first, second] = [...store.root.things] as unknown as [LiveObject, LiveObject];
  const day = overwrite(first, 8, float(NaN));
  const color = overwrite(second, 16, Uint8Array.of(2));
  store.commit();
  expect(store.verify().problems).toMatchObject([
    { message: 'a date that is none', offset: day },
    { message: 'an enumeration has no name 2', offset: color },
  ]);
});
