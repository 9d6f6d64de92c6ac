import { hasDefault } from './kind-rules.js';
import type { Kind, Structs } from './kinds.js';

const beginnings: Readonly<Record<string, () => unknown>> = {
  int64: () => 0n,
  uint64: () => 0n,
  bool: () => false,
  date: () => new Date(0),
  text: () => '',
  interned: () => '',
  bytes: () => new Uint8Array(0),
  optional: () => null,
};

/** What a field of a kind that has an order begins with. */
export function beginningOf(kind: Kind): unknown {
  return kind.kind === 'enum'
    ? kind.values[0]
    : (beginnings[kind.kind]?.() ?? (kind.kind === 'optional' ? null : 0));
}

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
