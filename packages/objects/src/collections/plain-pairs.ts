import { wrongType } from '../values/codec.js';

/** The keys and values that plain data give a map: a `Map`, or an array of pairs. @throws TypeError */
export function plainPairs(
  value: unknown,
  name: string,
  path: string,
): Iterable<readonly [unknown, unknown]> {
  if (value instanceof Map) return value;
  const isPairs = Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2);
  if (!isPairs) throw wrongType(path, `a ${name}, a Map or an array of pairs`, value);
  return value as [unknown, unknown][];
}
