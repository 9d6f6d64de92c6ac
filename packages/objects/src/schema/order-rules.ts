import { ruleOf } from './kind-rules.js';
import type { Kind, Structs } from './kinds.js';

/** Whether values of a kind have an order: what can be a key, but for references, which are nothing but themselves. */
export function isOrdered(kind: Kind): boolean {
  return ruleOf(kind)?.key === true && kind.kind !== 'ref';
}

/** A field on the way from an object to what it is ordered by. */
export interface PathStep {
  /** The struct that has the field, itself or from a base. */
  readonly struct: string;
  readonly field: string;
  readonly kind: Kind;
}

/** The fields on the way that a path leads, `boss.name`, from objects of a struct; nothing when there is no such way. */
export function stepsOf(structs: Structs, struct: string, path: string): PathStep[] | undefined {
  const names = path.split('.');
  const steps: PathStep[] = [];
  let at: string | undefined = struct;
  for (const [index, field] of names.entries()) {
    const kind: Kind | undefined = at === undefined ? undefined : fieldKind(structs, at, field);
    if (at === undefined || !kind) return undefined;
    steps.push({ struct: at, field, kind });
    const inner: Kind = kind.kind === 'optional' ? kind.of : kind;
    if (index === names.length - 1) return isOrdered(inner) ? steps : undefined;
    at = inner.kind === 'ref' ? inner.to : undefined;
  }
  return undefined;
}

/** Whether what a path leads to may be missing: it is optional, or something on the way is, or may have been freed. */
export function mayBeMissing(steps: readonly PathStep[]): boolean {
  return steps.length > 1 || steps[0]!.kind.kind === 'optional';
}

function fieldKind(structs: Structs, name: string, field: string): Kind | undefined {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = structs[at]?.extends) {
    seen.add(at);
    const fields: Readonly<Record<string, Kind>> = structs[at]?.fields ?? {};
    if (Object.hasOwn(fields, field)) return fields[field];
  }
  return undefined;
}
