import {
  bool8,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  type Layout,
  optional,
  type Struct,
  struct,
  text,
  uint8,
  uint16,
  uint32,
  uint64,
} from '@terrane/layout';
import {
  Vector as ArrowVector,
  Bool,
  DataType,
  Dictionary,
  type Float,
  Float64,
  type Int,
  Int32,
  makeVector,
  Table,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { widestText } from './create-vector.js';
import { errors } from './errors.js';
import { createRecords } from './map-records.js';
import { RecordTable } from './record-table.js';
import type { Vector } from './vector.js';

/** A column as Apache Arrow has it. */
type AnyArrowVector = ArrowVector<DataType>;

/**
 * A vector as an Arrow vector. Numbers that lie in the file as Arrow has them in memory are not copied: the Arrow vector
 * shows the file, and cannot be used once the vector is closed. Others are copied; missing values become nulls.
 *
 * @throws VEC_TYPE for elements Arrow has no type for that is mapped here: records, bytes, complex numbers …
 */
export function toArrow<T>(source: Vector<T>): AnyArrowVector;
/** A record table as an Arrow table. Its columns are copied, since Arrow wants each in one piece. */
export function toArrow<R extends object>(source: RecordTable<R>): Table;
export function toArrow(source: Vector<unknown> | RecordTable<object>): AnyArrowVector | Table {
  if (!(source instanceof RecordTable)) return vectorToArrow(source, viewOrCopy);
  const columns = source.names.map((name) => [
    name,
    vectorToArrow(source.column(name as never) as Vector<unknown>, copy),
  ]);
  return new Table(Object.fromEntries(columns) as Record<string, AnyArrowVector>);
}

/** Arrow wants buffers below 2 GiB; longer vectors become several chunks. */
const chunkLength = 2 ** 26;

function vectorToArrow(source: Vector<unknown>, part: typeof copy): AnyArrowVector {
  const { kind, array } = source.store;
  if ((kind === 'number' || kind === 'bigint') && array !== undefined) {
    const chunks: AnyArrowVector[] = [];
    for (let start = 0; start === 0 || start < source.length; start += chunkLength) {
      const count = Math.min(chunkLength, source.length - start);
      chunks.push(makeVector(part(source, start, count)) as unknown as AnyArrowVector);
    }
    return new ArrowVector(chunks.flatMap((chunk) => chunk.data)) as AnyArrowVector;
  }
  const values = Array.from(source.take());
  const type = arrowTypeOf(kind, values);
  return vectorFromArray(values, type) as unknown as AnyArrowVector;
}

function viewOrCopy(source: Vector<unknown>, start: number, count: number): Float64Array {
  if (source.viewable(start, count)) return source.view(start, count) as Float64Array;
  return copy(source, start, count);
}

function copy(source: Vector<unknown>, start: number, count: number): Float64Array {
  return source.take({ start, stop: start + count }) as unknown as Float64Array;
}

function arrowTypeOf(kind: string, values: readonly unknown[]): DataType {
  const sample = values.find((value) => value !== null);
  if (kind === 'string' || kind === 'name') {
    const few = new Set(values).size <= Math.min(1024, values.length / 2);
    return few ? new Dictionary(new Utf8(), new Int32()) : new Utf8();
  }
  if (kind === 'boolean') return new Bool();
  if (kind === 'number') return new Float64();
  throw errors.VEC_TYPE({
    message: `no Arrow type for elements of the kind "${kind}"`,
    feature: kind,
    found: typeof sample,
  });
}

/**
 * Writes an Arrow table as records to a new file, or over an old one, and maps it for reading and writing. Columns with
 * nulls become optional values with a validity bit, text is as wide as its widest.
 *
 * @throws VEC_TYPE for columns of other types than integers, floats, booleans, text and dictionaries of text.
 */
export function recordsFromArrow(table: Table, path: string): RecordTable<Record<string, unknown>> {
  const fields: Record<string, Layout> = {};
  const columns: Record<string, ArrayLike<unknown>> = {};
  for (const { name } of table.schema.fields) {
    const column = table.getChild(name) as AnyArrowVector;
    const values = Array.from(column as Iterable<unknown>);
    const layout = layoutOfColumn(name, column.type, values);
    fields[name] = column.nullCount > 0 ? optional(layout, { validity: 'bit' }) : layout;
    columns[name] = values;
  }
  return createRecords(path, columns, struct(fields) as unknown as Struct<Record<string, unknown>>);
}

const integers: Readonly<Record<string, () => Layout>> = {
  8: () => int8(),
  16: () => int16(),
  32: () => int32(),
  64: () => int64(),
  u8: () => uint8(),
  u16: () => uint16(),
  u32: () => uint32(),
  u64: () => uint64(),
};

function layoutOfColumn(name: string, type: DataType, values: readonly unknown[]): Layout {
  if (DataType.isInt(type)) {
    const { isSigned, bitWidth } = type as Int;
    return integers[`${isSigned ? '' : 'u'}${bitWidth}`]!();
  }
  if (DataType.isFloat(type)) return (type as Float).precision === 2 ? float64() : float32();
  if (DataType.isBool(type)) return bool8();
  const isText = DataType.isDictionary(type) ? DataType.isUtf8(type.dictionary) : DataType.isUtf8(type);
  if (isText || DataType.isLargeUtf8(type)) {
    return text(Math.max(1, widestText(values.filter((value) => value !== null) as string[])));
  }
  throw errors.VEC_TYPE({
    message: `column ${JSON.stringify(name)}: no layout for the Arrow type ${String(type)}`,
  });
}
