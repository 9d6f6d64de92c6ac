import { memoryDriver, openWith } from '@terrane/driver';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  buffer,
  bytes,
  type Change,
  date,
  defaultMap,
  defineSchema,
  int32,
  int64,
  interned,
  list,
  map,
  memoryView,
  ObjectStore,
  optional,
  PersistentObject,
  plain,
  ref,
  set,
  sortedMap,
  struct,
  text,
  union,
  weak,
} from '../index.js';

const schema = defineSchema({
  Root: struct({
    title: text(),
    people: map(text(), ref('Person')),
    byNumber: map(int32(), text()),
    byLong: map(int64(), text()),
    staff: set(ref('Person')),
    tags: set(text()),
    groups: map(text(), list(text())),
    sorted: sortedMap(text(), ref('Person')),
    log: list(text()),
    rows: list(ref('Person')),
    data: optional(buffer()),
    when: date(),
    raw: bytes(),
  }),
  Person: struct({
    name: text(),
    age: int32(),
    boss: optional(ref('Person')),
    pet: weak('Pet'),
    notes: list(text()),
  }),
  Worker: struct({ salary: int32() }, { extends: 'Person' }),
  Pet: struct({ name: text() }),
});

const open = (disk = memoryDriver()) => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);

/** Changes as plain data. */
const show = (changes: readonly Change[]) =>
  changes.map(({ path, kind, before, after }) => [path.join('.'), kind, data(before), data(after)]);
const data = (value: unknown) =>
  value instanceof PersistentObject ? `${Reflect.get(value, 'name')}` : plain(value);

function watched(path: Parameters<ReturnType<typeof open>['watch']>[0]) {
  const store = open();
  store.root.people.set('ann', { name: 'Ann', age: 1 }).set('bob', { name: 'Bob', age: 2 });
  store.root.log.push('a', 'b', 'c');
  store.commit();
  const batches: unknown[][] = [];
  const watch = store.watch(path, (changes) => batches.push(show(changes)));
  return { store, root: store.root, batches, watch };
}

