import { bad } from './check-kind.js';
import type { IndexRule } from './index-rule.js';
import type { Kind } from './kinds.js';
import { isOrdered } from './order-rules.js';

const mostFields = 8;

/** @throws OBJ_SCHEMA unless an index is on fields that there are, and that have an order. */
export function checkIndex(fields: readonly [string, Kind][], { on, unique }: IndexRule, path: string): void {
  if (on.length === 0 || on.length > mostFields || new Set(on).size !== on.length)
    throw bad(`an index is on 1 to ${mostFields} fields, each once`, path);
  if (typeof unique !== 'boolean') throw bad('an index is unique or not', path);
  for (const name of on) {
    const kind = fields.find(([field]) => field === name)?.[1];
    if (!kind) throw bad(`there is no field "${name}" to make an index of`, path);
    if (!isOrdered(kind.kind === 'optional' ? kind.of : kind))
      throw bad(`"${name}" has no order to make an index of`, path);
  }
}
