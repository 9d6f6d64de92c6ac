import type { DriverFile, Mode } from '@terrane/driver';
import type { Dataset, DatasetId } from './dataset.js';

/** A typed array with its shape: what `ndarray` and zarrita use, too. */
export interface ArrayData {
  readonly data: ArrayBufferView & { readonly length: number; readonly BYTES_PER_ELEMENT: number };
  readonly shape: readonly number[];
}

/** A dataset over an array in memory or in a mapped file, row-major. Chunks at the border are cut. */
export function arrayDataset(
  { data, shape }: ArrayData,
  { id, chunkShape }: { readonly id: DatasetId; readonly chunkShape: readonly number[] },
): Dataset {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const size = data.BYTES_PER_ELEMENT;
  return {
    id,
    shape,
    chunkShape,
    sampleType: data.constructor.name.replace('Array', '').toLowerCase(),
    readChunk: async (coordinates, options) => {
      options?.signal?.throwIfAborted();
      const start = coordinates.map((coordinate, axis) => coordinate * chunkShape[axis]!);
      const count = start.map((from, axis) => Math.min(chunkShape[axis]!, shape[axis]! - from));
      const chunk = new Uint8Array(count.reduce((product, length) => product * length, size));
      const row = count.at(-1)! * size;
      for (let at = 0, index = 0; at < chunk.length; at += row, index++) {
        let rest = index;
        let position = start.at(-1)!;
        let stride = shape.at(-1)!;
        for (let axis = shape.length - 2; axis >= 0; axis--) {
          position += (start[axis]! + (rest % count[axis]!)) * stride;
          rest = Math.floor(rest / count[axis]!);
          stride *= shape[axis]!;
        }
        chunk.set(bytes.subarray(position * size, position * size + row), at);
      }
      return chunk;
    },
  };
}

/** A dataset of bytes over any file: an object on a web server, read in ranges of `chunkBytes`. */
export async function fileDataset(
  file: DriverFile<Mode>,
  { id, chunkBytes = 1 << 16 }: { readonly id: DatasetId; readonly chunkBytes?: number },
): Promise<Dataset> {
  const size = await file.size();
  return {
    id,
    shape: [size],
    chunkShape: [chunkBytes],
    sampleType: 'uint8',
    readChunk: async ([chunk], options) => {
      const position = chunk! * chunkBytes;
      const target = new Uint8Array(Math.min(chunkBytes, size - position));
      const access = options?.signal && file.manifest.capabilities.signal ? { signal: options.signal } : {};
      return target.subarray(0, await file.read(position, target, access));
    },
  };
}
