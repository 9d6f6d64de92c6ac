import type { Mode, Out } from '@terrane/driver';
import type { Dataset, InputValue, NdArray, Selection, ValueArray } from '@terrane/hdf5';
import { type ArrayInput, type NestedList, resolveArray } from './array-input.js';
import { atomOf } from './atom.js';
import { safeNumber } from './attribute-value.js';
import { Leaf } from './leaf.js';
import type { NodeHost } from './node.js';
import { steps, wait } from './steps.js';

/** A homogeneous array of fixed shape: what `createArray` makes. */
export class ArrayNode<M extends Mode = Mode> extends Leaf<M> {
  /** How it was stored: from an n-d or typed array (`numpy`), or from lists and scalars (`python`). */
  readonly flavor: 'numpy' | 'python';

  constructor(host: NodeHost<M>, title: string, dataset: Dataset<M>, flavor: 'numpy' | 'python') {
    super(host, 'Array', title, dataset);
    this.flavor = flavor;
  }

  /** The values, all or a selection, as an n-d array whatever the flavor. */
  read(selection: Selection & { readonly out?: ValueArray } = {}): Out<M, NdArray<ValueArray>> {
    return this.dataset.read(selection) as Out<M, NdArray<ValueArray>>;
  }

  /** The values as nested lists, a scalar as such; 64-bit integers as numbers where these are exact. */
  toList(): Out<M, NestedList> {
    const self = this;
    return steps<M, NestedList>(this.mode, function* () {
      const { data, shape } = yield* wait<M, NdArray<ValueArray>>(self.read());
      return nest(data, shape, 0, 0, data.length);
    });
  }

  /** Writes values over all of the array or a selection, in the file's own type. */
  write(value: ArrayInput, selection: Selection = {}): Out<M, void> {
    const { data } = resolveArray(value, this.path);
    const isScalar = typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string';
    return this.dataset.write(isScalar ? (value as InputValue) : data, selection);
  }

  /** As Python's `repr` shows it: the printed line and what the values are made of. */
  list(): string {
    const lines = [
      `atom := ${atomOf(this.dataset.datatype)}`,
      'maindim := 0',
      `flavor := '${this.flavor}'`,
      `byteorder := '${byteOrderOf(this.dataset)}'`,
      'chunkshape := None',
    ];
    return [this.toString(), ...lines].join('\n  ');
  }
}

function nest(
  data: ValueArray,
  shape: readonly number[],
  axis: number,
  start: number,
  count: number,
): NestedList {
  if (axis === shape.length) return safeNumber<string | number>(data[start]!);
  const length = shape[axis]!;
  const step = length === 0 ? 0 : count / length;
  return Array.from({ length }, (_, index) => nest(data, shape, axis + 1, start + index * step, step));
}

function byteOrderOf(dataset: Dataset): string {
  const { datatype } = dataset;
  return 'byteOrder' in datatype && datatype.size > 1 ? datatype.byteOrder : 'irrelevant';
}
