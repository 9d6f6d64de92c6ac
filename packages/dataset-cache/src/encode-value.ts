import { answer, type Steps } from '@terrane/blocks';
import type { CacheState } from './cache-state.js';
import { errors } from './errors.js';

/** A value as it is going to be stored. */
export interface EncodedValue {
  readonly bytes: Uint8Array;
  /** The codec's id, 0 when the value is stored as it is. */
  readonly encoding: number;
  /** As the entry has it: 0 when the value is stored as it is. */
  readonly decodedLength: number;
  /** Length of the value. */
  readonly length: number;
}

/** Every length is kept in four bytes. */
const most = 2 ** 32 - 1;

/** The value in the codec's form when that is shorter. @throws CACHE_TOO_LARGE, and what the codec throws */
export function* encodeValue(state: CacheState, bytes: Uint8Array): Steps<EncodedValue> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('a value is a Uint8Array');
  const { length } = bytes;
  const { codecs, maximumFileSize } = state.options;
  const codec = codecs.storing;
  const encoded = codec && length <= most ? yield* answer(codec.encode(bytes)) : undefined;
  const value =
    codec && encoded && encoded.length < length
      ? { bytes: encoded, encoding: codec.id, decodedLength: length, length }
      : { bytes, encoding: 0, decodedLength: 0, length };
  const largest = Math.min(most, maximumFileSize / 4);
  if (value.bytes.length <= largest) return value;
  throw errors.CACHE_TOO_LARGE({
    message: `${value.bytes.length} bytes; one value may take a quarter of the cache, ${largest} bytes`,
    length: value.bytes.length,
  });
}
