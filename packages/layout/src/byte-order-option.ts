import { checkOptions } from '@terrane/errors';
import type { ByteOrder } from './byte-order.js';
import { show } from './layout.js';

/** Options of every layout that is made of whole bytes in an order. */
export interface ByteOrderOptions {
  /** `"little"` by default. */
  readonly byteOrder?: ByteOrder;
}

/**
 * The byte order that `options` ask for, once all of them are known to exist.
 *
 * @throws TypeError for an unknown option, and for a byte order that is neither.
 */
export function byteOrderOf(
  what: string,
  options: ByteOrderOptions,
  known: readonly string[] = ['byteOrder'],
): ByteOrder {
  checkOptions(options, known, what);
  const { byteOrder = 'little' } = options;
  if (byteOrder !== 'little' && byteOrder !== 'big') {
    throw new TypeError(`${what}: byte order is "little" or "big", not ${show(byteOrder)}`);
  }
  return byteOrder;
}
