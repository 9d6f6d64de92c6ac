import { answer, type Steps } from '@terrane/blocks';
import type { Codec } from './codec.js';

/** The value of those stored bytes; nothing when what comes out is not `length` bytes. */
export function* decodeValue(
  codec: Codec,
  stored: Uint8Array,
  length: number,
): Steps<Uint8Array | undefined> {
  try {
    const decoded = yield* answer(codec.decode(stored, length));
    return decoded instanceof Uint8Array && decoded.length === length ? decoded : undefined;
  } catch {
    return undefined;
  }
}
