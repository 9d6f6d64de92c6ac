/*
 * node --conditions=@terrane/source --import tsx bench/query.ts
 *
 * What a row of a query costs beside the same loop by hand. Medians of interleaved rounds in one process, of processor time.
 */
import { memoryDriver, openWith } from '@terrane/driver';
import { defineSchema, int32, list, map, ObjectStore, ref, struct, text } from '../src/index.js';
import { count, objects, query } from '../src/query/index.js';

const schema = defineSchema({
  Root: struct({ people: list(ref('Person')), byName: map(text(), ref('Person')) }),
  Person: struct({ name: text(), age: int32(), friends: list(ref('Person')) }, { indexes: { byAge: 'age' } }),
});
const people = 4096;
const store = ObjectStore.open(openWith(memoryDriver(), { name: 'a', mode: 'a' }), schema);
const { root } = store;
for (let index = 0; index < people; index++) {
  const person = store.create('Person', { name: `name ${index}`, age: (index * 7919) % 100 });
  root.people.push(person);
  root.byName.set(person.name, person);
}
const all = [...root.people];
for (const [index, person] of all.entries()) {
  for (let step = 1; step <= 4; step++) person.friends.push(all[(index * step * 31) % people]!);
}
const plain = all.map(({ age }) => ({ age, friends: [] as { age: number }[] }));
for (const [index, person] of plain.entries()) {
  for (let step = 1; step <= 4; step++) person.friends.push(plain[(index * step * 31) % people]!);
}
store.commit();

const friends = query().each('p', root.people).each('f', 'p.friends');
const older = friends.compare('f.age', '>', 'p.age').run();
const olderByFunction = friends.where(({ p, f }) => f.age > p.age).run();
const plainOlder = query().each('p', plain).each('f', 'p.friends').compare('f.age', '>', 'p.age').run();
const grownUps = query().each('p', root.people).where('p.age', '>=', 50).run();
const found = query()
  .each('p', root.people)
  .attribute('name', 'p.name')
  .lookup('q', root.byName, 'name')
  .run();

const ofAge = query<{ age: number }>('age')
  .each('p', root.people)
  .compare('p.age', '=', 'age')
  .run({ age: 42 });
const byIndex = query<{ age: number }>('age')
  .each('p', objects(store, 'Person'))
  .compare('p.age', '=', 'age')
  .run({ age: 42 });

/** Each case gives how many rows it saw, so that all are seen to do the same. */
const cases: Record<string, Record<string, () => number>> = {
  'friends who are older, live objects': {
    'loop by hand': () => {
      let rows = 0;
      for (const p of root.people) for (const f of p.friends) if (f.age > p.age) rows += f.age > 0 ? 1 : 0;
      return rows;
    },
    'query, count': () => older.count(),
    'query, for … of': () => {
      let rows = 0;
      for (const { f } of older) rows += f.age > 0 ? 1 : 0;
      return rows;
    },
    'query, callback': () => {
      let rows = 0;
      older.forEach(({ f }) => {
        rows += f.age > 0 ? 1 : 0;
      });
      return rows;
    },
    'query, test as function, callback': () => {
      let rows = 0;
      olderByFunction.forEach(({ f }) => {
        rows += f.age > 0 ? 1 : 0;
      });
      return rows;
    },
    'query, grouped': () => {
      let rows = 0;
      for (const { n } of older.groupBy({ age: 'p.age' }).aggregate({ n: count() })) rows += n;
      return rows;
    },
  },
  'friends who are older, plain objects': {
    'loop by hand': () => {
      let rows = 0;
      for (const p of plain) for (const f of p.friends) if (f.age > p.age) rows += f.age > 0 ? 1 : 0;
      return rows;
    },
    'query, callback': () => {
      let rows = 0;
      plainOlder.forEach(({ f }) => {
        rows += f.age > 0 ? 1 : 0;
      });
      return rows;
    },
  },
  'one loop with a test': {
    'loop by hand': () => {
      let rows = 0;
      for (const p of root.people) if (p.age >= 50) rows++;
      return rows;
    },
    'query, callback': () => {
      let rows = 0;
      grownUps.forEach(({ p }) => {
        rows += p.age > 0 ? 1 : 0;
      });
      return rows;
    },
  },
  'one age in a hundred': {
    'loop by hand': () => {
      let rows = 0;
      for (const p of root.people) if (p.age === 42) rows += p.age > 0 ? 1 : 0;
      return rows;
    },
    'query, everything': () => {
      let rows = 0;
      for (const { p } of ofAge) rows += p.age > 0 ? 1 : 0;
      return rows;
    },
    'query, by index': () => {
      let rows = 0;
      for (const { p } of byIndex) rows += p.age > 0 ? 1 : 0;
      return rows;
    },
  },
  'looked up by name': {
    'loop by hand': () => {
      let rows = 0;
      for (const p of root.people) if (root.byName.get(p.name)!.age >= 0) rows++;
      return rows;
    },
    'query, callback': () => {
      let rows = 0;
      found.forEach(({ q }) => {
        if (q.age >= 0) rows++;
      });
      return rows;
    },
  },
};

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
for (const [title, runs] of Object.entries(cases)) {
  const samples = new Map(Object.keys(runs).map((name) => [name, [] as number[]]));
  let rows = 0;
  for (let round = 0; round < 41; round++) {
    for (const [name, run] of Object.entries(runs)) {
      // Time of the processor, which others at work on the machine do not change much.
      const start = process.cpuUsage();
      let seen = 0;
      // Of few rows many times, so that all cases are warm, and long enough to be measured.
      while (seen < people / 2) seen += run();
      const { user, system } = process.cpuUsage(start);
      const nanoseconds = (user + system) * 1000;
      if (rows !== 0 && seen !== rows) throw new Error(`${name}: ${seen} rows instead of ${rows}`);
      rows = seen;
      if (round > 8) samples.get(name)!.push(nanoseconds / seen);
    }
  }
  console.log(`${title}, ${rows} rows`);
  const byHand = median(samples.get('loop by hand')!);
  for (const [name, values] of samples) {
    const own = median(values);
    const speed = ((byHand / own) * 100).toFixed(0);
    console.log(
      `  ${name.padEnd(34)} ${own.toFixed(0).padStart(6)} ns a row  ${speed.padStart(4)} % of the loop's speed`,
    );
  }
}
store.close();
