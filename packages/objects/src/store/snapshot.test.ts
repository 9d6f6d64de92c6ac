import { memoryDriver, openWith } from '@terrane/driver';
import { wrapFile } from '@terrane/driver-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buffer,
  defineSchema,
  list,
  map,
  memoryView,
  ObjectStore,
  optional,
  plain,
  ref,
  type Snapshot,
  struct,
  text,
  uint32,
} from '../index.js';
import { dump } from '../tools/index.js';

const schema = defineSchema({
  Root: struct({
    names: map(text(), text()),
    numbers: list(uint32()),
    people: map(text(), ref('Person')),
    data: optional(buffer()),
  }),
  Person: struct({ name: text(), age: uint32(), friend: optional(ref('Person')) }),
});

type Store = ObjectStore<typeof schema.structs>;

const open = (disk = memoryDriver()) => ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);

describe('snapshots', () => {
  it('shows what was committed when it was taken, and not what was only in memory', () => {
    using store = open();
    store.root.names.set('a', 'one');
    store.commit();
    store.root.names.set('a', 'two');
    using snapshot = store.snapshot();
    expect(snapshot.root.names.get('a')).toBe('one');
    store.commit();
    store.root.names.set('a', 'three');
    store.commit();
    expect(snapshot.root.names.get('a')).toBe('one');
    expect(store.root.names.get('a')).toBe('three');
    expect(snapshot.schema).toBe(store.schema);
    expect(snapshot.stat().chunks).toBeGreaterThan(0);
  });

  it('keeps pages that it reads only after they were replaced, rolled back or freed', () => {
    using store = open();
    for (let index = 0; index < 5000; index++) store.root.numbers.push(index);
    store.root.people.set('ann', { name: 'Ann', age: 1 });
    store.commit();
    using snapshot = store.snapshot();
    const point = store.savepoint();
    store.root.numbers.clear();
    point.rollback();
    store.root.numbers.set(4000, 7);
    store.commit();
    store.root.numbers.clear();
    store.free(store.root.people.get('ann')!);
    store.root.people.clear();
    store.commit();
    store.root.numbers.push(8);
    expect([...snapshot.root.numbers]).toEqual(Array.from({ length: 5000 }, (_, index) => index));
    expect(snapshot.root.people.get('ann')?.name).toBe('Ann');
    store.rollback();
    expect([...store.root.numbers]).toEqual([]);
  });

  it('is not disturbed by what is written through a view of a buffer', () => {
    using store = open();
    store.assign(store.root, { data: Float64Array.of(1, 2, 3) });
    store.commit();
    const { data } = memoryView(store.root.data!);
    data[1] = 20;
    using before = store.snapshot();
    store.commit();
    data[1] = 30;
    using after = store.snapshot();
    store.commit();
    expect(before.root.data?.copy()).toEqual(Float64Array.of(1, 2, 3));
    expect(after.root.data?.copy()).toEqual(Float64Array.of(1, 20, 3));
    expect(store.root.data?.copy()).toEqual(Float64Array.of(1, 30, 3));
    const view = memoryView(after.root.data!);
    expect(view.readOnly).toBe(true);
  });

  it('goes on through a compaction, and ends with its store', () => {
    const store = open();
    for (let index = 0; index < 20_000; index++) store.root.names.set(`name ${index}`, 'x');
    store.commit();
    const [read, unread] = [store.snapshot(), store.snapshot()];
    const expected = JSON.stringify(read.root);
    store.root.names.clear();
    store.commit();
    store.compact();
    store.root.names.set('new', 'y');
    store.commit();
    expect(JSON.stringify(unread.root)).toBe(expected);
    const { root } = read;
    expect(JSON.stringify(root)).toBe(expected);
    read.close();
    read.close();
    const closed = expect.objectContaining({ code: 'OBJ_CLOSED' });
    expect(() => root.names.size).toThrow(closed);
    expect(() => read.root).toThrow(closed);
    expect(unread.root.names.size).toBe(20_000);
    store.close();
    expect(() => unread.root).toThrow(closed);
    expect(() => unread.stat()).toThrow(closed);
    expect(() => store.snapshot()).toThrow(closed);
  });

  it('goes on through new fields and a commit that fails', () => {
    const disk = memoryDriver();
    {
      using store = open(disk);
      store.root.numbers.push(1);
      store.commit();
    }
    let broken = false;
    const file = wrapFile(openWith(disk, { name: 'a', mode: 'r+' }), (op, _args, call) => {
      if (broken && op === 'write') throw new Error('no');
      return call();
    });
    const more = defineSchema({ ...schema.structs, Extra: struct({ name: text() }) });
    using store = ObjectStore.open(file, more);
    using snapshot = store.snapshot();
    store.root.numbers.push(2);
    broken = true;
    expect(() => store.commit()).toThrow();
    broken = false;
    expect([...snapshot.root.numbers]).toEqual([1]);
    using other = store.snapshot();
    store.commit();
    expect([...other.root.numbers]).toEqual([1]);
  });

  it('keeps its objects apart from those of the store', () => {
    using store = open();
    store.root.people.set('ann', { name: 'Ann' }).set('bob', { name: 'Bob' });
    store.commit();
    using snapshot = store.snapshot();
    using another = store.snapshot();
    const ann = snapshot.root.people.get('ann')!;
    const foreign = expect.objectContaining({ code: 'OBJ_FOREIGN' });
    const readOnly = expect.objectContaining({ code: 'OBJ_READ_ONLY' });
    expect(ann.isSameAs(store.root.people.get('ann'))).toBe(false);
    expect(ann.isSameAs(another.root.people.get('ann'))).toBe(false);
    expect(ann.isSameAs(snapshot.root.people.get('ann'))).toBe(true);
    expect(() => store.root.people.set('x', ann)).toThrow(foreign);
    expect(() => {
      store.root.people.get('bob')!.friend = ann;
    }).toThrow(foreign);
    expect(() => store.free(ann)).toThrow(foreign);
    expect(() => {
      ann.age = 3;
    }).toThrow(readOnly);
    expect(() => snapshot.root.people.delete('ann')).toThrow(readOnly);
    expect(() => snapshot.root.numbers.push(1)).toThrow(readOnly);
    expect(plain(ann)).toEqual({ name: 'Ann', age: 0, friend: null });
    // What takes a store to show it takes a snapshot as well.
    const shown = dump(snapshot);
    store.root.people.clear();
    store.commit();
    expect(dump(snapshot)).toBe(shown);
    expect(dump(store)).not.toBe(shown);
  });

  it('is refused by a reader, which shows one commit anyway', () => {
    const disk = memoryDriver();
    open(disk).close();
    using reader = ObjectStore.open(openWith(disk, { name: 'a', mode: 'r' }), schema, { readOnly: true });
    expect(() => reader.snapshot()).toThrow(expect.objectContaining({ code: 'OBJ_READ_ONLY' }));
  });

  it('is what a plain copy is, through random work', () => {
    // Enough to lie in many pages, so that snapshots have some that they have not read.
    const word = fc.nat(250).map((number) => `${number} `.repeat(number % 60));
    const step = fc.oneof(
      fc.record({ do: fc.constant('name' as const), key: word, value: word }),
      fc.record({ do: fc.constant('name' as const), key: word, value: word }),
      fc.record({ do: fc.constant('name' as const), key: word, value: word }),
      fc.record({ do: fc.constant('drop' as const), key: word }),
      fc.record({ do: fc.constant('numbers' as const), count: fc.nat(3000) }),
      fc.record({ do: fc.constant('clear' as const) }),
      fc.record({ do: fc.constant('person' as const), key: word, age: fc.nat(9) }),
      fc.record({ do: fc.constant('data' as const), size: fc.nat(4000) }),
      fc.record({ do: fc.constant('poke' as const), at: fc.nat(4000), value: fc.nat(9) }),
      fc.constant({ do: 'commit' as const }),
      fc.constant({ do: 'commit' as const }),
      fc.constant({ do: 'rollback' as const }),
      fc.constant({ do: 'savepoint' as const }),
      fc.constant({ do: 'back' as const }),
      fc.constant({ do: 'collect' as const }),
      fc.constant({ do: 'compact' as const }),
      fc.constant({ do: 'reopen' as const }),
      fc.constant({ do: 'take' as const }),
      fc.constant({ do: 'take' as const }),
      fc.record({ do: fc.constant('look' as const), which: fc.nat(9) }),
      fc.record({ do: fc.constant('end' as const), which: fc.nat(9) }),
    );
    const property = fc.property(fc.array(step, { minLength: 20, maxLength: 80 }), (steps) => {
      const disk = memoryDriver();
      let store: Store = open(disk);
      for (let number = 0; number < 250; number++)
        store.root.names.set(`${number} `.repeat(number % 60), 'x');
      store.commit();
      let committed = plain(store.root);
      let taken: { snapshot: Snapshot<typeof schema.structs>; state: unknown }[] = [];
      let points: { rollback(): void }[] = [];
      const commit = () => {
        points = [];
        store.commit();
        committed = plain(store.root);
      };
      for (const next of steps) {
        const { root } = store;
        if (next.do === 'name') root.names.set(next.key, next.value);
        if (next.do === 'drop') root.names.delete(next.key);
        if (next.do === 'numbers')
          for (let index = 0; index < next.count; index += 7) root.numbers.push(index);
        if (next.do === 'clear') root.numbers.clear();
        if (next.do === 'person') {
          const friend = root.people.get(next.key) ?? null;
          root.people.set(next.key, { name: next.key, age: next.age });
          if (next.age === 3 && friend) store.free(friend);
        }
        if (next.do === 'data') store.assign(root, { data: new Uint8Array(next.size) });
        if (next.do === 'poke' && root.data) memoryView(root.data).data[next.at] = next.value;
        if (next.do === 'commit') commit();
        if (next.do === 'rollback') {
          points = [];
          store.rollback();
          expect(plain(store.root)).toEqual(committed);
        }
        if (next.do === 'savepoint') points.push(store.savepoint());
        if (next.do === 'back') points.pop()?.rollback();
        if (next.do === 'collect') store.collect();
        if (next.do === 'compact') {
          commit();
          store.compact();
        }
        if (next.do === 'reopen') {
          commit();
          store.close();
          taken = [];
          store = open(disk);
        }
        if (next.do === 'take') taken.push({ snapshot: store.snapshot(), state: committed });
        if (next.do === 'look') {
          const one = taken[next.which];
          if (one) expect(plain(one.snapshot.root)).toEqual(one.state);
        }
        if (next.do === 'end') for (const { snapshot } of taken.splice(next.which, 1)) snapshot.close();
      }
      for (const { snapshot, state } of taken) expect(plain(snapshot.root)).toEqual(state);
      store[Symbol.dispose]();
    });
    fc.assert(property, { numRuns: 120 });
  });
});
