import { type AdapterOptions, sampleTypeOf } from './array-dataset.js';
import { chunkExtent, usualChunkShape } from './chunk-runs.js';
import type { Dataset } from './dataset.js';
import { errors } from './errors.js';

/** A dataset of `@terrane/hdf5`, over either kind of driver, or what is like one. */
export interface Hdf5DatasetLike {
  readonly path: string;
  /** `null` for a null dataspace. */
  readonly shape: readonly number[] | null;
  /** Nothing for types without a short name. */
  readonly dtype: string | undefined;
  /** Nothing for datasets that are not chunked. */
  readonly chunkShape: readonly number[] | undefined;
  read(options: { readonly start: readonly number[]; readonly count: readonly number[] }): unknown;
}

const names = /^(u?int(8|16|32|64)|float(16|32|64))(be)?$/;

/**
 * A dataset over one of an HDF5 file, in its own chunks where it has them. Samples are in the machine's byte order, whatever
 * the file's is, and half floats are single ones.
 *
 * @throws CACHE_UNSUPPORTED for anything but numbers
 */
export function hdf5Dataset(dataset: Hdf5DatasetLike, options: AdapterOptions): Dataset {
  const { path, shape, dtype } = dataset;
  const [, name] = names.exec(dtype ?? '') ?? [];
  if (!name || !shape) {
    const what = shape ? `elements of type ${dtype ?? 'unknown'}` : 'no elements';
    throw errors.CACHE_UNSUPPORTED({ message: `${path} has ${what}, and chunks are numbers` });
  }
  const sampleType = name === 'float16' ? 'float32' : name;
  const sampleBytes = Number(sampleType.replace(/\D/g, '')) / 8;
  const chunkShape = options.chunkShape ?? dataset.chunkShape ?? usualChunkShape(shape, sampleBytes);
  return {
    id: options.id,
    info: options.info ?? { path },
    shape,
    chunkShape,
    sampleType,
    readChunk: async (coordinates, access) => {
      access?.signal?.throwIfAborted();
      const { start, count, samples } = chunkExtent({ shape, chunkShape }, coordinates);
      const { data } = (await dataset.read({ start, count })) as { data: unknown };
      access?.signal?.throwIfAborted();
      if (ArrayBuffer.isView(data) && sampleTypeOf(data) === sampleType) {
        if (data.byteLength === samples * sampleBytes) {
          return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        }
      }
      throw errors.CACHE_BAD_DATASET({ message: `${path} answered other samples than ${sampleType}` });
    },
  };
}
