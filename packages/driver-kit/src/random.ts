/** A small generator of repeatable numbers (mulberry32): a seed is all that a failure needs to come back. */
export interface Random {
  /** A whole number from 0 to `below` − 1. */
  below(below: number): number;
  bytes(length: number): Uint8Array;
}

/**
 * Makes a generator.
 *
 * @param seed - Any whole number; equal seeds give equal numbers.
 */
export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, bytes: (length) => Uint8Array.from({ length }, () => below(256)) };
}
