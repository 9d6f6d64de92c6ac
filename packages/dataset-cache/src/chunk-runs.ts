import type { Dataset } from './dataset.js';

/** Neighbouring samples that lie one after the other in a row-major array and in one of its chunks, too. */
export interface ChunkRun {
  /** The first one in the array, in samples. */
  readonly from: number;
  /** The first one in the chunk, in samples. */
  readonly to: number;
  /** How many. */
  readonly count: number;
}

/** Where a chunk lies in its array: first sample and lengths. Chunks at the border are cut. */
export function chunkExtent(
  { shape, chunkShape }: Pick<Dataset, 'shape' | 'chunkShape'>,
  coordinates: readonly number[],
): { start: number[]; count: number[]; samples: number } {
  const start = coordinates.map((coordinate, axis) => coordinate * chunkShape[axis]!);
  const count = start.map((from, axis) => Math.min(chunkShape[axis]!, shape[axis]! - from));
  return { start, count, samples: count.reduce((product, length) => product * length, 1) };
}

/** The runs of a chunk in an array that is row-major, in the chunk's order and as long as they can be. */
export function* chunkRuns(
  dataset: Pick<Dataset, 'shape' | 'chunkShape'>,
  coordinates: readonly number[],
): Generator<ChunkRun> {
  const { shape } = dataset;
  const { start, count, samples } = chunkExtent(dataset, coordinates);
  // Dimensions that the chunk has whole go into one run with the one before them.
  let inner = shape.length - 1;
  while (inner > 0 && count[inner] === shape[inner]) inner--;
  let run = 1;
  for (let axis = Math.max(inner, 0); axis < shape.length; axis++) run *= count[axis]!;
  for (let to = 0; to < samples; to += run) {
    let rest = Math.floor(to / run);
    let from = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const step = axis < inner ? rest % count[axis]! : 0;
      if (axis < inner) rest = Math.floor(rest / count[axis]!);
      from += (start[axis]! + step) * stride;
      stride *= shape[axis]!;
    }
    yield { from, to, count: run };
  }
}

const usualBytes = 1 << 16;

/** Chunks of about 64 KiB: as many of the last dimensions as fit in whole, and a part of the one before. */
export function usualChunkShape(shape: readonly number[], sampleBytes: number): number[] {
  const chunk = shape.map(() => 1);
  let room = Math.max(1, Math.floor(usualBytes / sampleBytes));
  for (let axis = shape.length - 1; axis >= 0 && room > 1; axis--) {
    chunk[axis] = Math.max(1, Math.min(shape[axis]!, room));
    room = Math.floor(room / chunk[axis]!);
  }
  return chunk;
}
