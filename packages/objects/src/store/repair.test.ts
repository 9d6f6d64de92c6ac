import { memoryDriver, openWith } from '@terrane/driver';
import { describe, expect, it } from 'vitest';
import {
  buffer,
  defineSchema,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  struct,
  text,
  union,
} from '../index.js';
import { repairStore } from '../tools/index.js';

const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    order: list(ref('Person')),
    numbers: list(int32()),
    tags: set(text()),
    grid: optional(buffer()),
  }),
  Person: struct({ name: text(), age: int32(), mate: optional(ref('Person')), home: ref('Place') }),
  Place: struct({ name: text(), pad: text(), mark: union(text(), int32()) }, { counted: true }),
  Likes: struct({ much: int32() }, { edge: { from: 'Person', to: 'Person' } }),
});

/** A store of some thirty pages; `intact` holds the bytes of its file. */
function build(): { driver: ReturnType<typeof memoryDriver>; intact: Uint8Array } {
  const driver = memoryDriver();
  using store = ObjectStore.open(openWith(driver, { name: 'a', mode: 'w' }), schema);
  const { root } = store;
  const people = Array.from({ length: 200 }, (_, age) => {
    const home = { name: `place ${age}`, pad: 'x'.repeat(100), mark: age % 2 ? age : `mark ${age}` };
    const person = store.create('Person', { name: `person ${age}`, age, home });
    root.people.set(person.name, person);
    root.order.push(person);
    return person;
  });
  for (const [index, person] of people.entries()) {
    person.mate = people[(index + 1) % people.length]!;
    store.connect('Likes', person, people[(index * 7) % people.length]!, { much: index });
  }
  for (let index = 0; index < 5000; index++) root.numbers.push(index);
  for (let index = 0; index < 100; index++) root.tags.add(`tag ${index}`);
  store.commit();
  const file = openWith(driver, { name: 'a', mode: 'r' });
  const intact = new Uint8Array(file.size());
  file.read(0, intact);
  file.close();
  return { driver, intact };
}

const damaged = (bytes: Uint8Array) => {
  const driver = memoryDriver();
  const file = openWith(driver, { name: 'a', mode: 'w' });
  file.write(0, bytes);
  file.close();
  return driver;
};
const open = (driver: ReturnType<typeof memoryDriver>) => openWith(driver, { name: 'a', mode: 'r+' });

describe('repair', () => {
  it('leaves a sound store as it is', () => {
    const { driver } = build();
    const file = open(driver);
    expect(repairStore(file)).toMatchObject({ lost: 0, losses: [], rootLost: false });
    using store = ObjectStore.open(file, schema);
    expect(store.verify().problems).toEqual([]);
    expect(store.root.order.length).toBe(200);
    expect([...store.root.people.get('person 3')!.out('Likes')][0]!.much).toBe(3);
  });

  it('brings back all that does not lie on the page that was damaged, whichever that was', () => {
    const { intact } = build();
    let unusable = 0;
    let whole = 0;
    let lostObjects = 0;
    for (let at = 512; at < intact.length; at += 4096) {
      const bytes = intact.slice();
      for (let index = at; index < Math.min(at + 16, bytes.length); index++) bytes[index]! ^= 0x55;
      const file = open(damaged(bytes));
      let repaired: ReturnType<typeof repairStore>;
      try {
        repaired = repairStore(file);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^(OBJ|BLK)_/) });
        unusable++;
        file.close();
        continue;
      }
      using store = ObjectStore.open(file, schema);
      const { problems, leaked } = store.verify();
      expect(problems).toEqual([]);
      expect(leaked).toEqual({ chunks: 0, bytes: 0 });
      if (repaired.losses.length === 0) whole++;
      lostObjects += repaired.lost;
      if (repaired.rootLost) continue;
      // A page is 4 KiB: what is on the others is all there, with the right values.
      for (const person of store.root.order) {
        if (person.name !== '') expect(person.name).toBe(`person ${person.age}`);
        for (const edge of person.out('Likes')) expect(edge.much).toBe(edge.from.age);
        if (person.home.name !== '')
          expect(['mark', `${person.age}`]).toContain(String(person.home.mark).split(' ')[0]);
      }
      const { numbers } = store.root;
      expect([0, 5000]).toContain(numbers.length);
      const wrong = [...numbers].filter((number, index) => number !== index);
      expect(wrong.length).toBeLessThanOrEqual(1024);
      expect(new Set(wrong).size).toBeLessThanOrEqual(1);
    }
    expect(unusable).toBeLessThan(4);
    expect(whole).toBeGreaterThan(0);
    expect(lostObjects).toBeGreaterThan(100);
  });

  it('keeps a copy of the file as it was', () => {
    const { intact } = build();
    const bytes = intact.slice();
    bytes[20_000]! ^= 1;
    const backups = memoryDriver();
    const file = open(damaged(bytes));
    repairStore(file, { backup: openWith(backups, { name: 'b', mode: 'w' }) });
    file.close();
    const backup = openWith(backups, { name: 'b', mode: 'r' });
    const copy = new Uint8Array(backup.size());
    backup.read(0, copy);
    expect(copy).toEqual(bytes);
  });

  it('refuses what is no store, and options that there are not', () => {
    const file = open(damaged(new Uint8Array(5000)));
    expect(() => repairStore(file)).toThrow(expect.objectContaining({ code: 'OBJ_NOT_A_STORE' }));
    expect(() => repairStore(file, { backups: file } as never)).toThrow(/did you mean "backup"/);
  });
});

it('keeps the order of edges of a store that was copied before', () => {
  const driver = memoryDriver();
  const open = () => ObjectStore.open(openWith(driver, { name: 'a', mode: 'a' }), schema);
  {
    using store = open();
    const home = { name: 'home', mark: 1 };
    const [one, other] = [1, 2].map((age) => store.create('Person', { name: `person ${age}`, age, home }));
    store.root.order.push(one!, other!);
    for (const much of [1, 2, 3, 4]) store.connect('Likes', much % 2 ? one! : other!, one!, { much });
    store.commit();
    store.compact();
  }
  repairStore(openWith(driver, { name: 'a', mode: 'a' }));
  using store = open();
  const [one, other] = [...store.root.order];
  const much = (edges: Iterable<{ much: number }>) => Array.from(edges, (edge) => edge.much);
  expect([much(one!.in()), much(one!.out()), much(other!.out())]).toEqual([
    [4, 3, 2, 1],
    [3, 1],
    [4, 2],
  ]);
  expect(store.verify().problems).toEqual([]);
});

it('says that nothing is left where nothing is, and writes its backup over nothing', () => {
  const { intact } = build();
  const disk = memoryDriver({ a: intact.slice(0, 100), b: Uint8Array.of(1) });
  const file = (name = 'a') => openWith(disk, { name, mode: 'a' });
  const refused = expect.objectContaining({ code: 'OBJ_NOT_EMPTY', target: 'b' });
  expect(() => repairStore(file(), { backup: file('b') })).toThrow(refused);
  expect(disk.files.get('a')!.bytes).toEqual(intact.slice(0, 100));
  expect(() => repairStore(file(), { backup: file('c') })).toThrow(
    expect.objectContaining({ code: 'OBJ_DAMAGED', message: 'no page of the heap is left' }),
  );
  expect(disk.files.get('c')!.bytes).toEqual(intact.slice(0, 100));
});
