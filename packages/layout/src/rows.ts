import { checkOptions } from '@terrane/errors';
import { errors } from './errors.js';
import { type Layout, type Memory, viewAt } from './layout.js';
import type { PlacedField } from './place-fields.js';

/** Which part of the memory holds records. */
export interface RowsOptions {
  /** First byte of the first record; 0 by default. */
  readonly offset?: number;
  /** How many records; by default all that fit, and bytes left over at the end are ignored. */
  readonly count?: number;
}

/** Where a row is: the byte its record begins at. A symbol, so that no field name can meet it. */
const position: unique symbol = Symbol('terrane.row');

/** A class of live rows over one piece of memory. */
export interface RowClass<R extends object> {
  new (at: number): R & { [position]: number };
}

/**
 * A class whose getters and setters read and write the fields at the row's position. The accessors are closures
 * made by the field's own type, so an engine compiles them into code as fast as a plain property.
 */
export function makeRowClass<R extends object>(fields: readonly PlacedField[], view: DataView): RowClass<R> {
  class Row {
    [position]: number;
    constructor(at: number) {
      this[position] = at;
    }
  }
  for (const { name, offset, layout } of fields) {
    const { get, set } = layout.access(view);
    const read = layout.live?.(view) ?? get;
    Object.defineProperty(Row.prototype, name, {
      enumerable: true,
      get(this: Row) {
        return read(this[position] + offset);
      },
      set(this: Row, value: unknown) {
        set(this[position] + offset, value);
      },
    });
  }
  return Row as unknown as RowClass<R>;
}

/**
 * Records one after the other. `at(i)` is live: its properties read and write the memory itself, nested structs are
 * live too, and arrays inside are frozen copies (assign a whole one). `get(i)` is a plain object, a copy.
 */
export class Rows<R extends object> implements Iterable<R> {
  /** Number of records. */
  readonly length: number;
  readonly #layout: Layout<R>;
  readonly #access: { get(at: number): R; set(at: number, value: R): void };
  readonly #Row: RowClass<R>;

  constructor(layout: Layout<R>, fields: readonly PlacedField[], memory: Memory, options: RowsOptions = {}) {
    checkOptions(options, ['offset', 'count'], 'rows');
    const { offset = 0 } = options;
    const room = Math.max(0, Math.floor((memory.byteLength - offset) / layout.size));
    const count = options.count ?? room;
    if (!Number.isSafeInteger(count) || count < 0 || count > room) {
      throw errors.LAY_BOUNDS({
        message: `${count} records of ${layout.size} bytes do not fit into ${memory.byteLength} bytes from ${offset} on`,
        offset,
        length: count * layout.size,
      });
    }
    const view = viewAt(memory, offset, count * layout.size);
    this.length = count;
    this.#layout = layout;
    this.#access = layout.access(view);
    this.#Row = makeRowClass<R>(fields, view);
  }

  /** The live record of that index. LAY_BOUNDS outside 0 … length - 1. */
  at(index: number): R {
    return new this.#Row(this.#position(index));
  }

  /** Moves a row that `at` gave to another record: a scan with one object instead of many. */
  move(row: R, index: number): void {
    (row as { [position]?: number })[position] = this.#position(index);
  }

  /** The record of that index as a plain object. LAY_BOUNDS outside 0 … length - 1. */
  get(index: number): R {
    return this.#access.get(this.#position(index));
  }

  /** Stores a whole record; one that does not fit is refused before a byte is written. */
  set(index: number, value: R): void {
    this.#access.set(this.#position(index), value);
  }

  /** Live records in order. */
  *[Symbol.iterator](): Iterator<R> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }

  #position(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw errors.LAY_BOUNDS({ message: `no record ${index} among ${this.length}`, found: String(index) });
    }
    return index * this.#layout.size;
  }
}
