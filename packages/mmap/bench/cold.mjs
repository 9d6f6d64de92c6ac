// G20: random reads of a file that is not in memory, with and without random-access advice. Linux, on a disk.
import { spawnSync } from 'node:child_process';
import { fileOfDoubles, interleave, loadPackage, report } from './measure.mjs';

const { map } = await loadPackage();
const bytes = 2 ** 30;
const path = fileOfDoubles(bytes);
const points = Array.from({ length: 500 }, (_, index) => ((index * 2654435761) % (bytes / 8)) >>> 0);
// Drops this file, and only this, from the page cache.
const forget = () => {
  const { status } = spawnSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0']);
  if (status !== 0) throw new Error('dd cannot drop the file from the page cache');
};
const read = (advice) => {
  forget();
  const mapping = map(path);
  mapping.advise(advice);
  const doubles = mapping.view(Float64Array);
  const start = performance.now();
  for (const point of points) if (doubles[point] !== point) throw new Error('wrong value');
  const time = performance.now() - start;
  mapping.close();
  return time;
};
const spent = { normal: [], random: [] };
await interleave(3, {
  normal: () => spent.normal.push(read('normal')),
  random: () => spent.random.push(read('random')),
});
const best = { normal: Math.min(...spent.normal), random: Math.min(...spent.random) };
const ms = `${best.normal.toFixed(0)} / ${best.random.toFixed(0)} ms`;
report(
  '500 cold random reads of 1 GiB, normal : random advice',
  best.normal / best.random,
  'x',
  'at least',
  10,
  ms,
);
