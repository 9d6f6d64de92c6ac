import type { DriverFile, Mode } from '@terrane/driver';
import { checked } from '@terrane/driver';
import type { AdapterOptions } from './array-dataset.js';
import { chunkExtent, chunkRuns, usualChunkShape } from './chunk-runs.js';
import type { Dataset, DatasetId } from './dataset.js';
import { errors } from './errors.js';

/** Bytes of an object, cut into pieces of one length. */
export interface BytesOptions {
  readonly id: DatasetId;
  /** 65536 unless given. */
  readonly chunkBytes?: number;
  readonly info?: Dataset['info'];
}

/** An array, row-major, as it lies in a file. */
export interface FileArrayOptions extends AdapterOptions {
  readonly shape: readonly number[];
  /** `"uint8"`, `"float32"` …, with the byte order of the file. */
  readonly sampleType: keyof typeof sampleBytes;
  /** Where its first sample is, in bytes; 0 unless given. */
  readonly offset?: number;
}

const sampleBytes = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  float16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
} as const;

/**
 * A dataset over any file of a driver, such as an object on a web server or in a bucket, read in ranges: its bytes in
 * pieces, or an array in it in chunks. The file stays the caller's, to be closed when it is no longer needed.
 *
 * @throws CACHE_BAD_DATASET when the array is not all in the file.
 */
export async function fileDataset(
  file: DriverFile<Mode>,
  options: BytesOptions | FileArrayOptions,
): Promise<Dataset> {
  const size = await file.size();
  const { sampleType, offset, shape, chunkShape } = 'shape' in options ? options : bytesOf(size, options);
  const bytes = sampleBytes[sampleType];
  if (!bytes) throw new TypeError(`no such type of samples: ${String(sampleType)}`);
  const end = shape.reduce((product, length) => product * length, bytes) + (offset ?? 0);
  if (end > size) {
    const { target } = file.manifest;
    throw errors.CACHE_BAD_DATASET({ message: `${target} has ${size} bytes, and the array ends at ${end}` });
  }
  const layout = { shape, chunkShape: chunkShape ?? usualChunkShape(shape, bytes) };
  const source = checked(file);
  return {
    id: options.id,
    ...(options.info && { info: options.info }),
    ...layout,
    sampleType,
    readChunk: async (coordinates, access) => {
      access?.signal?.throwIfAborted();
      const chunk = new Uint8Array(chunkExtent(layout, coordinates).samples * bytes);
      const requests = [...chunkRuns(layout, coordinates)].map(({ from, to, count }) => ({
        position: (offset ?? 0) + from * bytes,
        target: chunk.subarray(to * bytes, (to + count) * bytes),
        kind: 'raw' as const,
      }));
      const counts = await source.readMany(requests, access?.signal ? { signal: access.signal } : {});
      if (counts.every((count, index) => count === requests[index]!.target.length)) return chunk;
      throw errors.CACHE_BAD_DATASET({ message: `${source.manifest.target} has become shorter` });
    },
  };
}

function bytesOf(size: number, { id, chunkBytes = 1 << 16 }: BytesOptions): FileArrayOptions {
  return { id, shape: [size], chunkShape: [chunkBytes], sampleType: 'uint8' };
}
