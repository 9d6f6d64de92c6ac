import { checkOptions, nearest } from '@terrane/errors';
import type { Padding } from './bytes.js';
import { type Column, type ColumnOptions, columnOf } from './column.js';
import { errors } from './errors.js';
import { defineLayout, type Infer, inside, type Layout, type Memory, reach, show } from './layout.js';
import { type PlacedField, type PlacementOptions, placeFields } from './place-fields.js';
import { makeRowClass, Rows, type RowsOptions } from './rows.js';

/** The fields of a struct as they are declared: names and layouts, in order. */
export type Fields = Readonly<Record<string, Layout>>;

/** A record of these fields; padding is no part of it. */
export type RecordOf<F extends Fields> = {
  -readonly [Name in keyof F as F[Name] extends Layout<Padding>
    ? Infer<F[Name]> extends Padding
      ? never
      : Name
    : Name]: Infer<F[Name]>;
};

/** A struct: a layout whose values are records, with views on many of them in a row. */
export interface Struct<R extends object> extends Layout<R> {
  /** Fields in the order of their declaration, padding left out; offsets in bytes. */
  readonly fields: readonly PlacedField[];
  /** The layout and the offset of one field. LAY_FIELD when there is none of that name. */
  field(name: keyof R & string): PlacedField;
  /** Records one after the other in memory, live. LAY_BOUNDS when `count` of them do not fit. */
  rows(memory: Memory, options?: RowsOptions): Rows<R>;
  /** One field of all records. LAY_FIELD, LAY_BOUNDS. */
  column<Name extends keyof R & string>(name: Name, memory: Memory, options?: ColumnOptions): Column<R[Name]>;
}

/**
 * Declares a struct. Fields are packed unless `align: "c"` or offsets say otherwise; a `pad` field takes room only.
 *
 * @throws LAY_DEFINITION when the fields cannot be laid out like that.
 */
export function struct<const F extends Fields>(
  fields: F,
  options: PlacementOptions = {},
): Struct<RecordOf<F>> {
  checkOptions(options, ['align', 'offsets', 'size', 'overlapping'], 'struct');
  const { align = 'packed' } = options;
  if (align !== 'packed' && align !== 'c') {
    throw new TypeError(`struct: align is "packed" or "c", not ${show(align)}`);
  }
  const entries = Object.entries(fields);
  const placement = placeFields(entries, options);
  return structOf<RecordOf<F>>(placement.fields, placement.size, placement.alignment, options.overlapping);
}

/** The struct of fields that have their places already. */
export function structOf<R extends object>(
  placed: readonly PlacedField[],
  size: number,
  alignment: number,
  overlapping = false,
): Struct<R> {
  const fields = Object.freeze(placed.filter(({ layout }) => layout.description.type !== 'pad'));
  const names = fields.map(({ name }) => name);
  if (fields.length === 0) throw errors.LAY_DEFINITION({ message: 'struct: it has no fields' });

  const field = (name: string): PlacedField => {
    const found = fields.find((candidate) => candidate.name === name);
    if (found !== undefined) return found;
    const near = typeof name === 'string' ? nearest(name, names) : undefined;
    throw errors.LAY_FIELD({
      message: `no field ${show(name)}`,
      expected: names.join(', '),
      found: String(name),
      ...(near === undefined ? {} : { hint: `did you mean ${show(near)}?` }),
    });
  };

  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw errors.LAY_TYPE({ message: `a record is wanted, not ${show(value)}` });
    }
    for (const name of Object.keys(value)) if (!names.includes(name)) field(name);
    for (const { name, layout } of fields) {
      if (!(name in value)) {
        throw errors.LAY_FIELD({ message: `field ${show(name)} is missing`, path: name });
      }
      try {
        layout.check((value as Record<string, unknown>)[name]);
      } catch (error) {
        throw inside(name, error);
      }
    }
  };

  const base = defineLayout<R>({
    description: {
      type: 'struct',
      size,
      alignment,
      fields: placed.map(({ name, offset, layout }) => ({ name, offset, layout: layout.description })),
      ...(overlapping ? { overlapping } : {}),
    },
    size,
    alignment,
    access: (view) => {
      const bound = fields.map(({ name, offset, layout }) => ({ name, offset, ...layout.access(view) }));
      return {
        get: (at) => {
          const record: Record<string, unknown> = {};
          for (const { name, offset, get } of bound) {
            try {
              record[name] = get(at + offset);
            } catch (error) {
              throw inside(name, error);
            }
          }
          return record as R;
        },
        set: (at, value) => {
          check(value);
          reach(view, at, size);
          for (const { name, offset, set } of bound) set(at + offset, value[name as keyof R]);
        },
      };
    },
    live: (view) => {
      const Row = makeRowClass<R>(fields, view);
      return (at) => new Row(at);
    },
    check,
  });

  return Object.freeze({
    ...base,
    fields,
    field,
    rows: (memory: Memory, rowsOptions?: RowsOptions) => new Rows<R>(base, fields, memory, rowsOptions),
    column: <Name extends keyof R & string>(
      name: Name,
      memory: Memory,
      columnOptions: ColumnOptions = {},
    ) => {
      const { offset, layout } = field(name);
      return columnOf(layout as Layout<R[Name]>, memory, { stride: size, ...columnOptions }, offset);
    },
  });
}
