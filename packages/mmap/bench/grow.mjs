// G16: a file that grows by 1 MiB 512 times, with a view of each new part, while its first view stays good. What the
// first store into a fresh page costs is the file system's, and is told apart.
import { join } from 'node:path';
import { loadPackage, median, report, scratch } from './measure.mjs';

const { map } = await loadPackage();
const folder = scratch();
const steps = 512;
const step = 2 ** 20;

const grow = (path, options) => {
  const mapping = map(path, { mode: 'read-write', create: true, length: step, ...options });
  const first = mapping.view(Uint8Array, 0, step);
  let growing = 0;
  let storing = 0;
  for (let index = 1; index <= steps; index++) {
    const start = performance.now();
    mapping.resize(step * (index + 1));
    const view = mapping.view(Uint8Array, step * index, step);
    const grown = performance.now();
    view[0] = index;
    storing += performance.now() - grown;
    growing += grown - start;
  }
  first[0] = 7;
  const check = new Uint8Array(1);
  mapping.read(0, check);
  if (first.length !== step || check[0] !== 7) throw new Error('an old view is gone');
  mapping.close();
  return { growing: (growing * 1000) / steps, storing: (storing * 1000) / steps };
};

const kinds = { reserved: { reserve: 2 ** 30 }, unreserved: {}, sparse: { reserve: 2 ** 30, sparse: true } };
const results = { reserved: [], unreserved: [], sparse: [] };
for (let round = 0; round < 7; round++) {
  for (const [name, options] of Object.entries(kinds)) {
    results[name].push(grow(join(folder, `${name}-${round}`), options));
  }
}
for (const [name, runs] of Object.entries(results)) {
  const storing = median(runs.map((run) => run.storing)).toFixed(0);
  const growing = median(runs.map((run) => run.growing));
  report(
    `growth by 1 MiB with a view of it, ${name}`,
    growing,
    'us',
    'at most',
    100,
    `first store ${storing} us`,
  );
}
