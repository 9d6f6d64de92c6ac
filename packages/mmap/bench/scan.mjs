// G1: a scan of a mapped array against the same array on the heap. Nothing is closed here: detaching slows V8.
import { fileOfDoubles, interleave, loadPackage, report, sum } from './measure.mjs';

const { map } = await loadPackage();
const path = fileOfDoubles(2 ** 30);
const mapped = map(path).view(Float64Array);
const heap = mapped.slice();
const times = await interleave(9, { heap: () => sum(heap), mapped: () => sum(mapped) });
const ms = `${times.heap.toFixed(0)} / ${times.mapped.toFixed(0)} ms`;
report('scan 1 GiB of doubles, mapped : heap', times.mapped / times.heap, 'x', 'at most', 1.1, ms);
