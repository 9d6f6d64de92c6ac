import { driverErrors } from '@terrane/driver';
import type { Segments } from './segments.js';

/** What may happen to the memory of an image: it becomes the file's, it is copied, or it is copied where it is written. */
export type ImageUse = 'adopt' | 'copy' | 'copy-on-write';

const uses: readonly ImageUse[] = ['adopt', 'copy', 'copy-on-write'];

/** @throws DRV_BAD_OPTION */
export function checkUse(use: unknown = 'copy-on-write'): ImageUse {
  if (uses.includes(use as ImageUse)) return use as ImageUse;
  throw driverErrors.DRV_BAD_OPTION({
    message: `core: imageUse must be one of ${uses.join(', ')}`,
    expected: uses.join(', '),
    found: String(use),
  });
}

/**
 * Makes an image the content of a file.
 *
 * @param image - A typed array, DataView, Buffer, ArrayBuffer or SharedArrayBuffer.
 * @throws DRV_BAD_OPTION for anything else.
 */
export function useImage(segments: Segments, image: unknown, use: ImageUse): void {
  const bytes = bytesOf(image);
  segments.adopt(use === 'copy' ? new Uint8Array(bytes) : bytes, use === 'copy-on-write');
}

function bytesOf(image: unknown): Uint8Array {
  if (ArrayBuffer.isView(image)) return new Uint8Array(image.buffer, image.byteOffset, image.byteLength);
  const tag = Object.prototype.toString.call(image);
  if (tag === '[object ArrayBuffer]' || tag === '[object SharedArrayBuffer]') {
    return new Uint8Array(image as ArrayBuffer);
  }
  throw driverErrors.DRV_BAD_OPTION({
    message:
      'core: the image must be a typed array or an ArrayBuffer; imageOf makes one of a Blob or a stream',
    expected: 'a typed array or an ArrayBuffer',
    found: tag.slice(8, -1),
  });
}
