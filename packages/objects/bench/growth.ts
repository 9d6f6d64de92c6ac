import { check, sampleOf, showTime } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const records = 1_000_000;
const rounds = 7;

/** Growth moves nothing: what was read before goes on, and a record that needs a new segment costs little more. */
export function growth(): void {
  const runs = Array.from({ length: rounds }, () => grow());
  const each = sampleOf(runs.map(({ each }) => each));
  const step = sampleOf(runs.map(({ step }) => step));
  const { size, steps } = runs[0]!;
  console.log(`\ngrowth to ${(size / 2 ** 20).toFixed(0)} MiB in ${steps} steps`);
  console.log(`  a record       ${showTime(each.median, each.least)}`);
  const found = showTime(step.median, step.least);
  check('a record that needs a new segment ≤ 100 µs, on average', found, step.median <= 100_000);
}

function grow() {
  using store = memoryStore();
  const { points } = store.root;
  const first = points.at(points.push(pointOf(1)) - 1)!;
  // Segments of small chunks have 1 MiB.
  const segment = () => Math.floor((store.stat().heapBytes - 1) / 2 ** 20);
  // Of a fixed length: what this grows by itself must not be taken for the store's.
  const times = new Float64Array(records);
  const steps: number[] = [];
  for (let index = 0, before = segment(); index < records; index++) {
    const begin = process.hrtime.bigint();
    store.create('Point', pointOf(index));
    const time = Number(process.hrtime.bigint() - begin);
    const after = segment();
    if (after === before) times[index] = time;
    else steps.push(time);
    before = after;
  }
  first.y = 17;
  if (first.x !== 1.5 || points.at(0)!.y !== 17) throw new Error('an old view sees something else');
  const step = steps.reduce((sum, time) => sum + time, 0) / steps.length;
  return { each: sampleOf([...times]).median, step, steps: steps.length, size: store.stat().heapBytes };
}
