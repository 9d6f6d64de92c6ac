import { bad } from './check-kind.js';
import { isCountedStruct } from './counted-kinds.js';
import type { EdgeEnds, Kind, Structs } from './kinds.js';

/** Which edges of a node: those that lead from it, or those that lead to it. */
export type Direction = 'out' | 'in';

/** The fields that edges have before their own. */
export function endFields({ from, to }: EdgeEnds): [string, Kind][] {
  return [
    ['from', { kind: 'ref', to: from }],
    ['to', { kind: 'ref', to }],
  ];
}

/** The lists of edges that a struct's objects have as nodes, without those of its bases: by edge in the schema's order, out before in. */
export function ownSlots(structs: Structs, name: string): [edge: string, direction: Direction][] {
  const slots = (end: 'from' | 'to', direction: Direction) =>
    Object.entries(structs)
      .filter(([, { edge }]) => edge?.[end] === name)
      .map(([edge]): [string, Direction] => [edge, direction]);
  return [...slots('from', 'out'), ...slots('to', 'in')];
}

/** @throws OBJ_SCHEMA when an edge leads nowhere, has or is a base that cannot be, or a field has a name that nodes or edges need. */
export function checkGraph(structs: Structs, name: string): void {
  const { edge, counted, extends: base, fields } = structs[name]!;
  if (counted && edge) throw bad('an edge is kept by its ends, and cannot be counted', name);
  if (counted && base !== undefined && !isCountedStruct(structs, base))
    throw bad(`"${name}" is counted, so its base "${base}" has to be`, name);
  if (base !== undefined && structs[base]?.edge)
    throw bad(`"${base}" is an edge, and cannot be a base`, name);
  const taken = new Set(ownSlots(structs, name).length > 0 ? ['out', 'in'] : []);
  if (edge) {
    for (const end of [edge.from, edge.to]) {
      if (!Object.hasOwn(structs, end))
        throw bad(`"${name}" leads to or from "${end}", which there is not`, name);
    }
    taken.add('from').add('to');
  }
  if (taken.size === 0) return;
  const checkFields = (struct: string, of: Readonly<Record<string, unknown>>) => {
    for (const field of Object.keys(of)) {
      if (taken.has(field))
        throw bad(`"${field}" is what nodes or edges have for themselves`, `${struct}.${field}`);
    }
  };
  checkFields(name, fields);
  for (let at = base; at !== undefined; at = structs[at]?.extends) checkFields(at, structs[at]?.fields ?? {});
  for (const [other, { fields: theirs }] of Object.entries(structs)) {
    if (descends(structs, other, name)) checkFields(other, theirs);
  }
}

function descends(structs: Structs, name: string, base: string): boolean {
  const seen = new Set<string>();
  for (let at = structs[name]?.extends; at !== undefined && !seen.has(at); at = structs[at]?.extends) {
    if (at === base) return true;
    seen.add(at);
  }
  return false;
}
