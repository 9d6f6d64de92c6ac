import type { Mode } from '@terrane/driver';
import type { Codec } from './codec.js';
import { deflate } from './deflate.js';
import { errors } from './errors.js';

/** The codecs that a cache knows. */
export interface Codecs {
  /** For what is stored from now on; none for values as they are. */
  readonly storing: Codec | undefined;
  /** By their ids. */
  readonly known: ReadonlyMap<number, Codec>;
}

const firstOwn = 256;
const mostId = 2 ** 32 - 1;

/**
 * @param codec - For storing, when there is one.
 * @param more - Those that are known besides.
 * @throws CACHE_CODEC, RangeError for an id that is not the codec's to have.
 */
export function codecsOf(mode: Mode, codec: Codec | undefined, more: readonly Codec[] = []): Codecs {
  const known = new Map<number, Codec>();
  for (const each of [deflate, ...more, ...(codec ? [codec] : [])]) {
    const { id, name } = each;
    const own = Number.isInteger(id) && id >= firstOwn && id <= mostId;
    if (!own && each !== deflate)
      throw new RangeError(`codec ${name}: an id of one's own is ${firstOwn} to 2^32 - 1, and not ${id}`);
    if (known.has(id) && known.get(id) !== each)
      throw new RangeError(`codecs ${known.get(id)!.name} and ${name} both have the id ${id}`);
    known.set(id, each);
  }
  // What it cannot wait for, a cache that answers at once cannot read: such values are misses.
  for (const [id, each] of known) if (mode === 'sync' && each.mode === 'async') known.delete(id);
  if (codec && !known.has(codec.id)) {
    throw errors.CACHE_CODEC({
      message: `codec ${codec.name} answers by promise, and this cache at once`,
      hint: 'take an asynchronous driver, or a codec that is synchronous',
    });
  }
  return { storing: codec, known };
}
