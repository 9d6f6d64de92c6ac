/** Bytes of the unit in which chunks are measured and addressed. */
export const granuleBytes = 16;

/** How many sizes of chunks there are: each up to 64 granules, then eight between a power of two and the next. */
export const classCount = 208;

/** The largest chunk, in granules: 256 MiB. */
export const mostGranules = 2 ** 24;

/** The class of the smallest chunks that hold so many granules. */
export function classOf(granules: number): number {
  if (granules <= 64) return granules - 1;
  const power = 31 - Math.clz32(granules - 1);
  const step = 2 ** (power - 3);
  return 63 + (power - 6) * 8 + Math.ceil((granules - 2 ** power) / step);
}

/** How many granules the chunks of a class have. */
export function granulesOf(index: number): number {
  if (index < 64) return index + 1;
  const power = 6 + Math.floor((index - 64) / 8);
  return 2 ** power + (((index - 64) % 8) + 1) * 2 ** (power - 3);
}
