import { isTerraneError } from '@terrane/errors';
import { PersistentBuffer } from '../collections/buffer.js';
import { isPickable, pickKey } from '../collections/pick.js';
import { LiveObject } from '../live/live-object.js';
import { fieldNames, PersistentObject } from '../live/record.js';
import { isOneObject } from './one-object.js';
import type { PathStep } from './path-pattern.js';

/** What stands for a value that is not there. */
export const absent = Symbol('absent');

/** One level of an object: `[key, value]` of each field, entry, value or element. */
export type Part = readonly [key: unknown, value: unknown];

/** Collections are told apart by what they can do, so that a kind needs nothing more to be watched. */
interface Keyed {
  has(key: unknown): boolean;
  get(key: unknown): unknown;
}

interface Indexed {
  readonly length: number;
  at(index: number): unknown;
}

const can = (value: object, ...names: string[]) =>
  names.every((name) => typeof Reflect.get(value, name) === 'function');

/** Whether the parts of an object have a place in a row rather than a name. */
export function isIndexed(object: unknown): object is Indexed {
  return object instanceof LiveObject && can(object, 'at') && 'length' in object;
}

/** The parts of an object; one that was freed is {@link absent}. */
export function* partsOf(object: LiveObject): Generator<Part, void> {
  if (object instanceof PersistentObject) {
    for (const name of fieldNames(object)) yield [name, unlessFreed(() => Reflect.get(object, name))];
  } else if (isIndexed(object)) {
    for (let index = 0; index < object.length; index++) yield [index, unlessFreed(() => object.at(index))];
  } else if (isPickable(object)) {
    for (const [key, value] of object[pickKey](() => true)) yield [key, unlessFreed(value)];
  }
}

/** The part that a step names, or nothing. */
export function partAt(object: unknown, step: PathStep): Part | undefined {
  if (!(object instanceof LiveObject)) return undefined;
  if (object instanceof PersistentObject) {
    const known = typeof step === 'string' && fieldNames(object).includes(step);
    return known ? [step, unlessFreed(() => Reflect.get(object, step))] : undefined;
  }
  if (isIndexed(object)) {
    const index = typeof step === 'string' && /^\d+$/.test(step) ? Number(step) : step;
    if (!Number.isInteger(index) || (index as number) >= object.length) return undefined;
    return [index, unlessFreed(() => object.at(index as number))];
  }
  if (!can(object, 'has')) return undefined;
  const keyed = object as unknown as Keyed;
  for (const key of readings(step)) {
    try {
      if (keyed.has(key)) return [key, can(object, 'get') ? unlessFreed(() => keyed.get(key)) : key];
    } catch (error) {
      // A key of a kind that this collection does not have, or an object that is gone.
      const isNone = error instanceof TypeError || error instanceof RangeError;
      if (!isNone && !isTerraneError(error, 'OBJ_FREED')) throw error;
    }
  }
  return undefined;
}

/** What the text of a step may stand for. */
function readings(step: PathStep): readonly unknown[] {
  if (typeof step !== 'string') return [step];
  const number = Number(step);
  const isNumber = String(number) === step;
  const isBigint = /^-?(0|[1-9]\d*)$/.test(step);
  return [
    step,
    ...(isNumber ? [number] : []),
    ...(isBigint ? [BigInt(step)] : []),
    ...(step === 'true' || step === 'false' ? [step === 'true'] : []),
  ];
}

/** What `read` returns, or {@link absent} when it leads to something that was freed. */
export function unlessFreed(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (isTerraneError(error, 'OBJ_FREED')) return absent;
    throw error;
  }
}

/** Whether values of two states are the same: objects by identity, numbers in buffers by what they are. */
export function isSameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Date) return b instanceof Date && Object.is(a.getTime(), b.getTime());
  if (a instanceof Uint8Array) return b instanceof Uint8Array && sameItems(a, b);
  if (!isOneObject(a, b)) return false;
  if (!(a instanceof PersistentBuffer && b instanceof PersistentBuffer)) return true;
  return sameItems(a.copy(), b.copy());
}

function sameItems(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!Object.is(a[index], b[index])) return false;
  return true;
}
