import { renameSync, rmSync } from 'node:fs';
import { checkOptions } from '@terrane/errors';
import { type Layout, type Struct, struct } from '@terrane/layout';
import { emptyFile } from './create-vector.js';
import { columnFinders, parserOf } from './csv-columns.js';
import { type CsvReading, csvReading, readCsv } from './csv-rows.js';
import { errors } from './errors.js';
import { mapRecords } from './map-records.js';
import type { RecordTable } from './record-table.js';

/** Options of {@link recordsFromCsv}. */
export interface CsvOptions extends CsvReading {
  /**
   * Layouts of the columns, by name; columns that are not named are left out. Without them a first pass over the file
   * finds them: int32, float64 or booleans where all values are, text as wide as the widest otherwise.
   */
  readonly columns?: Readonly<Record<string, Layout>>;
  /** Texts that stand for missing values: `["", "NA"]` by default. */
  readonly missing?: readonly string[];
}

/** Any record: what is in the columns is known when the file has been read. */
export type CsvRecord = Record<string, unknown>;

/** Rows that are written at once. */
const batchRows = 1024;

/**
 * Reads a CSV file and writes it as records to a file, which is mapped for reading and writing. Both are read and
 * written in pieces, whatever their size. `path` appears when all is well, and stays as it was when not.
 *
 * @throws VEC_CSV, with the line, for malformed CSV and for values that do not fit their column.
 */
export async function recordsFromCsv(
  csv: string,
  path: string,
  options: CsvOptions = {},
): Promise<RecordTable<CsvRecord>> {
  checkOptions(
    options,
    ['columns', 'missing', 'delimiter', 'quote', 'comment', 'header', 'signal', 'onProgress'],
    'recordsFromCsv',
  );
  const { columns, missing = ['', 'NA'], ...given } = options;
  const reading = csvReading(given);
  const layout = columns === undefined ? await findColumns(csv, reading, missing) : declared(columns);
  const partial = `${path}.partial`;
  try {
    emptyFile(partial);
    using table = mapRecords(partial, layout, { mode: 'read-write' });
    await copyRows(csv, reading, table, missing);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  renameSync(partial, path);
  return mapRecords(path, layout, { mode: 'read-write' });
}

function declared(columns: Readonly<Record<string, Layout>>): Struct<CsvRecord> {
  return struct(columns) as unknown as Struct<CsvRecord>;
}

async function findColumns(
  csv: string,
  reading: CsvReading,
  missing: readonly string[],
): Promise<Struct<CsvRecord>> {
  let finders: ReturnType<typeof columnFinders> | undefined;
  const { onProgress: _onlyOnce, ...quietly } = reading;
  for await (const { names, values } of readCsv(csv, quietly)) {
    finders ??= columnFinders(names, missing);
    for (const [i, value] of values.entries()) finders[i]!.see(value);
  }
  if (finders === undefined)
    throw errors.VEC_CSV({ message: 'the file has no rows, so that nothing tells its columns', target: csv });
  return declared(Object.fromEntries(finders.map((finder) => [finder.name, finder.layout()])));
}

async function copyRows(
  csv: string,
  reading: CsvReading,
  table: RecordTable<CsvRecord>,
  missing: readonly string[],
): Promise<void> {
  const parsers = table.names.map((name) => ({
    name,
    parse: parserOf(table.struct.field(name).layout.description, missing),
  }));
  let places: number[] | undefined;
  let batch: CsvRecord[] = [];
  for await (const { names, values, line } of readCsv(csv, reading)) {
    places ??= parsers.map(({ name }) => placeOf(name, names, csv));
    const record: CsvRecord = {};
    for (const [k, { name, parse }] of parsers.entries()) {
      const text = values[places[k]!]!;
      try {
        record[name] = parse(text);
        table.struct.field(name).layout.check(record[name]);
      } catch (cause) {
        const message = `line ${line}: ${JSON.stringify(text)} does not fit the column ${JSON.stringify(name)}`;
        throw errors.VEC_CSV({ message, target: csv, path: name, found: text, cause });
      }
    }
    batch.push(record);
    if (batch.length < batchRows) continue;
    table.append(...batch);
    batch = [];
  }
  table.append(...batch);
}

function placeOf(name: string, names: readonly string[], csv: string): number {
  const place = names.indexOf(name);
  if (place >= 0) return place;
  throw errors.VEC_CSV({
    message: `no column ${JSON.stringify(name)}`,
    target: csv,
    expected: names.join(', '),
  });
}
