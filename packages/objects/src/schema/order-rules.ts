import { ruleOf } from './kind-rules.js';
import type { Kind } from './kinds.js';

/** Whether values of a kind have an order: what can be a key, but for references, which are nothing but themselves. */
export function isOrdered(kind: Kind): boolean {
  return ruleOf(kind)?.key === true && kind.kind !== 'ref';
}
