import { checkOptions } from '@terrane/errors';
import type { Layout, Struct } from '@terrane/layout';
import type { Advice, Bytes, Mapping } from '@terrane/mmap';
import { comparison } from './compare.js';
import { type Conditions, compileConditions, searchAll, searchBlocks } from './conditions.js';
import type { TableDescription } from './describe.js';
import type { ElementStore, WritableArray } from './element-store.js';
import { errors } from './errors.js';
import { MappedStore } from './mapped-store.js';
import { PositionList, type Positions } from './positions.js';
import type { ScanOptions } from './scan.js';
import { checkIndex, resolveSelection, type Selection } from './selection.js';
import { shapeOf } from './shape.js';
import { orderOf, searchSorted } from './sorting.js';
import { Vector } from './vector.js';

/** What a table is made from. */
export interface TableParts<R extends object> {
  readonly mapping: Mapping;
  readonly struct: Struct<R>;
  readonly count: number;
  /** Whether the file ends where the last record does, so that more can follow. */
  readonly growable: boolean;
  readonly afterClose?: () => void;
}

/** Some columns of some records, each in an array of its own. */
export type Columns<R extends object, Name extends keyof R = keyof R> = { [N in Name]: WritableArray<R[N]> };

/** A file never grows by less than this when records are appended. */
const leastGrowth = 65_536;

/** Records of one struct in a mapped file, one after the other. Positions count from 0. */
export class RecordTable<R extends object> implements Disposable {
  readonly mapping: Mapping;
  readonly struct: Struct<R>;
  readonly #parts: TableParts<R>;
  #count: number;
  #trim = false;
  #closed = false;
  #store: MappedStore<R>;
  #rows: readonly ReturnType<Struct<R>['rows']>[];
  #perSegment = 1;

  /** Made by {@link mapRecords} and {@link createRecords}. */
  constructor(parts: TableParts<R>) {
    this.mapping = parts.mapping;
    this.struct = parts.struct;
    this.#parts = parts;
    this.#count = parts.count;
    this.#store = this.#stored(parts.struct, 0);
    this.#rows = this.#bind();
  }

  /** Number of records. */
  get length(): number {
    this.mapping.check('length');
    return this.#count;
  }

  /** Names of the fields, in their order in the record. */
  get names(): readonly (keyof R & string)[] {
    return this.struct.fields.map(({ name }) => name as keyof R & string);
  }

