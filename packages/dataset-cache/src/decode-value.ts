import { answer, type Steps } from '@terrane/blocks';
import type { Codec } from './codec.js';

/** The value of those stored bytes; nothing when what comes out is not `length` bytes. */
export function* decodeValue(
  codec: Codec,
  stored: Uint8Array,
  length: number,
): Steps<Uint8Array | undefined> {
  let decoded: Uint8Array;
  try {
    decoded = yield* answer(codec.decode(stored, length));
  } catch {
    return undefined;
  }
  if (!(decoded instanceof Uint8Array) || decoded.length !== length) return undefined;
  // Callers get plain bytes with memory of their own, not Node's buffers in a pool.
  const plain = Object.getPrototypeOf(decoded) === Uint8Array.prototype;
  return plain && decoded.buffer.byteLength === length ? decoded : new Uint8Array(decoded);
}
