import { checkOptions } from '@terrane/errors';
import { checkCount } from './check-count.js';
import { errors } from './errors.js';
import { defineLayout, type Layout, reach, show } from './layout.js';

/** Which bit of a byte comes first. */
export interface BitsOptions {
  /**
   * `"least"` (default): element i is bit i mod 8 of byte floor(i / 8), which is also the order of little-endian
   * words of any width. `"most"`: the highest bit comes first, as in bitmaps and NumPy's `packbits`.
   */
  readonly first?: 'least' | 'most';
}

/**
 * `count` booleans, eight to a byte. Bits of the last byte beyond `count` keep their value when written.
 *
 * @throws LAY_DEFINITION when `count` is no positive integer.
 */
export function bits(count: number, options: BitsOptions = {}): Layout<boolean[]> {
  checkCount('bits', count);
  checkOptions(options, ['first'], 'bits');
  const { first = 'least' } = options;
  if (first !== 'least' && first !== 'most') throw new TypeError(`bits: no bit comes ${show(first)} first`);
  const flip = first === 'most' ? 7 : 0;
  const check = (value: unknown): void => {
    if (!Array.isArray(value)) {
      throw errors.LAY_TYPE({ message: `bits holds an array of booleans, not ${show(value)}` });
    }
    if (value.length !== count) {
      throw errors.LAY_SHAPE({ message: `${value.length} booleans for ${count} bits` });
    }
    for (let i = 0; i < count; i++) {
      if (typeof value[i] !== 'boolean') {
        throw errors.LAY_TYPE({ message: `a boolean is wanted, not ${show(value[i])}`, path: `[${i}]` });
      }
    }
  };
  const get = (view: DataView, at: number) =>
    Array.from({ length: count }, (_, i) => ((view.getUint8(at + (i >>> 3)) >>> ((i & 7) ^ flip)) & 1) === 1);
  return defineLayout<boolean[]>({
    description: { type: 'bits', count, ...(flip ? { first: 'most' } : {}) },
    size: Math.ceil(count / 8),
    alignment: 1,
    access: (view) => ({
      get: (at) => get(view, at),
      set: (at, value) => {
        check(value);
        reach(view, at, Math.ceil(count / 8));
        for (let i = 0; i < count; i++) {
          const byte = view.getUint8(at + (i >>> 3));
          const mask = 1 << ((i & 7) ^ flip);
          view.setUint8(at + (i >>> 3), value[i] ? byte | mask : byte & ~mask);
        }
      },
    }),
    live: (view) => (at) => Object.freeze(get(view, at)) as boolean[],
    check,
  });
}
