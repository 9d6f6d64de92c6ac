// G22: a hot loop over the last of twelve 1 GiB windows against the first.
import { join } from 'node:path';
import { interleave, loadPackage, report, scratch, sum } from './measure.mjs';

const { map } = await loadPackage();
const length = 12 * 2 ** 30;
const mapping = map(join(scratch(), 'long'), { mode: 'read-write', create: true, sparse: true, length });
const windows = mapping.segments.map((segment) => new Float64Array(segment, 0, 2 ** 24));
if (windows.length !== 12) throw new Error(`${windows.length} segments`);
for (const window of windows) window.fill(1);
const [first, last] = [windows[0], windows[11]];
const times = await interleave(11, { first: () => sum(first), last: () => sum(last) });
report('hot loop, last of twelve windows : first', times.last / times.first, 'x', 'at most', 1.1);
