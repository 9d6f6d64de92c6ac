import type { Operator } from './compare.js';
import type { Positions } from './positions.js';

/**
 * Writes the positions of matches to `out` from `at` on, and gives the place behind the last. `out` has room for the
 * whole block.
 */
export type FindDoubles = (
  block: Float64Array,
  value: number,
  base: number,
  out: Positions,
  at: number,
) => number;

/**
 * The operators on doubles, a loop each. Every position is written and stays only if it is a match: `| 0` makes a
 * number of a comparison without a branch, which the processor would guess wrong half of the time. Four at a time
 * keep it busy.
 */
export const findLoops: Readonly<Record<Operator, FindDoubles>> = {
  '<': (block, value, base, out, at) => {
    let next = at;
    let i = 0;
    for (const whole = block.length - 3; i < whole; i += 4) {
      out[next] = base + i;
      next += ((block[i]! < value) as unknown as number) | 0;
      out[next] = base + i + 1;
      next += ((block[i + 1]! < value) as unknown as number) | 0;
      out[next] = base + i + 2;
      next += ((block[i + 2]! < value) as unknown as number) | 0;
      out[next] = base + i + 3;
      next += ((block[i + 3]! < value) as unknown as number) | 0;
    }
    for (; i < block.length; i++) {
      out[next] = base + i;
      next += ((block[i]! < value) as unknown as number) | 0;
    }
    return next;
  },
  '<=': (block, value, base, out, at) => {
    let next = at;
    let i = 0;
    for (const whole = block.length - 3; i < whole; i += 4) {
      out[next] = base + i;
      next += ((block[i]! <= value) as unknown as number) | 0;
      out[next] = base + i + 1;
      next += ((block[i + 1]! <= value) as unknown as number) | 0;
      out[next] = base + i + 2;
      next += ((block[i + 2]! <= value) as unknown as number) | 0;
      out[next] = base + i + 3;
      next += ((block[i + 3]! <= value) as unknown as number) | 0;
    }
    for (; i < block.length; i++) {
      out[next] = base + i;
      next += ((block[i]! <= value) as unknown as number) | 0;
    }
    return next;
  },
  '>': (block, value, base, out, at) => {
    let next = at;
    let i = 0;
    for (const whole = block.length - 3; i < whole; i += 4) {
      out[next] = base + i;
      next += ((block[i]! > value) as unknown as number) | 0;
      out[next] = base + i + 1;
      next += ((block[i + 1]! > value) as unknown as number) | 0;
      out[next] = base + i + 2;
      next += ((block[i + 2]! > value) as unknown as number) | 0;
      out[next] = base + i + 3;
      next += ((block[i + 3]! > value) as unknown as number) | 0;
    }
    for (; i < block.length; i++) {
      out[next] = base + i;
      next += ((block[i]! > value) as unknown as number) | 0;
    }
    return next;
  },
  '>=': (block, value, base, out, at) => {
    let next = at;
    let i = 0;
    for (const whole = block.length - 3; i < whole; i += 4) {
      out[next] = base + i;
      next += ((block[i]! >= value) as unknown as number) | 0;
      out[next] = base + i + 1;
      next += ((block[i + 1]! >= value) as unknown as number) | 0;
      out[next] = base + i + 2;
      next += ((block[i + 2]! >= value) as unknown as number) | 0;
      out[next] = base + i + 3;
      next += ((block[i + 3]! >= value) as unknown as number) | 0;
    }
    for (; i < block.length; i++) {
      out[next] = base + i;
      next += ((block[i]! >= value) as unknown as number) | 0;
    }
    return next;
  },
  '==': (block, value, base, out, at) => {
    let next = at;
    let i = 0;
    for (const whole = block.length - 3; i < whole; i += 4) {
      out[next] = base + i;
      next += ((block[i]! === value) as unknown as number) | 0;
      out[next] = base + i + 1;
      next += ((block[i + 1]! === value) as unknown as number) | 0;
      out[next] = base + i + 2;
      next += ((block[i + 2]! === value) as unknown as number) | 0;
      out[next] = base + i + 3;
      next += ((block[i + 3]! === value) as unknown as number) | 0;
    }
    for (; i < block.length; i++) {
      out[next] = base + i;
      next += ((block[i]! === value) as unknown as number) | 0;
    }
    return next;
  },
  '!=': (block, value, base, out, at) => {
    let next = at;
    let i = 0;
    for (const whole = block.length - 3; i < whole; i += 4) {
      out[next] = base + i;
      next += ((block[i]! !== value) as unknown as number) | 0;
      out[next] = base + i + 1;
      next += ((block[i + 1]! !== value) as unknown as number) | 0;
      out[next] = base + i + 2;
      next += ((block[i + 2]! !== value) as unknown as number) | 0;
      out[next] = base + i + 3;
      next += ((block[i + 3]! !== value) as unknown as number) | 0;
    }
    for (; i < block.length; i++) {
      out[next] = base + i;
      next += ((block[i]! !== value) as unknown as number) | 0;
    }
    return next;
  },
};
