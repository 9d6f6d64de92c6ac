import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOptions } from '@terrane/errors';
import { type Layout, layoutFromDescription, type Struct, struct } from '@terrane/layout';
import { type FileSource, reopen } from '@terrane/mmap';
import { emptyFile, layoutOf } from './create-vector.js';
import type { TableDescription } from './describe.js';
import { errors } from './errors.js';
import { closingOnError, mapElements, type VectorOptions, vectorOptions } from './map-vector.js';
import { reachesEnd } from './reaches-end.js';
import { RecordTable } from './record-table.js';

/** Options of {@link mapRecords}: those of a vector, without a shape. */
export type RecordOptions = Omit<VectorOptions, 'shape' | 'order' | 'names'>;

/** Maps a file as records of a struct, for reading unless `mode` says otherwise. */
export function mapRecords<R extends object>(
  source: FileSource,
  layout: Struct<R>,
  options: RecordOptions = {},
): RecordTable<R> {
  checkOptions(
    options,
    vectorOptions.filter((name) => !['shape', 'order', 'names'].includes(name)),
    'mapRecords',
  );
  if (layout?.description?.type !== 'struct') throw new TypeError('mapRecords takes a struct');
  const mapping = mapElements(source, options, layout.size);
  const count = options.length ?? Math.floor(mapping.length / layout.size);
  return closingOnError(mapping, () => {
    const growable = reachesEnd(source, mapping) && mapping.length === count * layout.size;
    return new RecordTable({ mapping, struct: layout, count, growable });
  });
}

/** Makes the table that a description tells of. VEC_DESCRIPTION for anything else. */
export function reopenRecords(description: TableDescription): RecordTable<Record<string, unknown>> {
  if (description?.terrane !== 'records' || description.struct?.type !== 'struct') {
    throw errors.VEC_DESCRIPTION({ message: 'not the description of a record table' });
  }
  const layout = layoutFromDescription(description.struct) as Struct<Record<string, unknown>>;
  const mapping = reopen(description.mapping);
  const { count } = description;
  return closingOnError(mapping, () => {
    const whole = mapping.length === count * layout.size;
    const growable = whole && mapping.target !== undefined && reachesEnd(mapping.target, mapping);
    return new RecordTable({ mapping, struct: layout, count, growable });
  });
}

/** Columns that make up a table: arrays of one length, by name. */
export type ColumnArrays<R extends object> = { readonly [Name in keyof R]: ArrayLike<R[Name]> };

/**
 * Writes columns as records to a new file, or over an old one, and maps it for reading and writing. Without a struct,
 * fields are packed in the order of the columns, each with the layout its values have of themselves.
 *
 * @throws VEC_SHAPE when columns differ in length, VEC_VALUES when a column has no one type, and what the fields'
 *   `check` throws; the file is not touched then.
 */
export function createRecords<R extends object>(
  path: string,
  columns: ColumnArrays<R>,
  layout?: Struct<R>,
): RecordTable<R> {
  const type = layout ?? structOfColumns(columns);
  return write(path, columns, type, lengthOf(columns, type));
}

/** As {@link createRecords}, in a file of its own that is removed when the table is closed. */
export function temporaryRecords<R extends object>(
  columns: ColumnArrays<R>,
  layout?: Struct<R>,
): RecordTable<R> {
  const type = layout ?? structOfColumns(columns);
  const length = lengthOf(columns, type);
  const folder = mkdtempSync(join(tmpdir(), 'terrane-records-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    return write(join(folder, 'records'), columns, type, length, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

function structOfColumns<R extends object>(columns: ColumnArrays<R>): Struct<R> {
  const entries = Object.entries<ArrayLike<unknown>>(columns);
  const fields: Record<string, Layout> = {};
  for (const [name, values] of entries) fields[name] = layoutOf(values);
  return struct(fields) as unknown as Struct<R>;
}

/** The number of records, once every column has it and every value fits. */
function lengthOf<R extends object>(columns: ColumnArrays<R>, layout: Struct<R>): number {
  const entries = Object.entries<ArrayLike<unknown>>(columns);
  for (const [name] of entries) layout.field(name as keyof R & string);
  let length: number | undefined;
  for (const { name, layout: field } of layout.fields) {
    const values = columns[name as keyof R] as ArrayLike<unknown> | undefined;
    if (values === undefined) throw errors.VEC_VALUES({ message: `no column ${JSON.stringify(name)}` });
    length ??= values.length;
    if (values.length !== length) {
      throw errors.VEC_SHAPE({
        message: `column ${JSON.stringify(name)} has ${values.length} values, not ${length}`,
      });
    }
    for (let i = 0; i < values.length; i++) field.check(values[i]);
  }
  return length ?? 0;
}

function write<R extends object>(
  path: string,
  columns: ColumnArrays<R>,
  layout: Struct<R>,
  length: number,
  afterClose?: () => void,
): RecordTable<R> {
  emptyFile(path);
  const mapping = mapElements(path, { mode: 'read-write', create: true, length }, layout.size);
  return closingOnError(mapping, () => {
    const parts = {
      mapping,
      struct: layout,
      count: length,
      growable: true,
      ...(afterClose === undefined ? {} : { afterClose }),
    };
    const table = new RecordTable<R>(parts);
    for (const name of table.names) {
      const { store } = table.column(name);
      const values = columns[name];
      for (let i = 0; i < length; i++) store.set!(i, values[i]!);
    }
    // A copy reaches its file when it is told to; what was created is in the file.
    if (!mapping.native) mapping.flush();
    return table;
  });
}
