import { checkOptions } from '@terrane/errors';
import { errors } from '../errors.js';
import { rowMajorStride, sizeOf } from './nd-array.js';

/** A regular part of a dataset, by dimension. What is left out means everything, one by one. */
export interface Selection {
  /** First index; 0 when left out. */
  readonly start?: readonly number[];
  /** How many; up to the end when left out. */
  readonly count?: readonly number[];
  /** Distance from one to the next; 1 when left out. */
  readonly stride?: readonly number[];
}

/** A selection with nothing left out, inside its dataset. */
export interface Hyperslab {
  readonly start: readonly number[];
  readonly count: readonly number[];
  readonly stride: readonly number[];
}

/** The option names of a selection. */
export const selectionOptions = ['start', 'count', 'stride'] as const;

/**
 * Completes a selection.
 *
 * @throws H5_WRONG_SHAPE when it has another rank than the dataset or reaches outside it
 */
export function resolveSelection(selection: Selection | undefined, shape: readonly number[]): Hyperslab {
  checkOptions(selection, selectionOptions, 'selection');
  const start = selection?.start ?? shape.map(() => 0);
  const stride = selection?.stride ?? shape.map(() => 1);
  const count =
    selection?.count ??
    shape.map((length, axis) => Math.max(0, Math.ceil((length - (start[axis] ?? 0)) / (stride[axis] ?? 1))));
  for (const list of [start, count, stride]) {
    if (list.length !== shape.length)
      throw wrongSelection(`${shape.length} numbers, one by dimension`, list, shape);
  }
  for (let axis = 0; axis < shape.length; axis++) {
    const first = start[axis]!;
    const many = count[axis]!;
    const step = stride[axis]!;
    const whole = [first, many, step].every((value) => Number.isSafeInteger(value) && value >= 0) && step > 0;
    const last = many === 0 ? first - 1 : first + (many - 1) * step;
    if (!whole || last >= shape[axis]! || first > shape[axis]!) {
      throw wrongSelection(
        `indices from 0 to ${shape[axis]! - 1} in dimension ${axis}`,
        [first, many, step],
        shape,
      );
    }
  }
  return { start, count, stride };
}

function wrongSelection(expected: string, found: readonly number[], shape: readonly number[]): Error {
  return errors.H5_WRONG_SHAPE({
    message: `the selection does not lie in a dataset of shape (${shape.join(', ')})`,
    expected,
    found: `(${found.join(', ')})`,
  });
}

/** `count` elements, `step` apart in the dataset, next to each other in the result. Positions in elements. */
export interface Run {
  readonly source: number;
  readonly target: number;
  readonly count: number;
  readonly step: number;
}

/**
 * The runs of a hyperslab of a row-major dataset, in ascending order. Dimensions that are taken whole join
 * with the one before them, so that a selection of whole rows is one run.
 */
export function* hyperslabRuns(slab: Hyperslab, shape: readonly number[]): IterableIterator<Run> {
  const total = sizeOf(slab.count);
  if (total === 0) return;
  const distance = rowMajorStride(shape);
  let inner = shape.length - 1;
  let length = 1;
  while (inner >= 0 && slab.stride[inner] === 1 && slab.count[inner] === shape[inner])
    length *= shape[inner--]!;
  if (inner < 0) {
    yield { source: 0, target: 0, count: total, step: 1 };
    return;
  }
  // The dimension that is not taken whole gives the run, if its elements are single or next to each other.
  const runsAlong = length === 1 || slab.stride[inner] === 1;
  const step = length === 1 ? slab.stride[inner]! * distance[inner]! : 1;
  const count = runsAlong ? slab.count[inner]! * length : length;
  const outer = runsAlong ? inner - 1 : inner;
  const first = runsAlong ? slab.start[inner]! * distance[inner]! : 0;
  const index = new Array<number>(outer + 1).fill(0);
  for (let target = 0; target < total; target += count) {
    let source = first;
    for (let axis = 0; axis <= outer; axis++) {
      source += (slab.start[axis]! + index[axis]! * slab.stride[axis]!) * distance[axis]!;
    }
    yield { source, target, count, step };
    for (let axis = outer; axis >= 0 && ++index[axis]! === slab.count[axis]; axis--) index[axis] = 0;
  }
}
