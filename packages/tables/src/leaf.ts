import type { Mode } from '@terrane/driver';
import type { Dataset, Filter } from '@terrane/hdf5';
import { Node, type NodeHost } from './node.js';
import { pythonString } from './python-repr.js';
import type { NodeClass } from './system-attributes.js';

/** A node with values. Classes that this version does not read yet can still be seen and printed. */
export class Leaf<M extends Mode = Mode> extends Node<M> {
  /** The dataset underneath, for everything this class does not offer. */
  readonly dataset: Dataset<M>;

  constructor(host: NodeHost<M>, className: NodeClass, title: string, dataset: Dataset<M>) {
    super(host, dataset.path, className, title, dataset.attributes);
    this.dataset = dataset;
  }

  /** Lengths by dimension, slowest first; empty for a scalar. */
  get shape(): readonly number[] {
    return this.dataset.shape ?? [0];
  }

  /** Length of the first dimension; 1 for a scalar. */
  get nrows(): number {
    return this.shape[0] ?? 1;
  }

  protected override describe(): string {
    const shape = pythonTuple(this.shape);
    const filters = describeFilters(this.dataset.filters);
    return `${this.path} (${this.className}(${shape})${filters}) ${pythonString(this.title)}`;
  }
}

/** Numbers as the inside of a Python tuple: one alone has a comma behind it. */
export function pythonTuple(values: readonly number[]): string {
  return values.length === 1 ? `${values[0]},` : values.join(', ');
}

/** Names PyTables prints for compressors, by filter number. */
const compressors = new Map([
  [1, 'zlib'],
  [305, 'lzo'],
  [307, 'bzip2'],
  [32001, 'blosc'],
  [32026, 'blosc2'],
]);

/** Checks and shuffles first, then the compressor with its level. */
function describeFilters(filters: readonly Filter[]): string {
  const has = (id: number): boolean => filters.some((filter) => filter.id === id);
  const parts = [has(3) ? 'fletcher32' : '', has(2) ? 'shuffle' : ''];
  for (const { id, values } of filters) {
    const name = compressors.get(id);
    // Blosc keeps its level as the fifth of its parameters, the others as the first.
    if (name !== undefined) parts.push(`${name}(${(name.startsWith('blosc') ? values[4] : values[0]) ?? 0})`);
  }
  return parts.filter((part) => part !== '').join(', ');
}
