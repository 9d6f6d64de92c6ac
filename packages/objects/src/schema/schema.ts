import { checkIndex } from './check-index.js';
import { bad, checkKind } from './check-kind.js';
import { checkGraph, endFields } from './graph-rules.js';
import { hasDefault } from './kind-rules.js';
import type { Fields, Kind, StructKind, Structs } from './kinds.js';

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

/** All fields of a struct, those of its bases first, without looking at whether they exist twice. */
export function allFields(structs: Structs, name: string): [string, Kind][] {
  const { extends: base } = structs[name]!;
  return [...(base === undefined ? [] : allFields(structs, base)), ...ownFields(structs, name)];
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
export function checkSchema({ structs, names = {} }: Schema): void {
  for (const [name, kind] of Object.entries(names)) {
    checkName(name, name);
    if (Object.hasOwn(structs, name)) throw bad(`the name "${name}" is taken`, name);
    checkKind(structs, kind, name);
  }
  for (const [name, struct] of Object.entries(structs)) checkStruct(structs, name, struct);
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
  const inherited: Fields =
    struct.extends === undefined ? {} : Object.fromEntries(allFields(structs, struct.extends));
  for (const [field, kind] of Object.entries(struct.fields)) {
    const path = `${name}.${field}`;
    checkName(field, path);
    if (Object.hasOwn(inherited, field)) throw bad(`field "${field}" is there already in a base`, path);
    checkKind(structs, kind, path);
  }
  checkGraph(structs, name);
  for (const [index, rule] of Object.entries(struct.indexes ?? {})) {
    checkName(index, `${name}.${index}`);
    checkIndex(allFields(structs, name), rule, `${name}.${index}`);
  }
}

function checkName(name: string, path: string): void {
  // Names of digits would not stay in their place: objects sort them to the front.
  if (name === '' || name.length > 255 || reservedNames.has(name) || /^\d+$/.test(name)) {
    throw bad(`${JSON.stringify(name)} cannot be used as a name`, path);
  }
}
