import { errors } from './errors.js';

/** What a dataset is known by: cached blocks are those of one revision. */
export interface DatasetId {
  readonly guid: string;
  /** 0 or more; every change of the data raises it. */
  readonly revision: number;
}

/** How a chunk is read. */
export interface ReadChunkOptions {
  /** 0, the finest, unless given. */
  readonly level?: number;
  readonly signal?: AbortSignal;
}

/** Samples in chunks, wherever they are: what a cache can stand before. */
export interface Dataset {
  readonly id: DatasetId;
  /** Fields for people: a name, remarks. */
  readonly info?: Readonly<Record<string, string>>;
  /** Length of every dimension, in samples, at level 0. */
  readonly shape: readonly number[];
  /** Type of one sample: `"float32"`, `"uint8"` … */
  readonly sampleType: string;
  /** Length of a chunk in every dimension, in samples. */
  readonly chunkShape: readonly number[];
  /** How many levels there are; each has half the samples of the one before in every dimension. 1 unless given. */
  readonly levels?: number;
  /** The bytes of one chunk; `coordinates` count chunks. */
  readChunk(coordinates: readonly number[], options?: ReadChunkOptions): Promise<Uint8Array>;
}

/** How many chunks a level has in every dimension. */
export function chunkGrid({ shape, chunkShape }: Dataset, level = 0): number[] {
  return shape.map((length, axis) => Math.ceil(Math.ceil(length / 2 ** level) / chunkShape[axis]!));
}

/** The number of a chunk in its grid, row-major. @throws RangeError outside of it. */
export function chunkNumber(dataset: Dataset, coordinates: readonly number[], level = 0): number {
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

/** All chunks of a level, or those that a region of samples touches, in row-major order. */
export function* chunksOf(
  dataset: Dataset,
  level = 0,
  region?: { readonly start: readonly number[]; readonly end: readonly number[] },
): Generator<number[]> {
  const grid = chunkGrid(dataset, level);
  const first = grid.map((_, axis) =>
    Math.max(0, Math.floor((region?.start[axis] ?? 0) / dataset.chunkShape[axis]!)),
  );
  const last = grid.map((length, axis) =>
    Math.min(length, region ? Math.ceil(region.end[axis]! / dataset.chunkShape[axis]!) : length),
  );
  if (first.some((from, axis) => from >= last[axis]!)) return;
  const at = [...first];
  for (;;) {
    yield [...at];
    let axis = grid.length - 1;
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
