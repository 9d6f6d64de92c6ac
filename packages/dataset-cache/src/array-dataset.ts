import { chunkExtent, chunkRuns, usualChunkShape } from './chunk-runs.js';
import type { Dataset, DatasetId } from './dataset.js';
import { errors } from './errors.js';

/** A typed array. */
export type TypedData = ArrayBufferView & { readonly length: number; readonly BYTES_PER_ELEMENT: number };

/** A typed array with its shape: what `ndarray` and zarrita use, too. */
export interface ArrayData {
  readonly data: TypedData;
  readonly shape: readonly number[];
}

/** A vector of `@terrane/vectors`, or what is like one. */
export interface VectorLike {
  readonly shape: readonly number[];
  readonly order?: 'row' | 'column';
  /** Some of its elements without a copy, as of now. */
  view(start: number, count: number): TypedData;
}

/** What an adapter cannot know. */
export interface AdapterOptions {
  readonly id: DatasetId;
  /** Chunks of about 64 KiB unless given. */
  readonly chunkShape?: readonly number[];
  readonly info?: Dataset['info'];
}

/**
 * A dataset over an array in memory, row-major. Chunks at the border are cut.
 *
 * @throws RangeError when the array is not as long as its shape says.
 */
export function arrayDataset({ data, shape }: ArrayData, options: AdapterOptions): Dataset {
  const samples = shape.reduce((product, extent) => product * extent, 1);
  if (!(data.length >= samples)) {
    throw new RangeError(`shape ${shape.join(' × ')} has ${samples} samples, the array ${data.length}`);
  }
  const { buffer, byteOffset, BYTES_PER_ELEMENT: size } = data;
  const bytesOf = (from: number, count: number) =>
    new Uint8Array(buffer, byteOffset + from * size, count * size);
  return overRuns(bytesOf, data, shape, options);
}

/**
 * A dataset over a vector in a mapped file of any length, which is looked at anew for every chunk.
 *
 * @throws CACHE_UNSUPPORTED when it is column-major; what `view` throws where elements are not as in a typed array
 */
export function vectorDataset(vector: VectorLike, options: AdapterOptions): Dataset {
  const { shape, order = 'row' } = vector;
  if (order !== 'row' && shape.length > 1) {
    throw errors.CACHE_UNSUPPORTED({
      message: 'the vector is column-major, chunks are row-major',
      hint: 'give it row-major, with its dimensions reversed',
    });
  }
  const bytesOf = (from: number, count: number) => {
    const { buffer, byteOffset, byteLength } = vector.view(from, count);
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  return overRuns(bytesOf, vector.view(0, 0), shape, options);
}

function overRuns(
  bytesOf: (from: number, count: number) => Uint8Array,
  like: TypedData,
  shape: readonly number[],
  { id, info, chunkShape: wanted }: AdapterOptions,
): Dataset {
  const size = like.BYTES_PER_ELEMENT;
  const chunkShape = wanted ?? usualChunkShape(shape, size);
  return {
    id,
    ...(info && { info }),
    shape,
    chunkShape,
    sampleType: sampleTypeOf(like),
    readChunk: async (coordinates, access) => {
      access?.signal?.throwIfAborted();
      const layout = { shape, chunkShape };
      const chunk = new Uint8Array(chunkExtent(layout, coordinates).samples * size);
      for (const { from, to, count } of chunkRuns(layout, coordinates)) {
        chunk.set(bytesOf(from, count), to * size);
      }
      return chunk;
    },
  };
}

/** `"float32"` for a Float32Array. */
export function sampleTypeOf(data: ArrayBufferView): string {
  const name = Object.prototype.toString.call(data).slice(8, -1);
  return name.replace(/^Big/, '').replace('ClampedArray', 'Array').replace('Array', '').toLowerCase();
}
