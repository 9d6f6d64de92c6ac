import { check, sampleOf, showTime } from './measure.js';
import { memoryStore, pointOf } from './point-schema.js';

const records = 1_000_000;

/** Growth moves nothing: what was read before goes on, and a record that needs a new segment costs little more. */
export function growth(): void {
  using store = memoryStore();
  const { points } = store.root;
  const first = points.at(points.push(pointOf(1)) - 1)!;
  const times = new Float64Array(records);
  for (let index = 0; index < records; index++) {
    const begin = process.hrtime.bigint();
    store.create('Point', pointOf(index));
    times[index] = Number(process.hrtime.bigint() - begin);
  }
  first.y = 17;
  if (first.x !== 1.5 || points.at(0)!.y !== 17) throw new Error('an old view sees something else');
  const { median, least } = sampleOf([...times]);
  const heapBytes = store.stat().heapBytes;
  // Segments of 1, 2, 4 … MiB.
  const steps = Math.ceil(Math.log2(heapBytes / 2 ** 20 + 1));
  const slowest = [...times].sort((a, b) => b - a).slice(0, steps);
  const step = slowest.reduce((sum, time) => sum + time, 0) / steps;
  console.log(
    `\ngrowth to ${(heapBytes / 2 ** 20).toFixed(0)} MiB in ${steps} steps: ${showTime(median, least)} for each record`,
  );
  check('a growth step ≤ 100 µs (the slowest creations)', `${(step / 1000).toFixed(0)} µs`, step <= 100_000);
}
