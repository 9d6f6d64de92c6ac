import { unsupportedType } from './unsupported-type.js';
import type { ValueCodec } from './value-codec.js';

/** Elements as their bytes, one behind the other: for values that are decoded in a second step. */
export function bytesCodec(elementBytes: number): ValueCodec<Uint8Array> {
  return {
    elementBytes,
    create: (count) => new Uint8Array(count * elementBytes),
    accepts: (array): array is Uint8Array => array instanceof Uint8Array,
    decode(source, target, at) {
      target.set(source, at * elementBytes);
    },
    encode() {
      throw unsupportedType('raw bytes');
    },
  };
}
