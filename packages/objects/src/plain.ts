import { PersistentBuffer } from './buffer.js';
import { PersistentList } from './list.js';
import { addressOf, LiveObject, serialKey } from './live-object.js';
import { PersistentMap } from './map.js';
import { fieldNames, type PersistentObject } from './record.js';
import { PersistentSet } from './set.js';

/**
 * A live object as plain data, with all it refers to: structs as objects, lists and sets as arrays, maps as arrays of
 * pairs, buffers as typed arrays of their own; 64-bit integers stay `bigint`, dates `Date`.
 *
 * @throws TypeError when it refers to itself in a circle; `dump` of the store writes those, too.
 */
export function plain(value: unknown): unknown {
  return convert(value, new Set());
}

function convert(value: unknown, above: Set<string>): unknown {
  if (!(value instanceof LiveObject)) return value;
  const id = `${addressOf(value)}:${value[serialKey]}`;
  if (above.has(id)) throw new TypeError(`${String(value)} refers to itself in a circle`);
  above.add(id);
  const made = convertObject(value, (inner) => convert(inner, above));
  above.delete(id);
  return made;
}

function convertObject(value: LiveObject, next: (inner: unknown) => unknown): unknown {
  if (value instanceof PersistentBuffer) return value.copy();
  if (value instanceof PersistentList || value instanceof PersistentSet) return Array.from(value, next);
  if (value instanceof PersistentMap)
    return Array.from(value, ([key, element]) => [next(key), next(element)]);
  const fields = value as unknown as Record<string, unknown>;
  return Object.fromEntries(fieldNames(value as PersistentObject).map((name) => [name, next(fields[name])]));
}
