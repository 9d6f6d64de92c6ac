import { checkOptions } from '@terrane/errors';
import { errors } from './errors.js';
import { type Access, type ElementArray, type Layout, type Memory, viewAt } from './layout.js';

/** Which values of the memory a column has; all in bytes but `count`. */
export interface ColumnOptions {
  /** First byte of the first record; 0 by default. */
  readonly offset?: number;
  /** Bytes from one value to the next; the layout's (or struct's) size by default. */
  readonly stride?: number;
  /** How many values; by default as many as there are whole records. */
  readonly count?: number;
}

/** Many values of one layout at equal distances. */
export interface Column<T> extends Iterable<T> {
  readonly length: number;
  /**
   * The values as elements of a typed array over the same memory: value i is `data[start + i * step]`. Only where
   * the host can read them so: byte order, and alignment of memory, offset and stride.
   */
  readonly typed?: { readonly data: ElementArray; readonly start: number; readonly step: number };
  /** The value of that index. LAY_BOUNDS outside 0 … length - 1. */
  get(index: number): T;
  /** Stores a value. LAY_BOUNDS, and what the layout's `write` throws. */
  set(index: number, value: T): void;
}

/** The column of `layout` values in `memory`; `within` is the value's place in its record. */
export function columnOf<T>(
  layout: Layout<T>,
  memory: Memory,
  options: ColumnOptions = {},
  within = 0,
): Column<T> {
  checkOptions(options, ['offset', 'stride', 'count'], 'column');
  const { offset = 0, stride = layout.size } = options;
  if (!Number.isSafeInteger(stride) || stride < within + layout.size) {
    throw errors.LAY_BOUNDS({ message: `a stride of ${stride} bytes is less than the value needs` });
  }
  const room = Math.max(0, Math.floor((memory.byteLength - offset) / stride));
  const count = options.count ?? room;
  if (!Number.isSafeInteger(count) || count < 0 || count > room) {
    throw errors.LAY_BOUNDS({
      message: `${count} values at a stride of ${stride} do not fit into ${memory.byteLength} bytes from ${offset} on`,
      offset,
      length: count * stride,
    });
  }
  const view = viewAt(memory, offset, count * stride);
  const access: Access<T> = layout.access(view);
  const typed = typedColumn(layout, view, stride, within);
  const at = (index: number): number => {
    if (Number.isInteger(index) && index >= 0 && index < count) return index * stride + within;
    throw errors.LAY_BOUNDS({ message: `no value ${index} among ${count}`, found: String(index) });
  };
  return {
    length: count,
    ...(typed === undefined ? {} : { typed }),
    get: (index) => access.get(at(index)),
    set: (index, value) => access.set(at(index), value),
    *[Symbol.iterator]() {
      for (let index = 0; index < count; index++) yield access.get(index * stride + within);
    },
  };
}

function typedColumn(
  layout: Layout,
  view: DataView,
  stride: number,
  within: number,
): Column<unknown>['typed'] {
  const { elements, size } = layout;
  if (elements === undefined || stride % size !== 0) return undefined;
  const lead = within % size;
  if ((view.byteOffset + lead) % size !== 0) return undefined;
  const length = Math.max(0, Math.floor((view.byteLength - lead) / size));
  const data = new elements(view.buffer, view.byteOffset + lead, length);
  return { data, start: (within - lead) / size, step: stride / size };
}
