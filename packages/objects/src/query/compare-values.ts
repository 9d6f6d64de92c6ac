import { addressOf, LiveObject, segmentKey, serialKey } from '../live/live-object.js';

/** How a value is compared. */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * Whether two values are the same: numbers, texts and the like as keys of a `Map`, dates by their time, bytes by their content,
 * objects of a store by identity; `null` and `undefined`, too.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isMissing(a) || isMissing(b)) return isMissing(a) && isMissing(b);
  // NaN is the only value that is not equal to itself.
  if (typeof a !== 'object' || typeof b !== 'object') return Number.isNaN(a) && Number.isNaN(b);
  if (a instanceof LiveObject) return a.isSameAs(b);
  if (a instanceof Date) return b instanceof Date && isSame(a.getTime(), b.getTime());
  return a instanceof Uint8Array && b instanceof Uint8Array && compareBytes(a, b) === 0;
}

/**
 * The order of two values that are there: numbers by size with NaN last, texts by code points, dates by time, bytes as they
 * are, `false` before `true`.
 *
 * @throws TypeError for objects and for values of different types.
 */
export function compareOrder(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (a instanceof Date && b instanceof Date) return compareNumbers(a.getTime(), b.getTime());
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  throw new TypeError(`there is no order between ${nameType(a)} and ${nameType(b)}`);
}

/** The order for sorting: what is missing comes first. @throws TypeError as `compareOrder` does. */
export function compareForSort(a: unknown, b: unknown): number {
  const [noA, noB] = [isMissing(a), isMissing(b)];
  return noA || noB ? Number(noB) - Number(noA) : compareOrder(a, b);
}

/** Whether there is no value: `null` and `undefined`. */
export function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** A comparison for order; numbers, which are the most frequent, are compared at once. */
function ordered(
  ofNumbers: (a: number, b: number) => boolean,
  holds: (order: number) => boolean,
): (a: unknown, b: unknown) => boolean {
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return ofNumbers(a, b);
    if (isMissing(a) || isMissing(b) || Number.isNaN(a) || Number.isNaN(b)) return false;
    return holds(compareOrder(a, b));
  };
}

/** All comparisons. Those for order are false for what is missing and for NaN. */
export const comparisons: Readonly<Record<Comparison, (a: unknown, b: unknown) => boolean>> = {
  '=': isSame,
  '!=': (a, b) => !isSame(a, b),
  '<': ordered(
    (a, b) => a < b,
    (order) => order < 0,
  ),
  '<=': ordered(
    (a, b) => a <= b,
    (order) => order <= 0,
  ),
  '>': ordered(
    (a, b) => a > b,
    (order) => order > 0,
  ),
  '>=': ordered(
    (a, b) => a >= b,
    (order) => order >= 0,
  ),
};

/** The comparison that says the same with its sides exchanged. */
export const exchanged: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** What stands for an object as keys of a `Map`, one after the other: the same exactly when `isSame` says so. */
export function identityOf(value: object): readonly unknown[] {
  if (value instanceof LiveObject) return [value[segmentKey], addressOf(value), value[serialKey]];
  if (value instanceof Date) return [dateTag, value.getTime()];
  if (value instanceof Uint8Array) return [bytesTag, value.join()];
  return [value];
}

const dateTag = Symbol('date');
const bytesTag = Symbol('bytes');

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** UTF-16 has the code points from 0x10000 on before those from 0xE000 to 0xFFFF. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let index = 0;
  while (index < length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  if (index === length) return a.length - b.length;
  const [one, other] = [a.charCodeAt(index), b.charCodeAt(index)];
  const [isHigh, isOtherHigh] = [isSurrogate(one), isSurrogate(other)];
  return isHigh === isOtherHigh ? one - other : Number(isHigh) - Number(isOtherHigh) || 0;
}

const isSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xe000;

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return a[index]! - b[index]!;
  return a.length - b.length;
}

function nameType(value: unknown): string {
  return value === null ? 'null' : typeof value === 'object' ? value.constructor.name : typeof value;
}
