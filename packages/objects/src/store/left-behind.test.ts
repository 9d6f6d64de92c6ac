import { memoryDriver, openWith } from '@terrane/driver';
import { expect, it } from 'vitest';
import {
  defaultMap,
  defineSchema,
  float64,
  int32,
  list,
  map,
  ObjectStore,
  optional,
  ref,
  set,
  sortedList,
  sortedMap,
  struct,
  text,
  union,
  weak,
} from '../index.js';

const thing = { name: text(), age: int32(), next: optional(ref('Thing')) };
const other = { indexes: { byAge: 'age' } } as const;
const rest = {
  Root: struct({
    map: map(text(), ref('Thing')),
    list: list(ref('Thing')),
    set: set(ref('Thing')),
    keys: map(ref('Thing'), int32()),
    sorted: sortedMap(text(), optional(ref('Thing'))),
    line: sortedList(ref('Thing'), { by: 'age' }),
    deep: sortedList(ref('Thing'), { by: 'next.age' }),
    either: optional(union(text(), ref('Thing'))),
    mixed: list(union(text(), ref('Thing'), ref('Held'))),
    weak: weak('Thing'),
    lists: defaultMap(text(), list(ref('Thing'))),
    kept: list(ref('Thing')),
    held: list(ref('Held')),
  }),
  Held: struct({ n: int32(), inner: list(int32()) }, { counted: true }),
  Road: struct({ via: ref('Thing') }, { edge: { from: 'Thing', to: 'Thing' } }),
};
const schema = defineSchema({ ...rest, Thing: struct(thing, other) });
const wider = defineSchema({ ...rest, Thing: struct({ ...thing, more: text() }, other) });
const changed = defineSchema({ ...rest, Thing: struct({ ...thing, age: float64() }, other) });

/** A store with references to an object that was freed, in all places that there are. */
function leave() {
  const driver = memoryDriver();
  const open = (of = schema) =>
    ObjectStore.open(openWith(driver, { name: 'a', mode: 'a' }), of as typeof schema);
  const store = open();
  const { root } = store;
  const gone = store.create('Thing', { name: 'gone', age: 1 });
  const kept = store.create('Thing', { name: 'kept', age: 2, next: gone });
  root.kept.push(kept);
  root.map.set('a', gone).set('b', kept);
  root.list.push(gone, kept);
  root.set.add(gone).add(kept);
  root.keys.set(gone, 1).set(kept, 2);
  root.sorted.set('a', gone);
  root.line.add(gone).add(kept);
  root.deep.add(gone).add(kept);
  root.either = gone;
  root.mixed.push(gone, 'text');
  root.weak = gone;
  root.lists.get('x').push(gone);
  root.held.push({ n: 1, inner: [1] }, { n: 2 });
  root.mixed.push(root.held.at(0)!);
  store.connect('Road', kept, kept, { via: gone });
  store.free(gone);
  store.free(root.held.at(0)!);
  store.commit();
  return { driver, open, store };
}

/** What reading each of these places says. */
function saidBy({ root }: ReturnType<typeof leave>['store']): unknown {
  const read = (value: () => unknown) => {
    try {
      const found = value();
      return typeof found === 'object' && found !== null ? (found as { name: string }).name : found;
    } catch (error) {
      return (error as { code?: string }).code;
    }
  };
  const kept = root.kept.at(0)!;
  return [
    [root.map.size, root.list.length, root.set.size, root.keys.size, root.sorted.size, root.mixed.length],
    read(() => root.map.get('a')),
    read(() => root.map.get('b')),
    read(() => root.list.at(0)),
    read(() => [...root.set]),
    [root.set.has(kept), root.keys.get(kept)],
    read(() => [...root.keys]),
    read(() => root.sorted.get('a')),
    Array.from(root.line, ({ name }) => name),
    Array.from(root.deep, ({ name }) => name),
    read(() => root.either),
    [0, 1, 2].map((index) => read(() => root.mixed.at(index))),
    root.weak,
    read(() => root.lists.get('x').at(0)),
    [read(() => root.held.at(0)), root.held.at(1)!.n],
    read(() => kept.next),
    Array.from(kept.out('Road'), (road) => read(() => road.via)),
  ];
}

const clean = { problems: [], leaked: { chunks: 0, bytes: 0 } };

it.each([
  [
    'compaction',
    ({ store }: ReturnType<typeof leave>) => {
      store.compact();
      return store;
    },
  ],
  [
    'opening with a field more',
    ({ store, open }) => {
      store.close();
      return open(wider as never);
    },
  ],
  [
    'migration',
    ({ store, open, driver }) => {
      store.close();
      const names: unknown[] = [];
      const Thing = (before: Readonly<Record<string, unknown>>) => {
        expect(() => before.next).toThrow(expect.objectContaining({ code: 'OBJ_FREED' }));
        names.push(before.name);
        return {};
      };
      ObjectStore.migrate(openWith(driver, { name: 'a', mode: 'a' }), changed, { transforms: { Thing } });
      expect(names).toEqual(['kept']);
      return open(changed as never);
    },
  ],
] satisfies [string, (left: ReturnType<typeof leave>) => ReturnType<typeof leave>['store']][])(
  'a reference to what was freed is one after %s',
  (_, change) => {
    const left = leave();
    const before = saidBy(left.store);
    expect(JSON.stringify(before).match(/OBJ_FREED/g)).toHaveLength(12);
    expect(left.store.verify()).toMatchObject({ ...clean, dangling: { count: 12 } });
    using store = change(left);
    expect(saidBy(store)).toEqual(before);
    store.collect();
    store.commit();
    expect(store.verify()).toMatchObject({ ...clean, dangling: { count: 12 } });
    store.root.list.clear();
    store.root.held.clear();
    store.root.set.clear();
    store.root.either = null;
    store.commit();
    expect(store.verify()).toMatchObject(clean);
  },
);
