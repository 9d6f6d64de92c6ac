import type { ElementStore } from './element-store.js';
import { errors } from './errors.js';
import { type Guard, type ScanOptions, scanAsync } from './scan.js';

/** Where the bins of a histogram are: given edges, or equal bins from `min` to `max`. */
export type HistogramOptions =
  | { readonly edges: readonly number[] }
  | { readonly bins: number; readonly min: number; readonly max: number };

/** Bin i counts what is from `edges[i]` up to but not including `edges[i + 1]`; the last includes its upper edge. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** Elements below the first and above the last edge. */
  readonly below: number;
  readonly above: number;
}

/** Counts elements into bins. */
export async function histogramOf<T>(
  store: ElementStore<T>,
  guard: Guard,
  options: HistogramOptions & ScanOptions,
): Promise<Histogram> {
  const { signal, onProgress, ...bins } = options;
  const edges = edgesOf(bins as HistogramOptions);
  if (store.kind !== 'number' && store.kind !== 'bigint' && store.kind !== 'mixed') {
    throw errors.VEC_TYPE({
      message: `elements of the kind "${store.kind}" have no histogram`,
      feature: store.kind,
    });
  }
  const counts = new Array<number>(edges.length - 1).fill(0);
  const last = edges.length - 1;
  const [low, high] = [edges[0]!, edges[last]!];
  let below = 0;
  let above = 0;
  const add = (value: number) => {
    if (value < low) below++;
    else if (value > high) above++;
    else if (value >= low) {
      const bin = bisect(edges, value);
      counts[Math.min(bin, last - 1)]!++;
    }
  };
  const doubles = (block: Float64Array) => {
    for (let i = 0; i < block.length; i++) add(block[i]!);
  };
  const element = (value: T) => {
    if (value !== null) add(Number(value));
  };
  const scanning = {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  };
  await scanAsync(store, guard, { doubles, element }, scanning);
  return { edges, counts, below, above };
}

function edgesOf(options: HistogramOptions): readonly number[] {
  if ('edges' in options) {
    const { edges } = options;
    if (edges.length >= 2 && edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)) return [...edges];
    throw new RangeError('a histogram has two edges at least, ascending');
  }
  const { bins, min, max } = options;
  if (Number.isInteger(bins) && bins > 0 && bins <= 2 ** 24 && min < max && Number.isFinite(max - min)) {
    return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? max : min + ((max - min) * i) / bins));
  }
  throw new RangeError('a histogram has edges, or bins, min and max');
}

/** The greatest i with `edges[i] <= value`. */
function bisect(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}
