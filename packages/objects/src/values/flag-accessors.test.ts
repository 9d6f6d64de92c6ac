import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import { bool, defineSchema, enumeration, int53, list, ObjectStore, ref, struct } from '../index.js';
import { positionKey, segmentKey } from '../live/live-object.js';

const many = Array.from({ length: 300 }, (_, index) => `name ${index}`);
const schema = defineSchema({
  Root: struct({ things: list(ref('Thing')) }),
  Thing: struct({ flag: bool(), few: enumeration('a', 'b'), many: enumeration(...many), number: int53() }),
});
const disk = memoryDriver();
const open = () => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);

it('keeps flags and names', () => {
  const store = open();
  store.root.things.push({});
  const thing = store.root.things.at(0)!;
  expect([thing.flag, thing.few, thing.many]).toEqual([false, 'a', 'name 0']);
  for (const [index, name] of many.entries()) {
    thing.flag = index % 2 === 0;
    thing.few = index % 3 === 0 ? 'a' : 'b';
    thing.many = name;
    expect([thing.flag, thing.few, thing.many]).toEqual([index % 2 === 0, index % 3 === 0 ? 'a' : 'b', name]);
  }
  store.commit();
  store.close();
  using again = open();
  expect(again.root.things.at(0)!.many).toBe('name 299');
});

it('refuses what is no such value, and changes nothing', () => {
  using store = open();
  const thing = store.root.things.at(0)! as unknown as Record<string, unknown>;
  const before = JSON.stringify(thing);
  const wrong = {
    flag: [0, 1, 'true', null],
    few: ['c', 'name 0', 0, null],
    many: ['a', ''],
    number: ['1', 1n, null],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      expect(() => {
        thing[name] = value;
      }).toThrow(new RegExp(`^Thing.${name}: `));
    }
  }
  for (const value of [0.5, 2 ** 53, -Infinity, NaN]) {
    expect(() => {
      thing.number = value;
    }).toThrow(RangeError);
  }
  expect(JSON.stringify(thing)).toBe(before);
});

it('ends with the object, and reads no name that there is not', () => {
  const store = open();
  const [kept, freed] = [store.create('Thing', {}), store.create('Thing', {})];
  const { [segmentKey]: segment, [positionKey]: position } = kept;
  segment.bytes[position + 17] = 2;
  segment.view.setUint16(position + 18, 300, true);
  const damaged = expect.objectContaining({ code: 'OBJ_DAMAGED', offset: segment.start + position + 17 });
  expect(() => kept.few).toThrow(damaged);
  expect(() => kept.many).toThrow('an enumeration has no name 300');
  store.free(freed);
  expect(() => freed.flag).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  expect(() => freed.number).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  expect(() => {
    freed.few = 'b';
  }).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
  store.commit();
  store.close();
  for (const read of [() => kept.flag, () => kept.many, () => kept.number])
    expect(read).toThrow(expect.objectContaining({ code: 'OBJ_CLOSED' }));
});