  /** A live record: its properties read and write the file. It does not check the file; `mapping.check` does. */
  at(index: number): R {
    this.mapping.check('at');
    checkIndex(index, this.#count);
    const number = Math.floor(index / this.#perSegment);
    return this.#rows[number]!.at(index - number * this.#perSegment);
  }

  /** A record as a plain object, a copy. */
  get(index: number): R {
    this.mapping.check('get');
    checkIndex(index, this.#count);
    const record = this.#store.get(index);
    this.mapping.check('get');
    return record;
  }

  /** Stores a whole record; one that does not fit is refused before a byte is written. */
  set(index: number, record: R): void {
    checkIndex(index, this.#count);
    this.#writable();
    this.struct.check(record);
    this.#store.set(index, record);
    this.mapping.check('set');
  }

  /** One field of all records, as a vector over the same file. LAY_FIELD for an unknown one. */
  column<Name extends keyof R & string>(name: Name): Vector<R[Name]> {
    this.mapping.check('column');
    const { offset, layout } = this.struct.field(name);
    const store = this.#stored(layout as Layout<R[Name]>, offset);
    return new Vector<R[Name]>({
      mapping: this.mapping,
      store,
      shape: shapeOf([this.#count], this.#count),
      restore: () => store,
      borrowed: true,
      retype: () => {
        throw errors.VEC_TYPE({ message: 'a column of records has no other layout' });
      },
    });
  }

  /** Copies of some columns (all unless named) of the selected records. */
  take<Name extends keyof R & string = keyof R & string>(
    selection?: Selection,
    names?: readonly Name[],
  ): Columns<R, Name> {
    const chosen = names ?? (this.names as readonly Name[]);
    return Object.fromEntries(chosen.map((name) => [name, this.column(name).take(selection)])) as Columns<
      R,
      Name
    >;
  }

  /** Copies of the selected records as plain objects, with some fields (all unless named). */
  records<Name extends keyof R & string = keyof R & string>(
    selection?: Selection,
    names?: readonly Name[],
  ): Pick<R, Name>[] {
    this.mapping.verify();
    const { count, at } = resolveSelection(selection, this.#count);
    const chosen = names?.map((name) => [name, this.#column(name)] as const);
    const one = (index: number): R =>
      chosen === undefined
        ? this.#store.get(index)
        : (Object.fromEntries(chosen.map(([name, store]) => [name, store.get(index)])) as R);
    const result = Array.from({ length: count }, (_, k) => one(at(k)));
    this.mapping.check('records');
    return result;
  }

  /** The first records (6) as plain objects; a negative count leaves that many out at the end. */
  head(count = 6): R[] {
    return this.records<keyof R & string>({ stop: this.#part(count) }) as R[];
  }

  /** The last records (6) as plain objects; a negative count leaves that many out at the beginning. */
  tail(count = 6): R[] {
    return this.records<keyof R & string>({ start: this.#count - this.#part(count) }) as R[];
  }

  /** Stores one record for each selected position. All are checked before the first byte is written. */
  put(selection: Selection, records: ArrayLike<R>): void {
    const { count, at } = resolveSelection(selection, this.length);
    if (records.length !== count) {
      throw errors.VEC_SHAPE({ message: `${records.length} records for ${count} positions` });
    }
    this.#writable();
    for (let k = 0; k < count; k++) this.struct.check(records[k]);
    for (let k = 0; k < count; k++) this.#store.set(at(k), records[k]!);
    this.mapping.check('put');
  }

  /**
   * Positions of the records that satisfy all conditions, ascending:
   * `where({ price: { gt: 100 }, side: 'buy' })`.
   *
   * @throws LAY_FIELD for an unknown field, VEC_OPERAND for a comparison that its type does not have.
   */
  where(conditions: Conditions<R>): Positions {
    const search = this.#compile(conditions);
    this.mapping.verify();
    const positions = searchAll(this.#count, search);
    this.mapping.check('where');
    return positions;
  }

  /** As {@link where}, letting other code run meanwhile. */
  async whereAsync(conditions: Conditions<R>, options: ScanOptions = {}): Promise<Positions> {
    checkOptions(options, ['signal', 'onProgress'], 'whereAsync');
    const search = this.#compile(conditions);
    const list = new PositionList(this.#count);
    options.signal?.throwIfAborted();
    await this.mapping.withPin(async () => {
      for (const done of searchBlocks(this.#count, search, list)) {
        options.onProgress?.(done, this.#count);
        await new Promise<void>((resolve) => setImmediate(resolve));
        options.signal?.throwIfAborted();
        this.mapping.check('where');
      }
    });
    return list.result();
  }

  /** Positions of all records in the order of a column; equal ones as they are, missing values and NaN last. */
  order(name: keyof R & string, options: { readonly descending?: boolean } = {}): Positions {
    checkOptions(options, ['descending'], 'order');
    this.mapping.verify();
    return orderOf(this.#column(name), options.descending === true);
  }

  /** Puts the records of the file into the order of a column. Takes twice the table's size of memory meanwhile. */
  sort(name: keyof R & string, options: { readonly descending?: boolean } = {}): void {
    this.#writable();
    const order = this.order(name, options);
    const { size } = this.struct;
    const bytes = new Uint8Array(this.#count * size);
    this.mapping.read(0, bytes);
    const sorted = new Uint8Array(bytes.length);
    for (let k = 0; k < order.length; k++) {
      sorted.set(bytes.subarray(order[k]! * size, (order[k]! + 1) * size), k * size);
    }
    this.mapping.write(0, sorted);
  }

  /**
   * Where a value is, or would be, in a column that ascends: the first record not before it (`after`: behind it), by
   * binary search. The length when there is none.
   */
  search<Name extends keyof R & string>(
    name: Name,
    value: NonNullable<R[Name]>,
    options: { readonly after?: boolean } = {},
  ): number {
    checkOptions(options, ['after'], 'search');
    this.mapping.check('search');
    const store = this.#column(name);
    comparison(store.kind, '<', value);
    return searchSorted(store, value as number, options.after === true);
  }

  /**
   * Adds records at the end. The file grows by half its length at a time and is cut to its records at close; until
   * then it ends in records of zeros. All are checked before the first byte is written.
   *
   * @throws VEC_GROW when the file has more bytes behind the last record.
   */
  append(...records: readonly R[]): void {
    this.#writable();
    if (this.mapping.mode !== 'read-write') {
      throw errors.VEC_READ_ONLY({ message: 'a private copy of a file cannot grow' });
    }
    if (!this.#parts.growable) {
      throw errors.VEC_GROW({
        message: 'the file has more bytes behind the last record, which records would overwrite',
      });
    }
    for (const record of records) this.struct.check(record);
    const before = this.#count;
    this.#reserve(before + records.length);
    this.#count += records.length;
    for (const [k, record] of records.entries()) this.#store.set(before + k, record);
    this.mapping.check('append');
  }

  /** Writes stores to the disk and waits for it. */
  flush(): void {
    this.mapping.flush();
  }

  /** Writes stores to the disk, on another thread. */
  flushAsync(options?: { readonly signal?: AbortSignal }): Promise<void> {
    return this.mapping.flushAsync(undefined, undefined, options);
  }

  /** Tells the system how the file will be used; bytes of the mapping, all unless given. */
  advise(advice: Advice, offset?: Bytes, length?: Bytes): void {
    this.mapping.advise(advice, offset, length);
  }

  /** Plain data from which `reopenRecords` makes the table again. */
  describe(): TableDescription {
    return {
      terrane: 'records',
      mapping: this.mapping.describe(),
      struct: this.struct.description,
      count: this.#count,
    };
  }

  /** Ends the table: the file is cut to its records if it has grown, and unmapped. Closing twice is harmless. */
  close(): void {
    if (this.#closed) return;
    if (this.#trim && !this.mapping.closed && !this.mapping.torn)
      this.mapping.resize(this.#count * this.struct.size);
    this.#trim = false;
    this.mapping.close();
    this.#closed = true;
    this.#parts.afterClose?.();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One line: how many records, of which fields. */
  toString(): string {
    return this.mapping.closed ? 'Records (closed)' : `${this.#count} records of ${this.names.join(', ')}`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Live records in order. */
  *[Symbol.iterator](): Iterator<R> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  #part(count: number): number {
    if (!Number.isInteger(count)) throw errors.VEC_INDEX({ message: `a part of ${String(count)} records` });
    return Math.max(0, Math.min(this.length, count < 0 ? this.#count + count : count));
  }

  #stored<T>(layout: Layout<T>, within: number): MappedStore<T> {
    return new MappedStore(this.mapping, layout, { count: this.#count, stride: this.struct.size, within });
  }

  #column(name: string): ElementStore<unknown> {
    const { offset, layout } = this.struct.field(name as keyof R & string);
    return this.#stored(layout, offset);
  }

  #compile(conditions: Conditions<R>) {
    this.mapping.check('where');
    if (typeof conditions !== 'object' || conditions === null)
      throw new TypeError('conditions are an object');
    return compileConditions(conditions, (name) => this.#column(name));
  }

  #bind(): readonly ReturnType<Struct<R>['rows']>[] {
    const buffers = this.mapping.segments;
    this.#perSegment =
      buffers.length <= 1 ? Number.MAX_SAFE_INTEGER : buffers[0]!.byteLength / this.struct.size;
    return buffers.map((buffer) => this.struct.rows(buffer));
  }

  #reserve(count: number): void {
    const { size } = this.struct;
    const bytes = count * size;
    if (bytes > this.mapping.length) {
      const grown = Math.max(bytes, Math.ceil(this.mapping.length * 1.5), this.mapping.length + leastGrowth);
      this.mapping.resize(Math.floor(grown / size) * size);
      this.#trim = true;
    }
    const capacity = Math.floor(this.mapping.length / size);
    if (this.#store.length >= capacity) return;
    this.#store = new MappedStore(this.mapping, this.struct as Layout<R>, {
      count: capacity,
      stride: size,
      within: 0,
    });
    this.#rows = this.#bind();
  }

  #writable(): void {
    this.mapping.check('write');
    if (this.mapping.mode === 'read') {
      throw errors.VEC_READ_ONLY({
        message: 'the table was mapped for reading',
        hint: 'map it with mode: "read-write"',
      });
    }
  }
}
