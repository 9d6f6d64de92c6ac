// G2: map, scan, close against reading the whole file, then scanning it.
import { readFileSync } from 'node:fs';
import { fileOfDoubles, interleave, loadPackage, report, sum } from './measure.mjs';

const { map } = await loadPackage();
const path = fileOfDoubles(2 ** 30);
const times = await interleave(7, {
  read: () => sum(new Float64Array(readFileSync(path).buffer)),
  mapped: () => {
    const mapping = map(path);
    sum(mapping.view(Float64Array));
    mapping.close();
  },
});
const ms = `${times.read.toFixed(0)} / ${times.mapped.toFixed(0)} ms`;
report('readFileSync + scan : map + scan + close, 1 GiB', times.read / times.mapped, 'x', 'at least', 2, ms);
