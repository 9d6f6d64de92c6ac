import { createReadStream, statSync } from 'node:fs';
import { type CsvError, type Info, parse } from 'csv-parse';
import { errors } from './errors.js';
import type { ScanOptions } from './scan.js';

/** How a CSV file is written. `onProgress` counts bytes. */
export interface CsvReading extends ScanOptions {
  /** What separates values, taken literally: `","` by default. */
  readonly delimiter?: string;
  /** What encloses values that contain delimiters, line ends or quotes (doubled): `"` by default. */
  readonly quote?: string;
  /** What begins a comment; nothing does by default. */
  readonly comment?: string;
  /** Whether the first row has the columns' names (`true` by default); they are V1, V2 … otherwise. */
  readonly header?: boolean;
}

/** One row of values, with the columns' names and the line it ends on. */
export interface CsvRow {
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly line: number;
}

/** The options, without those that are undefined. */
export function csvReading(options: CsvReading): CsvReading {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * The rows of a CSV file, in pieces.
 *
 * @throws VEC_CSV, with the line, when it is malformed.
 */
export async function* readCsv(
  csv: string,
  { delimiter = ',', quote = '"', comment = '', header = true, signal, onProgress }: CsvReading,
): AsyncGenerator<CsvRow> {
  signal?.throwIfAborted();
  const total = statSync(csv).size;
  const file = createReadStream(csv);
  const parser = parse({ delimiter, quote, comment: comment === '' ? null : comment, bom: true, info: true });
  file.on('error', (error) => parser.destroy(error));
  file.pipe(parser);
  let names: readonly string[] | undefined;
  let told = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      signal?.throwIfAborted();
      if (names === undefined) {
        names = header ? distinctNames(record, csv) : record.map((_, i) => `V${i + 1}`);
        if (header) continue;
      }
      yield { names, values: record, line: info.lines };
      if (file.bytesRead > told) {
        told = file.bytesRead;
        onProgress?.(told, total);
      }
    }
  } catch (error) {
    const { code, message } = error as CsvError;
    if (!String(code).startsWith('CSV_')) throw error;
    throw errors.VEC_CSV({ message, target: csv, cause: error });
  } finally {
    file.destroy();
    parser.destroy();
  }
  onProgress?.(total, total);
}

function distinctNames(names: readonly string[], csv: string): readonly string[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined && !names.includes('')) return names;
  const what = twice === undefined ? 'a column without a name' : `two columns named ${JSON.stringify(twice)}`;
  throw errors.VEC_CSV({ message: `line 1: ${what}`, target: csv });
}
