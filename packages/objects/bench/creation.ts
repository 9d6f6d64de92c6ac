import { race, report } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const records = 1000;

/** Records that are made in a transaction, which is rolled back so that all rounds find the same; nothing is written to a file. */
export async function creation(): Promise<void> {
  using store = memoryStore();
  const { points } = store.root;
  for (let index = 0; index < 100_000; index++) points.push(pointOf(index));
  store.commit();
  const made = (make: (index: number) => unknown) => {
    let savepoint: ReturnType<typeof store.savepoint> | undefined;
    return {
      count: records,
      before: () => {
        savepoint = store.savepoint();
      },
      run: () => {
        for (let index = 0; index < records; index++) make(index);
      },
      after: () => savepoint?.rollback(),
    };
  };
  let plain: unknown[] = [];
  const text: string[] = [];
  const samples = await race(101, {
    'pushed to a live list': made((index) => points.push(pointOf(index))),
    'created, as live objects': made((index) => store.create('Point', pointOf(index))),
    'plain objects, pushed': {
      count: records,
      run: () => {
        for (let index = 0; index < records; index++) plain.push(pointOf(index));
      },
      after: () => {
        plain = [];
      },
    },
    'written as JSON': {
      count: records,
      run: () => {
        for (let index = 0; index < records; index++) text[index] = JSON.stringify(pointOf(index));
      },
    },
  });
  report('1,000 records made, each', samples);
}
