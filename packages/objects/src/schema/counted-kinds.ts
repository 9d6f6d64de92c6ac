import { type PropertyRole, propertiesOf } from './kind-rules.js';
import type { Kind, Structs } from './kinds.js';
import { kindKey } from './plain-kind.js';

/** Bytes of a count, at the end of what is counted. */
export const countBytes = 8;

/** Whether references to a struct's objects are counted: it says so, or one of its bases does. */
export function isCountedStruct(structs: Structs, name: string): boolean {
  const { counted, extends: base } = structs[name]!;
  return counted === true || (base !== undefined && isCountedStruct(structs, base));
}

/**
 * The kinds of collections and buffers whose references are counted, as text: those in the fields of counted structs, which
 * go with them, and those that hold references to what is counted, which let go of it when they go.
 */
export function countedKinds(
  structs: Structs,
  names: Readonly<Record<string, Kind>> = {},
): ReadonlySet<string> {
  const counted = new Set<string>();
  const holds = (kind: Kind): boolean => {
    if (kind.kind === 'ref') return isCountedStruct(structs, kind.to);
    // All are looked at, since each may be a collection of its own.
    const isHolding = held(kind).map(holds).includes(true);
    if (isHolding && isCollection(kind)) counted.add(kindKey(kind));
    return isHolding;
  };
  const include = (kind: Kind) => {
    if (isCollection(kind)) counted.add(kindKey(kind));
    for (const inner of held(kind)) include(inner);
  };
  for (const name of Object.keys(structs)) {
    for (const kind of Object.values(structs[name]!.fields)) {
      holds(kind);
      if (isCountedStruct(structs, name)) include(kind);
    }
  }
  for (const kind of Object.values(names)) holds(kind);
  return counted;
}

const inRecords: ReadonlySet<string> = new Set(['optional', 'union', 'ref', 'weak']);

function isCollection(kind: Kind): boolean {
  return kind.kind === 'buffer' || (held(kind).length > 0 && !inRecords.has(kind.kind));
}

const holdingNone: ReadonlySet<PropertyRole> = new Set(['struct', 'names', 'path', 'flag', 'name']);

/** The kinds that a value of this kind holds values of, keys among them. */
function held(kind: Kind): Kind[] {
  return propertiesOf(kind)
    .filter(([, role]) => !holdingNone.has(role))
    .flatMap(([, , inner]) => inner as Kind | Kind[]);
}