describe('watch', () => {
  it('tells of one field, once for each commit, and not of what was undone', () => {
    const { store, root, batches, watch } = watched('people.ann.age');
    root.people.get('ann')!.age = 5;
    root.people.get('ann')!.age = 6;
    root.people.get('bob')!.age = 7;
    root.people.get('ann')!.name = 'Anna';
    expect(batches).toEqual([]);
    store.commit();
    expect(batches).toEqual([[['people.ann.age', 'set', 1, 6]]]);
    root.people.get('ann')!.age = 8;
    store.rollback();
    const point = store.savepoint();
    root.people.get('ann')!.age = 9;
    point.rollback();
    root.people.get('ann')!.age = 10;
    root.people.get('ann')!.age = 6;
    root.title = 'new';
    store.commit();
    expect(batches.length).toBe(1);
    watch[Symbol.dispose]();
    root.people.get('ann')!.age = 11;
    store.commit();
    expect(batches.length).toBe(1);
    store.close();
  });

  it('compares what the path leads to, whatever leads there', () => {
    const { store, root, batches } = watched('people.ann.age');
    const bob = root.people.get('bob')!;
    root.people.set('ann', bob);
    store.commit();
    root.people.delete('ann');
    store.commit();
    root.people.set('ann', { name: 'Another', age: 2 });
    store.commit();
    expect(batches).toEqual([
      [['people.ann.age', 'set', 1, 2]],
      [['people.ann.age', 'delete', 2, undefined]],
      [['people.ann.age', 'insert', undefined, 2]],
    ]);
    store.close();
  });

  it('tells of entries, with objects that are there as they are and others as plain data', () => {
    const store = open();
    store.root.people.set('ann', { name: 'Ann', age: 1, notes: ['x'] }).set('bob', { name: 'Bob', age: 2 });
    store.commit();
    let seen: readonly Change[] = [];
    store.watch('people.*', (changes) => {
      seen = changes;
    });
    const ann = store.root.people.get('ann')!;
    store.root.people.delete('ann');
    store.root.people.set('cid', { name: 'Cid', boss: ann });
    store.commit();
    expect(seen.map(({ path, kind }) => [path, kind])).toEqual([
      [['people', 'ann'], 'delete'],
      [['people', 'cid'], 'insert'],
    ]);
    expect(ann.isSameAs(seen[0]!.before)).toBe(true);
    expect(store.root.people.get('cid')!.isSameAs(seen[1]!.after)).toBe(true);
    // Of what is not there any more, only data can come.
    const cid = store.root.people.get('cid')!;
    store.root.people.set('cid', ann);
    store.free(cid);
    store.commit();
    expect(seen).toMatchObject([{ kind: 'set', before: { name: 'Cid', pet: null } }]);
    expect(ann.isSameAs((seen[0]!.before as { boss: unknown }).boss)).toBe(true);
    expect(ann.isSameAs(seen[0]!.after)).toBe(true);
    // A reference that was left behind.
    store.free(ann);
    store.commit();
    expect(seen).toMatchObject([
      { path: ['people', 'cid'], kind: 'delete', before: { name: 'Ann', age: 1, boss: null } },
    ]);
    store[Symbol.dispose]();
  });

  it('tells what was put into lists, taken out and replaced', () => {
    const { store, root, batches } = watched('log.*');
    root.log.insert(1, 'x');
    store.commit();
    root.log.delete(0, 2);
    store.commit();
    root.log.set(0, 'B');
    root.log.push('d');
    store.commit();
    root.log.clear();
    store.commit();
    expect(batches).toEqual([
      [['log.1', 'insert', undefined, 'x']],
      [
        ['log.0', 'delete', 'a', undefined],
        ['log.1', 'delete', 'x', undefined],
      ],
      [
        ['log.0', 'set', 'b', 'B'],
        ['log.2', 'insert', undefined, 'd'],
      ],
      [
        ['log.0', 'delete', 'B', undefined],
        ['log.1', 'delete', 'c', undefined],
        ['log.2', 'delete', 'd', undefined],
      ],
    ]);
    store.close();
  });

  it('follows objects in lists that were moved', () => {
    const { store, root, batches } = watched('rows.*.age');
    root.rows.push({ name: '1', age: 1 }, { name: '2', age: 2 });
    store.commit();
    const second = root.rows.at(1)!;
    root.rows.insert(0, { name: '0', age: 0 });
    second.age = 20;
    store.commit();
    expect(batches).toEqual([
      [
        ['rows.0.age', 'insert', undefined, 1],
        ['rows.1.age', 'insert', undefined, 2],
      ],
      [
        ['rows.0.age', 'insert', undefined, 0],
        ['rows.2.age', 'set', 2, 20],
      ],
    ]);
    store.close();
  });

  it('takes indexes, numbers, dates, objects and any kind of key', () => {
    const store = open();
    const { root } = store;
    root.log.push('a');
    root.rows.push({ name: 'r' });
    store.commit();
    const paths = [
      'log.0',
      'byNumber.5',
      'byLong.5',
      'tags.x',
      'when',
      'raw',
      'byNumber.*',
      'staff.*',
    ] as const;
    const seen = new Map<string, unknown>();
    for (const path of paths) store.watch(path, (changes) => seen.set(path, show(changes)));
    store.watch(['byNumber', 7], (changes) => seen.set('7', show(changes)));
    store.watch(['byLong', 7n], (changes) => seen.set('7n', show(changes)));
    const row = root.rows.at(0)!;
    store.watch(['staff', row], (changes) =>
      seen.set(
        'staff',
        changes.map(({ kind }) => kind),
      ),
    );
    root.log.set(0, 'b');
    root.byNumber.set(5, 'five').set(7, 'seven').set(-1, 'less');
    root.byLong.set(5n, 'five').set(7n, 'seven');
    root.tags.add('x').add('y');
    root.when = new Date(5);
    root.raw = Uint8Array.of(1);
    root.staff.add(row);
    store.commit();
    expect(Object.fromEntries(seen)).toEqual({
      'log.0': [['log.0', 'set', 'a', 'b']],
      'byNumber.5': [['byNumber.5', 'insert', undefined, 'five']],
      'byLong.5': [['byLong.5', 'insert', undefined, 'five']],
      'tags.x': [['tags.x', 'insert', undefined, 'x']],
      when: [['when', 'set', new Date(0), new Date(5)]],
      raw: [['raw', 'set', new Uint8Array(0), Uint8Array.of(1)]],
      'byNumber.*': [
        ['byNumber.5', 'insert', undefined, 'five'],
        ['byNumber.7', 'insert', undefined, 'seven'],
        ['byNumber.-1', 'insert', undefined, 'less'],
      ],
      7: [['byNumber.7', 'insert', undefined, 'seven']],
      '7n': [['byLong.7', 'insert', undefined, 'seven']],
      staff: ['insert'],
      'staff.*': [[`staff.${row}`, 'insert', undefined, 'r']],
    });
    seen.clear();
    root.when = new Date(5);
    root.raw = Uint8Array.of(1);
    store.commit();
    expect(seen.size).toBe(0);
    store.close();
  });

  it('goes through circles once, and tells of what is below', () => {
    const { store, root, batches } = watched('people.ann.**');
    const [ann, bob] = [root.people.get('ann')!, root.people.get('bob')!];
    ann.boss = bob;
    store.commit();
    bob.boss = ann;
    bob.age = 3;
    store.commit();
    ann.notes.push('n');
    store.commit();
    expect(batches.slice(1)).toEqual([
      [
        ['people.ann.boss.age', 'set', 2, 3],
        ['people.ann.boss.boss', 'set', null, 'Ann'],
      ],
      [['people.ann.notes.0', 'insert', undefined, 'n']],
    ]);
    store.close();
  });

  it('finds what lies at any depth, and nothing twice', () => {
    const { store, root, batches } = watched('**.age');
    const [ann, bob] = [root.people.get('ann')!, root.people.get('bob')!];
    ann.boss = bob;
    bob.boss = ann;
    root.rows.push(ann);
    store.commit();
    batches.length = 0;
    ann.age = 50;
    store.commit();
    expect(batches).toEqual([[['rows.0.age', 'set', 1, 50]]].map(() => [['people.ann.age', 'set', 1, 50]]));
    store.close();
  });

  it('goes through a long chain', () => {
    const { store, root } = watched('title');
    let last = root.people.get('ann')!;
    for (let index = 0; index < 20_000; index++) {
      last.boss = store.create('Person', { name: `${index}` });
      last = last.boss!;
    }
    store.commit();
    const seen: Change[] = [];
    store.watch('people.ann.**', (changes) => seen.push(...changes));
    last.age = 3;
    store.commit();
    expect(seen.map(({ path, before, after }) => [path.length, path.at(-1), before, after])).toEqual([
      [20_003, 'age', 0, 3],
    ]);
    store.close();
  });

  it('finds what was written through a view of a buffer', () => {
    const { store, root, batches } = watched('data');
    store.assign(root, { data: Float64Array.of(1, 2) });
    store.commit();
    const { data } = memoryView(root.data!);
    const seen: Change[] = [];
    store.watch('**', (changes) => seen.push(...changes));
    data[1] = 3;
    store.commit();
    data[1] = 4;
    root.title = 'only this';
    data[1] = 3;
    store.commit();
    expect(batches.length).toBe(2);
    expect(seen.map(({ path, before }) => [path, before])).toEqual([
      [['data'], Float64Array.of(1, 2)],
      [['title'], ''],
    ]);
    expect(root.data!.isSameAs(seen[0]!.after)).toBe(true);
    store.close();
  });

  it('sees a weak reference end, and a watched object', () => {
    const { store, root, batches } = watched('people.*.pet');
    const ann = root.people.get('ann')!;
    ann.pet = store.create('Pet', { name: 'Rex' });
    store.commit();
    const own: unknown[] = [];
    store.watch('name', (changes) => own.push(show(changes)), { from: ann });
    store.watch('**', (changes) => own.push(show(changes)), { from: ann.notes });
    ann.name = 'Anna';
    ann.notes.push('x');
    store.free(ann.pet!);
    store.commit();
    expect(batches).toEqual([
      [['people.ann.pet', 'set', null, 'Rex']],
      [['people.ann.pet', 'set', { name: 'Rex' }, null]],
    ]);
    expect(own).toEqual([[['name', 'set', 'Ann', 'Anna']], [['0', 'insert', undefined, 'x']]]);
    own.length = 0;
    root.people.delete('ann');
    store.free(ann);
    store.commit();
    expect(own).toEqual([[['name', 'delete', 'Anna', undefined]]]);
    root.title = 'later';
    store.commit();
    expect(own.length).toBe(1);
    store.close();
  });

  it('goes on after a compaction, which changes nothing', () => {
    const { store, batches } = watched('people.*.age');
    const own = vi.fn();
    store.watch('age', own, { from: store.root.people.get('ann')! });
    store.root.people.get('ann')!.age = 2;
    store.commit();
    expect(own).toHaveBeenCalledTimes(1);
    store.compact();
    expect(batches.length).toBe(1);
    store.root.people.get('ann')!.age = 3;
    store.commit();
    expect(batches.at(-1)).toEqual([['people.ann.age', 'set', 2, 3]]);
    // Objects end with a compaction, and so do their watches.
    expect(own).toHaveBeenCalledTimes(1);
    store.close();
  });

  it('watches collections of every kind', () => {
    const more = defineSchema({
      Root: struct({
        sorted: sortedMap(text(), ref('Thing')),
        counts: defaultMap(text(), int32()),
        mixed: list(union(text(), int32(), ref('Thing'))),
        names: list(interned()),
        lists: map(text(), list(list(int32()))),
        things: list(optional(ref('Thing'))),
      }),
      Thing: struct({ n: int32(), data: optional(buffer()), next: optional(ref('Thing')) }),
    });
    using store = ObjectStore.open(openWith(memoryDriver(), { mode: 'a' }), more);
    const { root } = store;
    for (let index = 0; index < 300; index++) {
      root.sorted.set(`${index}`, { n: index });
      root.mixed.push(index % 3 === 0 ? `${index}` : index % 3 === 1 ? index : { n: index });
      root.things.push(index % 2 ? { n: index, data: Float64Array.of(index) } : null);
      root.lists.set(`${index}`, [[index], [index, index]]);
    }
    store.commit();
    let told: unknown[] = [];
    for (const path of [
      'sorted.*.n',
      'counts.*',
      'mixed.*',
      'mixed.*.n',
      'names.*',
      'lists.*.*.*',
      'things.*.n',
      'things.*.data',
      'things.*.next.n',
      'things.*',
    ]) {
      store.watch(path, (changes) => {
        for (const { path: at, kind, after } of changes)
          told.push([path, at.join('.'), kind, typeof after === 'object' ? 'object' : after]);
      });
    }
    const after = (work: () => void) => {
      told = [];
      work();
      store.commit();
      return told;
    };
    expect(
      after(() => {
        root.sorted.get('7')!.n = -7;
      }),
    ).toEqual([['sorted.*.n', 'sorted.7.n', 'set', -7]]);
    expect(after(() => root.sorted.delete('8'))).toEqual([['sorted.*.n', 'sorted.8.n', 'delete', undefined]]);
    expect(after(() => root.counts.set('a', root.counts.get('a') + 1))).toEqual([
      ['counts.*', 'counts.a', 'insert', 1],
    ]);
    expect(after(() => root.mixed.set(3, 5))).toEqual([['mixed.*', 'mixed.3', 'set', 5]]);
    expect(
      after(() => {
        (root.mixed.at(299) as { n: number }).n = 1;
      }),
    ).toEqual([['mixed.*.n', 'mixed.299.n', 'set', 1]]);
    expect(after(() => root.names.push('x', 'x'))).toEqual([
      ['names.*', 'names.0', 'insert', 'x'],
      ['names.*', 'names.1', 'insert', 'x'],
    ]);
    expect(after(() => root.lists.get('250')!.at(1)!.set(0, 9))).toEqual([
      ['lists.*.*.*', 'lists.250.1.0', 'set', 9],
    ]);
    expect(
      after(() => {
        root.things.at(201)!.n = 0;
      }),
    ).toEqual([['things.*.n', 'things.201.n', 'set', 0]]);
    expect(
      after(() => {
        memoryView(root.things.at(203)!.data!).data[0] = 1;
      }),
    ).toEqual([['things.*.data', 'things.203.data', 'set', 'object']]);
    expect(
      after(() => {
        root.things.at(205)!.next = root.things.at(207)!;
      }),
    ).toEqual([['things.*.next.n', 'things.205.next.n', 'insert', 207]]);
    expect(
      after(() => {
        root.things.at(207)!.n = 8;
      }),
    ).toEqual([
      ['things.*.n', 'things.207.n', 'set', 8],
      ['things.*.next.n', 'things.205.next.n', 'set', 8],
    ]);
    expect(after(() => store.free(root.things.at(299)!))).toEqual([
      ['things.*.n', 'things.299.n', 'delete', undefined],
      ['things.*.data', 'things.299.data', 'delete', undefined],
      ['things.*', 'things.299', 'delete', undefined],
    ]);
    expect(after(() => root.things.set(298, { n: 1 }))).toEqual([
      ['things.*.n', 'things.298.n', 'insert', 1],
      ['things.*.data', 'things.298.data', 'insert', 'object'],
      ['things.*', 'things.298', 'set', 'object'],
    ]);
  });

  it('keeps apart what listeners do, change and throw', async () => {
    const { store, root } = watched('title');
    const order: string[] = [];
    const failed: unknown[] = [];
    const fail = (message: string) => () => {
      order.push(message);
      throw new Error(message);
    };
    store.watch('title', fail('first'), { onError: (error) => failed.push(error) });
    store.watch('title', fail('second'), { onError: fail('third') });
    store.watch('title', fail('fourth'));
    store.watch('title', ([change]) => {
      order.push(`title ${change!.after}`);
      if (root.log.length > 5) return;
      root.log.push(`${change!.after}`);
      root.title = `${change!.after}!`;
      store.commit();
      order.push('committed');
    });
    const ended = store.watch('title', () => order.push('never'));
    ended[Symbol.dispose]();
    const uncaught: string[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error.message));
    try {
      root.title = 'a';
      expect(store.commit()).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of listeners) process.on('uncaughtException', listener);
    }
    const round = (text: string) => ['first', 'second', 'third', 'fourth', `title ${text}`];
    expect(order).toEqual([
      ...round('a'),
      'committed',
      ...round('a!'),
      'committed',
      ...round('a!!'),
      'committed',
      ...round('a!!!'),
    ]);
    expect(failed.map((error) => (error as Error).message)).toEqual(['first', 'first', 'first', 'first']);
    expect(uncaught).toEqual([1, 2, 3, 4].flatMap(() => ['third', 'fourth']));
    expect(root.title).toBe('a!!!');
    expect(store.changed).toBe(false);
    store.close();
  });

  it('leaves what a listener changed to the next transaction', () => {
    const { store, root, batches } = watched('log.*');
    using _ = store.watch('title', () => root.log.push('changed'));
    store.transaction(() => {
      root.title = 'x';
    });
    expect(store.changed).toBe(true);
    expect(batches).toEqual([]);
    store.commit();
    expect(batches).toEqual([[['log.3', 'insert', undefined, 'changed']]]);
    store.close();
  });

  it('refuses paths that lead nowhere, and who has no commits', () => {
    const disk = memoryDriver();
    const store = open(disk);
    const ann = store.create('Person', { name: 'Ann' });
    const none = () => {};
    expect(() => store.watch('peple.ann', none)).toThrow(/Root has no field "peple"; did you mean "people"/);
    expect(() => store.watch('people.*.nam', none)).toThrow(/Person has no field "nam"; did you mean "name"/);
    expect(() => store.watch('people.ann.boss.agee', none)).toThrow(/did you mean "age"/);
    expect(() => store.watch('nme', none, { from: ann })).toThrow(/did you mean "name"/);
    expect(() => store.watch('', none)).toThrow(TypeError);
    expect(() => store.watch([], none)).toThrow(TypeError);
    expect(() => store.watch('a..b', none)).toThrow(TypeError);
    expect(() => store.watch('title', none, { form: ann } as never)).toThrow(TypeError);
    expect(() => store.on('comit' as never, none)).toThrow(TypeError);
    for (const path of [
      'people.*.salary',
      '*.ann',
      'staff.*.name',
      'people.**.x',
      'data',
      'rows.0.boss.salary',
    ]) {
      store.watch(path, none)[Symbol.dispose]();
    }
    store.watch('0', none, { from: store.root.rows })[Symbol.dispose]();
    using other = open();
    expect(() => store.watch('name', none, { from: other.create('Person', {}) })).toThrow(
      expect.objectContaining({ code: 'OBJ_FOREIGN' }),
    );
    store.free(ann);
    expect(() => store.watch('name', none, { from: ann })).toThrow(
      expect.objectContaining({ code: 'OBJ_FREED' }),
    );
    store.commit();
    using reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema);
    expect(() => reader.watch('title', none)).toThrow(expect.objectContaining({ code: 'OBJ_READ_ONLY' }));
    store.close();
  });

  it('tells of commits and rollbacks', () => {
    const { store, root } = watched('title');
    const told: unknown[] = [];
    const commits = store.on('commit', (event) => told.push(event));
    store.on('rollback', () => told.push('rollback'));
    store.commit();
    root.title = 'a';
    store.commit();
    store.rollback();
    expect(() =>
      store.transaction(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const point = store.savepoint();
    point.rollback();
    store.savepoint().release();
    commits[Symbol.dispose]();
    root.title = 'b';
    store.commit();
    expect(told).toEqual([{ pages: expect.any(Number) }, 'rollback', 'rollback', 'rollback']);
    store.close();
  });

  it('tells what plain copies differ in, through random work', () => {
    const word = fc.nat(60).map((number) => `${number}${'_'.repeat(number)}`);
    const step = fc.oneof(
      fc.record({ do: fc.constant('name' as const), key: word, value: word }),
      fc.record({ do: fc.constant('drop' as const), key: word, value: word }),
      fc.record({ do: fc.constant('age' as const), key: word, value: word }),
      fc.record({ do: fc.constant('age' as const), key: word, value: word }),
      fc.record({ do: fc.constant('insert' as const), key: word, value: word }),
      fc.record({ do: fc.constant('delete' as const), key: word, value: word }),
      fc.record({ do: fc.constant('set' as const), key: word, value: word }),
      fc.record({ do: fc.constant('free' as const), key: word, value: word }),
      fc.record({ do: fc.constant('pet' as const), key: word, value: word }),
      fc.record({ do: fc.constant('sort' as const), key: word, value: word }),
      fc.record({ do: fc.constant('sort' as const), key: word, value: word }),
      fc.record({ do: fc.constant('boss' as const), key: word, value: word }),
      fc.record({ do: fc.constant('group' as const), key: word, value: word }),
      fc.record({ do: fc.constant('ungroup' as const), key: word, value: word }),
      fc.constantFrom(
        ...(['commit', 'commit', 'rollback', 'savepoint', 'back', 'collect', 'compact'] as const).map(
          (name) => {
            return { do: name, key: '', value: '' };
          },
        ),
      ),
    );
    const property = fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      using store = open();
      for (let number = 0; number < 60; number += 2) {
        const name = `${number}${'_'.repeat(number)}`;
        // What lies between keeps them in pages of their own.
        store.root.people.set(name, { name, age: number, notes: ['x'.repeat(3000)] });
      }
      store.commit();
      const state = () => {
        const { root } = store;
        const people = [...root.people].map(([key, { age, name }]) => [key, [age, name]] as const);
        return { tags: new Set(root.tags), people: new Map(people), log: [...root.log] };
      };
      // Paths and what they lead to: kept up by what is told of them, and found by looking at all.
      const told = new Map<string, unknown>();
      const seen = () => {
        const found = new Map<string, unknown>();
        const { people, groups, sorted } = store.root;
        for (const [key, { boss, pet }] of people) {
          if (boss) found.set(`people.${key}.boss.age`, boss.age);
          if (pet) found.set(`people.${key}.pet.name`, pet.name);
        }
        for (const [key, { age }] of sorted) found.set(`sorted.${key}.age`, age);
        for (const [key, group] of groups) {
          for (const [index, text] of [...group].entries()) found.set(`groups.${key}.${index}`, text);
        }
        return found;
      };
      for (const path of ['people.*.boss.age', 'people.*.pet.name', 'groups.*.*', 'sorted.*.age']) {
        store.watch(path, (changes) => {
          for (const { path: at, kind, before, after } of changes) {
            expect(before).toEqual(told.get(at.join('.')));
            if (kind === 'delete') told.delete(at.join('.'));
            else told.set(at.join('.'), after);
          }
        });
      }
      let shown = state();
      const tags = new Set(shown.tags);
      const ages = new Map([...shown.people].map(([key, [age]]) => [key, age]));
      const all = new Map(shown.people);
      const log = [...shown.log];
      store.watch('tags.*', (changes) => {
        for (const { path, kind } of changes) tags[kind === 'insert' ? 'add' : 'delete'](path[1] as string);
      });
      store.watch('people.*.age', (changes) => {
        for (const { path, kind, before, after } of changes) {
          expect(before).toBe(ages.get(path[1] as string));
          if (kind === 'delete') ages.delete(path[1] as string);
          else ages.set(path[1] as string, after as number);
        }
      });
      store.watch('people.**', (changes) => {
        for (const { path, kind, after } of changes) {
          const [, key, field] = path as string[];
          if (field === undefined) {
            const person = after as { age: number; name: string };
            if (kind === 'delete') all.delete(key!);
            else all.set(key!, [person.age, person.name]);
          } else if (field === 'age') all.set(key!, [after as number, all.get(key!)![1]]);
          else if (field === 'name') all.set(key!, [all.get(key!)![0], after as string]);
        }
      });
      store.watch('log.*', (changes) => {
        const gone = changes.filter(({ kind }) => kind === 'delete');
        for (const { path, kind, after } of changes)
          if (kind === 'set') log[path[1] as number] = after as string;
        if (gone.length > 0) log.splice(gone[0]!.path[1] as number, gone.length);
        for (const { path, kind, after } of changes)
          if (kind === 'insert') log.splice(path[1] as number, 0, after as string);
      });
      const check = () => {
        shown = state();
        expect(tags).toEqual(shown.tags);
        expect(ages).toEqual(new Map([...shown.people].map(([key, [age]]) => [key, age])));
        expect(all).toEqual(shown.people);
        expect(log).toEqual(shown.log);
        expect(new Map([...told].sort())).toEqual(new Map([...seen()].sort()));
      };
      let points: { rollback(): void }[] = [];
      for (const next of steps) {
        const { root } = store;
        const at = Number.parseInt(next.key, 10) % (root.log.length + 1);
        if (next.do === 'name') root.tags.add(next.value);
        if (next.do === 'drop' && !root.tags.delete(next.key)) root.people.delete(next.key);
        if (next.do === 'age') {
          const person = root.people.get(next.key);
          if (person) person.age = next.value.length;
          else root.people.set(next.key, { name: next.value, age: next.value.length });
        }
        if (next.do === 'insert') root.log.insert(at, next.value);
        if (next.do === 'delete' && at < root.log.length) root.log.delete(at);
        if (next.do === 'set' && at < root.log.length) root.log.set(at, next.value);
        if (next.do === 'sort') {
          const person = root.people.get(next.key);
          // Many at once, so that nodes are divided and joined.
          for (let index = 0; index < next.value.length; index++) {
            if (person) root.sorted.set(`${next.value}${index}`, index % 3 === 0 ? person : { age: index });
            else root.sorted.delete(`${next.value}${index}`);
          }
        }
        if (next.do === 'free') {
          for (const [key, other] of root.sorted)
            if (other.isSameAs(root.people.get(next.key))) root.sorted.delete(key);
          const person = root.people.get(next.key);
          for (const other of root.people.values()) if (other.boss?.isSameAs(person)) other.boss = null;
          if (person && root.people.delete(next.key)) store.free(person);
        }
        if (next.do === 'pet') {
          const person = root.people.get(next.key);
          if (person?.pet && next.value.length % 2) store.free(person.pet);
          else if (person?.pet) person.pet.name = next.value;
          else if (person) person.pet = store.create('Pet', { name: next.value });
        }
        if (next.do === 'boss') {
          const [person, boss] = [root.people.get(next.key), root.people.get(next.value)];
          if (person) person.boss = boss ?? null;
        }
        if (next.do === 'group') root.groups.getOrInsert(next.key, () => []).push(next.value);
        if (next.do === 'ungroup' && root.groups.get(next.key)?.pop() === undefined)
          root.groups.delete(next.key);
        if (next.do === 'savepoint') points.push(store.savepoint());
        if (next.do === 'back') points.pop()?.rollback();
        if (next.do === 'rollback') store.rollback();
        if (next.do === 'collect') store.collect();
        if (next.do === 'commit' || next.do === 'compact') store.commit();
        if (['rollback', 'commit', 'compact'].includes(next.do)) points = [];
        if (next.do === 'compact') store.compact();
        if (['rollback', 'commit', 'compact'].includes(next.do)) check();
      }
      store.commit();
      check();
    });
    fc.assert(property, { numRuns: 120 });
  });
});
