import { hashBytes } from '../values/hash.js';
import { Identities, type Shape, shapeOf } from './equals.js';
import type { LiveObject } from './live-object.js';

/** How many references a hash follows: a bound, so that circles end, and equal objects have the same hash all the same. */
const depth = 4;

/**
 * A 32-bit hash of an object's content. Objects that are `equals` have the same one, in every process and on every machine,
 * whatever order their maps and sets are in. It looks four references deep.
 */
export function hashOf(object: LiveObject): number {
  const identities = new Identities();
  const known = new Map<string, number>();
  const of = (value: unknown, left: number): number => {
    const shape = shapeOf(value);
    if (shape.is === 'scalar') return hashScalar(shape.value);
    if (left === 0) return 0;
    const key = `${left} ${identities.of(value as object)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = combine(shape, (inner) => of(inner, left - 1));
    known.set(key, made);
    return made;
  };
  return of(object, depth);
}

function combine(shape: Exclude<Shape, { is: 'scalar' }>, next: (value: unknown) => number): number {
  if (shape.is === 'fields') {
    const fields = [...shape.fields].map(([name, value]) => hashNumbers([hashText(name), next(value)]));
    return hashNumbers([1, unordered(fields)]);
  }
  if (shape.is === 'list') return hashNumbers([2, hashNumbers(shape.items.map(next))]);
  if (shape.is === 'set') return hashNumbers([3, unordered(shape.items.map(next))]);
  const pairs = shape.items as readonly (readonly [unknown, unknown])[];
  return hashNumbers([4, unordered(pairs.map(([key, value]) => hashNumbers([next(key), next(value)])))]);
}

/** The same for the same hashes in any order. */
function unordered(hashes: readonly number[]): number {
  return hashes.reduce((sum, hash) => (sum + hash) >>> 0, hashes.length);
}

function hashScalar(value: unknown): number {
  if (value instanceof Uint8Array) return hashNumbers([5, hashBytes(value)]);
  if (value instanceof Date) return hashText(`date ${value.getTime()}`);
  return hashText(`${typeof value} ${String(value === 0 ? 0 : value)}`);
}

function hashText(text: string): number {
  return hashBytes(new TextEncoder().encode(text));
}

function hashNumbers(numbers: readonly number[]): number {
  const bytes = new DataView(new ArrayBuffer(4 * numbers.length));
  for (const [index, number] of numbers.entries()) bytes.setUint32(4 * index, number, true);
  return hashBytes(new Uint8Array(bytes.buffer));
}
