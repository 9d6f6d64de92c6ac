import type { Kind } from '../schema/kinds.js';

/**
 * The name under which what is sorted tells of each part of its key whether that is in the order of its values. An enumeration
 * is not: it is in the order in which its names were declared, and they are texts.
 */
export const naturalKey = Symbol('natural');

/** What tells that. */
export interface Natural {
  readonly [naturalKey]: readonly boolean[];
}

/** Whether a sorted collection has values of a kind in the order that they have elsewhere. */
export function isNatural(kind: Kind): boolean {
  return (kind.kind === 'optional' ? kind.of : kind).kind !== 'enum';
}
