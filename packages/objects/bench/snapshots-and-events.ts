/*
 * node --conditions=@terrane/source --import tsx bench/snapshots-and-events.ts
 *
 * What snapshots and watches cost; medians, over a file in memory.
 */
import { memoryDriver, openWith } from '@terrane/driver';
import {
  defineSchema,
  float64,
  int32,
  map,
  ObjectStore,
  ref,
  sortedMap,
  struct,
  text,
} from '../src/index.js';

const schema = defineSchema({
  Root: struct({
    people: map(text(), ref('Person')),
    sorted: sortedMap(text(), ref('Person')),
    other: map(text(), ref('Person')),
  }),
  Person: struct({ name: text(), age: int32(), height: float64() }),
});

function median(times: number, work: (index: number) => void): number {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const start = performance.now();
    work(index);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[Math.floor(times / 2)]!;
}

const show = (name: string, milliseconds: number) =>
  console.log(`${name.padEnd(58)} ${(milliseconds * 1000).toFixed(1).padStart(10)} us`);

for (const count of [1000, 100_000]) {
  const disk = memoryDriver();
  using store = ObjectStore.open(openWith(disk, { name: 'a', mode: 'a' }), schema);
  const { people, other, sorted } = store.root;
  for (let index = 0; index < count; index++) {
    people.set(`person ${index}`, { name: `Name ${index}`, age: index % 90 });
    sorted.set(`person ${index}`, people.get(`person ${index}`)!);
    if (index < 100) other.set(`${index}`, { name: 'x' });
  }
  store.commit();
  console.log(`\n${count} objects, ${(store.stat().heapBytes / 2 ** 20).toFixed(1)} MiB`);

  const ann = people.get(`person ${count - 1}`)!;
  let age = 0;
  const change = () => {
    ann.age = age++ % 1000;
    store.commit();
  };
  change();
  const alone = median(400, change);
  show('commit of one change', alone);

  let taken = store.snapshot();
  show(
    'snapshot() and close()',
    median(300, () => {
      taken.close();
      taken = store.snapshot();
    }),
  );
  show(
    'snapshot(), one field read, close()',
    median(300, () => {
      using snapshot = store.snapshot();
      snapshot.root.people.get('person 5')!.age;
    }),
  );
  taken.close();
  for (const open of [1, 10, 100]) {
    const before = process.memoryUsage();
    const snapshots = Array.from({ length: open }, () => store.snapshot());
    show(`commit of one change, ${open} snapshots open`, median(100, change));
    const after = process.memoryUsage();
    console.log(`    resident ${((after.rss - before.rss) / 2 ** 20).toFixed(1)} MiB more`);
    for (const snapshot of snapshots) snapshot.close();
  }
  const sum = (root: typeof store.root) => {
    let total = 0;
    for (const person of root.people.values()) total += person.age;
    return total;
  };
  sum(store.root);
  const direct = median(5, () => sum(store.root));
  using read = store.snapshot();
  sum(read.root);
  show('all objects read, from the store', direct);
  show(
    'all objects read, from a snapshot that read them before',
    median(5, () => sum(read.root)),
  );

  const paths = [
    `people.person ${count - 1}.age`,
    'other.*.age',
    'people.*',
    'people.*.age',
    'sorted.*.age',
    '**',
  ];
  for (const path of paths) {
    using _ = store.watch(path, () => {});
    change();
    change();
    show(`commit of one change, watching ${path}`, median(count > 1000 ? 9 : 60, change));
  }
  using _ = store.watch('people.*', () => {});
  show(
    'commit of a new entry, watching people.*',
    median(9, (index) => {
      people.set(`new ${index}`, { name: 'new' });
      store.commit();
    }),
  );
}
