import type { Operator } from './compare.js';

/** Keeps those of the first `count` offsets whose doubles satisfy a comparison, in place; gives how many are left. */
export type Narrow = (block: Float64Array, value: number, offsets: Uint32Array, count: number) => number;

/** The operators on elements that other conditions have left over, a loop each. */
export const narrowLoops: Readonly<Record<Operator, Narrow>> = {
  '<': (block, value, offsets, count) => {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      kept += ((block[offset]! < value) as unknown as number) | 0;
    }
    return kept;
  },
  '<=': (block, value, offsets, count) => {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      kept += ((block[offset]! <= value) as unknown as number) | 0;
    }
    return kept;
  },
  '>': (block, value, offsets, count) => {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      kept += ((block[offset]! > value) as unknown as number) | 0;
    }
    return kept;
  },
  '>=': (block, value, offsets, count) => {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      kept += ((block[offset]! >= value) as unknown as number) | 0;
    }
    return kept;
  },
  '==': (block, value, offsets, count) => {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      kept += ((block[offset]! === value) as unknown as number) | 0;
    }
    return kept;
  },
  '!=': (block, value, offsets, count) => {
    let kept = 0;
    for (let k = 0; k < count; k++) {
      const offset = offsets[k]!;
      offsets[kept] = offset;
      kept += ((block[offset]! !== value) as unknown as number) | 0;
    }
    return kept;
  },
};
