import { hasDefault } from './kind-rules.js';
import type { Kind, Structs } from './kinds.js';

/** Whether a value can be made of nothing: the kind has one to begin with, or an object of its struct has. */
export function canBegin(structs: Structs, kind: Kind): boolean {
  if (hasDefault(kind)) return true;
  if (kind.kind !== 'ref') return false;
  const seen = new Set<string>();
  for (let at: string | undefined = kind.to; at !== undefined && !seen.has(at); at = structs[at]?.extends) {
    seen.add(at);
    const { fields, edge } = structs[at] ?? {};
    if (edge || !Object.values(fields ?? {}).every(hasDefault)) return false;
  }
  return true;
}
