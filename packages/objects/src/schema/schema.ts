import { checkIndex } from './check-index.js';
import { bad, checkKind } from './check-kind.js';
import { checkGraph, endFields } from './graph-rules.js';
import { hasDefault } from './kind-rules.js';
import type { Kind, StructKind, Structs } from './kinds.js';

/** A schema that holds together: structs by name, one of them `Root`. */
export interface Schema<S extends Structs = Structs> {
  readonly structs: S;
  /** Kinds that were given a name of their own. Only `Storage` does that. */
  readonly names?: Readonly<Record<string, Kind>>;
  /** What live objects can do, by struct and name. It is the program's: no file has any of it. */
  readonly methods?: Methods;
}

/** Methods by struct and name. */
export type Methods = Readonly<Record<string, Readonly<Record<string, (...given: never[]) => unknown>>>>;

/** Names that live objects have for themselves. */
export const reservedNames: ReadonlySet<string> = new Set([
  'constructor',
  'isSameAs',
  'toJSON',
  'toString',
  '__proto__',
]);

/**
 * Declares a schema: structs by name, one of them `Root`, whose one object is where everything begins.
 *
 * @throws OBJ_SCHEMA when a name is missing or taken, a kind does not exist, or a base leads in a circle.
 */
export function defineSchema<const S extends Structs>(structs: S): Schema<S> {
  const schema = Object.freeze({ structs: Object.freeze({ ...structs }) });
  checkSchema(schema);
  return schema;
}

/** The fields that a struct adds to those of its base; an edge's ends are the first. */
export function ownFields(structs: Structs, name: string): [string, Kind][] {
  const { edge, fields } = structs[name]!;
  return [...(edge ? endFields(edge) : []), ...Object.entries(fields)];
}

/** All fields of a struct, those of its bases first; one that is declared again is in its old place. */
export function allFields(structs: Structs, name: string): [string, Kind][] {
  const { extends: base } = structs[name]!;
  if (base === undefined) return ownFields(structs, name);
  return [...new Map([...allFields(structs, base), ...ownFields(structs, name)])];
}

/** Whether a kind is a reference of the same sort to a struct that is derived from the one that the other refers to. */
export function isNarrower(structs: Structs, kind: Kind, than: Kind): boolean {
  if (kind.kind === 'optional' && than.kind === 'optional') return isNarrower(structs, kind.of, than.of);
  const isSameSort = kind.kind === than.kind && (kind.kind === 'ref' || kind.kind === 'weak');
  if (!isSameSort) return false;
  const { to } = than as typeof kind;
  return kind.to !== to && isDerived(structs, kind.to, to);
}

/** The methods of a struct's objects, those of its bases among them. */
export function methodsOf({ structs, methods = {} }: Schema, name: string): Methods[string] {
  const { extends: base } = structs[name]!;
  return { ...(base !== undefined && methodsOf({ structs, methods }, base)), ...methods[name] };
}

/** Whether objects of `name` can stand where those of `base` are expected. */
export function isDerived(structs: Structs, name: string, base: string): boolean {
  for (let at: string | undefined = name; at !== undefined; at = structs[at]?.extends) {
    if (at === base) return true;
  }
  return false;
}

/** @throws OBJ_SCHEMA */
export function checkSchema(schema: Schema): void {
  const { structs, names = {} } = schema ?? {};
  if (typeof structs !== 'object' || structs === null)
    throw bad('this is no schema: defineSchema() makes one', 'schema');
  for (const [name, kind] of Object.entries(names)) {
    checkName(name, name);
    if (Object.hasOwn(structs, name)) throw bad(`the name "${name}" is taken`, name);
    checkKind(structs, kind, name);
  }
  for (const [name, struct] of Object.entries(structs)) checkStruct(structs, name, struct);
  for (const name of Object.keys(structs)) checkAgain(structs, name);
  if (!Object.hasOwn(structs, 'Root')) throw bad('the schema has no struct called "Root"', 'Root');
  for (const [field, kind] of allFields(structs, 'Root')) {
    if (!hasDefault(kind)) {
      throw bad(`the root begins with nothing given, so "${field}" has to be optional`, `Root.${field}`);
    }
  }
}

function checkStruct(structs: Structs, name: string, struct: StructKind): void {
  checkName(name, name);
  if (struct?.kind !== 'struct' || typeof struct.fields !== 'object')
    throw bad(`"${name}" is no struct`, name);
  const seen = new Set([name]);
  for (let base = struct.extends; base !== undefined; base = structs[base]?.extends) {
    if (!Object.hasOwn(structs, base)) throw bad(`"${name}" extends "${base}", which there is not`, name);
    if (seen.has(base)) throw bad(`"${name}" extends itself`, name);
    seen.add(base);
  }
  for (const [field, kind] of Object.entries(struct.fields)) {
    const path = `${name}.${field}`;
    checkName(field, path);
    checkKind(structs, kind, path);
  }
  checkGraph(structs, name);
  for (const [index, rule] of Object.entries(struct.indexes ?? {})) {
    checkName(index, `${name}.${index}`);
    checkIndex(allFields(structs, name), rule, `${name}.${index}`);
  }
}

/** Of what a base has already, only references can be declared again, to something more particular. */
function checkAgain(structs: Structs, name: string): void {
  const { extends: base, fields } = structs[name]!;
  const inherited = new Map(base === undefined ? [] : allFields(structs, base));
  for (const [field, kind] of Object.entries(fields)) {
    const before = inherited.get(field);
    if (before !== undefined && !isNarrower(structs, kind, before))
      throw bad(
        `field "${field}" is there already in a base, and not a reference to a base of this one`,
        `${name}.${field}`,
      );
  }
}

function checkName(name: string, path: string): void {
  // Names of digits would not stay in their place: objects sort them to the front.
  if (name === '' || name.length > 255 || reservedNames.has(name) || /^\d+$/.test(name)) {
    throw bad(`${JSON.stringify(name)} cannot be used as a name`, path);
  }
}
