import { addressOf, LiveObject, serialKey } from '../live/live-object.js';

/** Whether two live objects, maybe of two states of one store, are one object. */
export function isOneObject(a: unknown, b: unknown): boolean {
  if (!(a instanceof LiveObject && b instanceof LiveObject)) return false;
  return addressOf(a) === addressOf(b) && a[serialKey] === b[serialKey];
}
