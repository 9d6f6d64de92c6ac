import type { ElementStore } from './element-store.js';
import { errors } from './errors.js';

/** Functions between what the file has and what the program sees; called for every element, in both directions. */
export interface Conversion<Stored, T> {
  /** Makes the program's value of a stored one. */
  readonly extract: (stored: Stored) => T;
  /** Makes the stored value again. Without it the vector can be read only. */
  readonly replace?: (value: T) => Stored;
}

/** The elements of `inner`, seen through a conversion. Comparisons see converted values, too. */
export function convertedStore<Stored, T>(
  inner: ElementStore<Stored>,
  { extract, replace }: Conversion<Stored, T>,
): ElementStore<T> {
  const stored = (value: T): Stored => {
    if (replace !== undefined) return replace(value);
    throw errors.VEC_READ_ONLY({
      message: 'the vector has a function to extract values, and none to replace them',
    });
  };
  return {
    length: inner.length,
    kind: 'mixed',
    get: (index) => extract(inner.get(index)),
    ...(replace === undefined || inner.set === undefined
      ? {}
      : { set: (index: number, value: T) => inner.set?.(index, replace(value)) }),
    check: (value) => inner.check(stored(value as T)),
  };
}
