import { isTerraneError } from '@terrane/errors';
import { checkBounds } from './check-bounds.js';
import type { Steps } from './steps.js';
import type { Tree } from './tree.js';
import type { Problem } from './verify.js';

/** Reads a whole index and returns what is wrong with it. */
export function* verifyIndex<V, K>(tree: Tree<V, K>): Steps<Problem[]> {
  const { order } = tree;
  const problems: Problem[] = [];
  let last: V | undefined;
  try {
    yield* checkBounds(tree);
    yield* tree.visit({}, (value) => {
      if (last !== undefined && order.compare(order.keyOf(last), value) >= 0) {
        problems.push({ message: 'values are not in ascending order', structure: 'index node' });
      }
      last = value;
      return true;
    });
  } catch (error) {
    if (!isTerraneError(error, 'BLK_DAMAGED') && !isTerraneError(error, 'BLK_NO_BLOCK')) throw error;
    problems.push({ message: error.message, structure: 'index node' });
  }
  return problems;
}
