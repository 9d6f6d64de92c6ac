import { errors } from '../errors.js';
import type { Fields, Kind, StructKind, Structs } from './kinds.js';

/** A schema that holds together: structs by name, one of them `Root`. */
export interface Schema<S extends Structs = Structs> {
  readonly structs: S;
  /** Kinds that were given a name of their own. Only `Storage` does that. */
  readonly names?: Readonly<Record<string, Kind>>;
}

/** Names that live objects have for themselves. */
export const reservedNames: ReadonlySet<string> = new Set([
  'constructor',
  'isSameAs',
  'toJSON',
  'toString',
  '__proto__',
]);

const scalarNames = new Set(
  'int8 uint8 int16 uint16 int32 uint32 int53 int64 uint64 float32 float64 bool date text bytes'.split(' '),
);
const mostNesting = 16;

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

/** All fields of a struct, those of its bases first, without looking at whether they exist twice. */
export function allFields(structs: Structs, name: string): [string, Kind][] {
  const { extends: base, fields } = structs[name]!;
  return [...(base === undefined ? [] : allFields(structs, base)), ...Object.entries(fields)];
}

/** Whether objects of `name` can stand where those of `base` are expected. */
export function isDerived(structs: Structs, name: string, base: string): boolean {
  for (let at: string | undefined = name; at !== undefined; at = structs[at]?.extends) {
    if (at === base) return true;
  }
  return false;
}

/** Whether a kind has a value to begin with. */
export function hasDefault({ kind }: Kind): boolean {
  return kind !== 'ref' && kind !== 'buffer';
}

/** @throws OBJ_SCHEMA */
export function checkSchema({ structs, names = {} }: Schema): void {
  for (const [name, kind] of Object.entries(names)) {
    checkName(name, name);
    if (Object.hasOwn(structs, name)) throw bad(`the name "${name}" is taken`, name);
    checkKind(structs, kind, name, 0);
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
    checkKind(structs, kind, path, 0);
  }
}

function checkName(name: string, path: string): void {
  // Names of digits would not stay in their place: objects sort them to the front.
  if (name === '' || name.length > 255 || reservedNames.has(name) || /^\d+$/.test(name)) {
    throw bad(`${JSON.stringify(name)} cannot be used as a name`, path);
  }
}

function checkKind(structs: Structs, kind: Kind, path: string, depth: number): void {
  const is = kind?.kind;
  if (depth > mostNesting) throw bad(`kinds are nested more than ${mostNesting} deep`, path);
  if (scalarNames.has(is) || is === 'buffer') return;
  if (is === 'enum') {
    const { values } = kind;
    const count = Array.isArray(values) ? new Set(values).size : 0;
    if (count > 0 && count === values.length && count <= 65536 && values.every((v) => typeof v === 'string'))
      return;
    throw bad('an enumeration has 1 to 65,536 names, each once', path);
  }
  if (is === 'ref' || is === 'weak') {
    if (Object.hasOwn(structs, kind.to)) return;
    throw bad(`there is no struct "${String(kind.to)}"`, path);
  }
  if (is === 'optional') {
    checkKind(structs, kind.of, path, depth + 1);
    if (kind.of.kind !== 'optional' && kind.of.kind !== 'weak') return;
    throw bad(`${kind.of.kind} is empty or not by itself`, path);
  }
  if (is === 'list') {
    checkKind(structs, kind.of, path, depth + 1);
    return;
  }
  if (is === 'set' || is === 'map') {
    const key = is === 'set' ? kind.of : kind.key;
    checkKind(structs, key, path, depth + 1);
    if (!scalarNames.has(key.kind) && key.kind !== 'enum' && key.kind !== 'ref') {
      throw bad(`${key.kind} cannot be a key`, path);
    }
    if (is === 'map') checkKind(structs, kind.value, path, depth + 1);
    return;
  }
  throw bad(`there is no kind ${JSON.stringify(is) ?? String(is)}`, path);
}

function bad(message: string, path: string): Error {
  return errors.OBJ_SCHEMA({ message, path });
}
