import type { Dataset, Region } from './dataset.js';
import { errors } from './errors.js';

/** How many chunks a level has in every dimension. */
export function chunkGrid({ shape, chunkShape }: Dataset, level = 0): number[] {
  return shape.map((length, axis) => Math.ceil(Math.ceil(length / 2 ** level) / chunkShape[axis]!));
}

/** The number of a chunk in its grid, row-major. @throws RangeError outside of it. */
export function chunkNumber(dataset: Dataset, coordinates: readonly number[], level = 0): number {
  const { levels = 1 } = dataset;
  if (!(Number.isInteger(level) && level >= 0 && level < levels)) {
    throw new RangeError(`level ${level} is not from 0 to ${levels - 1}`);
  }
  const grid = chunkGrid(dataset, level);
  if (coordinates.length !== grid.length) throw new RangeError(`a chunk has ${grid.length} coordinates`);
  let number = 0;
  for (const [axis, length] of grid.entries()) {
    const coordinate = coordinates[axis]!;
    if (!(Number.isInteger(coordinate) && coordinate >= 0 && coordinate < length)) {
      throw new RangeError(`chunk coordinate ${coordinate} is not from 0 to ${length - 1}`);
    }
    number = number * length + coordinate;
  }
  return number;
}

/** The first chunk that a region touches in every dimension of a level, and the one after the last. */
function bounds(dataset: Dataset, level: number, region?: Region): { first: number[]; last: number[] } {
  const { shape, chunkShape } = dataset;
  const grid = chunkGrid(dataset, level);
  if (!region) return { first: grid.map(() => 0), last: grid };
  if (region.start.length !== grid.length || region.end.length !== grid.length) {
    throw new RangeError(`a region has ${grid.length} first and as many last samples`);
  }
  const first = grid.map(() => 0);
  const last = grid.map(() => 0);
  for (const [axis, length] of shape.entries()) {
    const start = Math.max(0, region.start[axis]!);
    const end = Math.min(length, region.end[axis]!);
    if (!(start < end)) continue;
    const samples = 2 ** level * chunkShape[axis]!;
    first[axis] = Math.floor(start / samples);
    last[axis] = Math.ceil(end / samples);
  }
  return { first, last };
}

/** How many chunks {@link chunksOf} gives. */
export function countChunks(dataset: Dataset, level = 0, region?: Region): number {
  const { first, last } = bounds(dataset, level, region);
  return first.reduce((count, from, axis) => count * Math.max(0, last[axis]! - from), 1);
}

/** All chunks of a level, or those that a region touches, in row-major order. @throws RangeError */
export function* chunksOf(dataset: Dataset, level = 0, region?: Region): Generator<number[]> {
  const { first, last } = bounds(dataset, level, region);
  if (first.some((from, axis) => from >= last[axis]!)) return;
  const at = [...first];
  for (;;) {
    yield [...at];
    let axis = at.length - 1;
    while (axis >= 0 && ++at[axis]! >= last[axis]!) {
      at[axis] = first[axis]!;
      axis--;
    }
    if (axis < 0) return;
  }
}

/** @throws CACHE_BAD_DATASET when a dataset's answer is not bytes. */
export function checkChunk(bytes: unknown, { id }: Dataset): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  throw errors.CACHE_BAD_DATASET({ message: `dataset ${id.guid} answered a chunk that is no Uint8Array` });
}
