import { type LayoutDescription, layoutFromDescription } from '@terrane/layout';

/**
 * The double that stands for a missing value where an optional layout's numbers are read as doubles; NaN: every NaN
 * does. `undefined` where doubles do not tell: by a validity bit, and R's NA, which is one NaN among others.
 */
export function absentDouble(description: LayoutDescription): number | undefined {
  if (description.type !== 'optional') return undefined;
  const { missing, value } = description;
  if (missing === 'nan') return Number.NaN;
  if (typeof missing === 'string') return undefined;
  const bytes = Uint8Array.from(missing.sentinel.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const sentinel = layoutFromDescription(value).read(bytes);
  return typeof sentinel === 'number' ? sentinel : undefined;
}

/** Copies what is not absent to `out`, in order, and gives it. */
export function present(block: Float64Array, absent: number, out: Float64Array): Float64Array {
  let count = 0;
  const nan = Number.isNaN(absent);
  for (let i = 0; i < block.length; i++) {
    const value = block[i]!;
    out[count] = value;
    count += (nan ? !Number.isNaN(value) : value !== absent) ? 1 : 0;
  }
  return out.subarray(0, count);
}

/** Whether a double is the one that stands for a missing value. */
export function isAbsent(value: number, absent: number): boolean {
  return value === absent || (Number.isNaN(absent) && Number.isNaN(value));
}
