import { nearest } from '@terrane/errors';
import { fieldNames, PersistentObject } from '../live/record.js';

/** The bindings of a row by name, as the rules see them. */
export type Bag = Record<string, unknown>;

/** A value that a rule takes from earlier bindings. */
export interface Operand {
  /** As it is shown in plans and messages. */
  readonly text: string;
  /** The bindings that it reads. */
  readonly reads: readonly string[];
  /** Binding and fields, when it is a path. */
  readonly path?: readonly string[];
  readonly get: (row: Bag) => unknown;
}

/** What a user gives for an operand: a path, or a function of the row. */
export type OperandInput<Row = never> = string | ((row: Row) => unknown);

/**
 * An operand for a path or a function. A function reads all names, a path its first.
 *
 * @throws TypeError when the path begins with something that is not among the names.
 */
export function operandOf(what: string, input: OperandInput, names: readonly string[]): Operand {
  if (typeof input === 'function') {
    return { text: showFunction(input), reads: names, get: input as (row: Bag) => unknown };
  }
  if (typeof input !== 'string') throw new TypeError(`${what}: expected a path or a function of the row`);
  const path = input.split('.');
  knownName(what, path[0]!, names);
  return { text: input, reads: [path[0]!], path, get: reader(path) };
}

/** An operand for a fixed value. */
export function valueOperand(value: unknown): Operand {
  return { text: showValue(value), reads: [], get: () => value };
}

/** The name itself. @throws TypeError naming the nearest one when nothing is bound to it. */
export function knownName(what: string, name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  const near = nearest(name, names);
  const hint = near ? `; did you mean "${near}"?` : '';
  throw new TypeError(`${what}: there is no binding "${name}"${hint} (bound: ${names.join(', ') || 'none'})`);
}

/** The field of a value, or of a row; nothing where there is no value. @throws TypeError for a field that a struct does not have. */
export function readField(value: unknown, field: string): unknown {
  if (value === null || value === undefined) return undefined;
  const found = (value as Bag)[field];
  // A struct has all of its fields, so what is undefined is misspelt. Plain data may leave some out.
  if (found === undefined && value instanceof PersistentObject && !(field in value)) {
    const near = nearest(field, fieldNames(value));
    throw new TypeError(`${value} has no field "${field}"${near ? `; did you mean "${near}"?` : ''}`);
  }
  return found;
}

/** A value as it is shown in plans. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  return typeof value === 'bigint' ? `${value}n` : String(value);
}

/** Reads a path of a row. The common lengths have code of their own. */
function reader(path: readonly string[]): (row: Bag) => unknown {
  const [name, ...fields] = path as [string, ...string[]];
  const [first, second, ...more] = fields.map(fieldReader);
  if (!first) return (row) => row[name];
  if (!second) return (row) => first(row[name]);
  return (row) => more.reduce((value, read) => read(value), second(first(row[name])));
}

/**
 * Reads a field of values. What they are differs from query to query, so that the engine cannot keep where the field is; for the
 * structs of a store this does.
 */
function fieldReader(field: string): (value: unknown) => unknown {
  let last: unknown;
  let get: (() => unknown) | undefined;
  return (value) => {
    if (value === null || value === undefined) return undefined;
    const sort: unknown = Object.getPrototypeOf(value);
    if (sort !== last) {
      last = sort;
      get = value instanceof PersistentObject ? Object.getOwnPropertyDescriptor(sort, field)?.get : undefined;
    }
    return get === undefined ? readField(value, field) : get.call(value);
  };
}

/** A function as it is shown in plans. */
export function showFunction(input: (...given: never) => unknown): string {
  const text = String(input).replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
