import type { IndexRule } from './index-rule.js';
import { hasDefault } from './kind-rules.js';
import type { Fields, Kind, StructKind } from './kinds.js';
import { kindKey, showKind } from './plain-kind.js';
import { allFields, type Schema } from './schema.js';

/** One difference between the schema of a file and a declared one. */
export interface SchemaDifference {
  /** `Person` or `Person.age`. */
  readonly path: string;
  readonly change:
    | 'struct added'
    | 'index added'
    | 'index unknown'
    | 'index'
    | 'struct unknown'
    | 'base'
    | 'edge'
    | 'counted'
    | 'field added'
    | 'field unknown'
    | 'kind';
  /** What the file has, in words; nothing for what is added. */
  readonly stored?: string;
  /** What is declared, in words; nothing for what the declaration does not know. */
  readonly declared?: string;
  /**
   * `usable`: the file serves as it is. `additive`: the store can be brought up to date by itself.
   * `breaking`: it takes a decision.
   */
  readonly effect: 'usable' | 'additive' | 'breaking';
}

/**
 * Compares the schema of a file with the declared one, field by field.
 *
 * What only the file has is `usable`: the code does not see it. New structs, counting, new indexes, new fields with a value to begin with, and
 * more names at the end of an enumeration, or kinds at the end of a union, are `additive`. All else is `breaking`.
 */
export function compareSchemas(stored: Schema, declared: Schema): SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  for (const name of Object.keys(stored.structs)) {
    if (Object.hasOwn(declared.structs, name)) continue;
    differences.push({ path: name, change: 'struct unknown', stored: 'struct', effect: 'usable' });
  }
  for (const [name, { extends: base }] of Object.entries(declared.structs)) {
    const before = stored.structs[name];
    if (!before || !Object.hasOwn(stored.structs, name)) {
      differences.push({ path: name, change: 'struct added', declared: 'struct', effect: 'additive' });
      continue;
    }
    if (before.extends !== base) {
      const [was, is] = [before.extends ?? 'none', base ?? 'none'];
      differences.push({ path: name, change: 'base', stored: was, declared: is, effect: 'breaking' });
      continue;
    }
    if (showEnds(before) !== showEnds(declared.structs[name]!)) {
      const [was, is] = [showEnds(before), showEnds(declared.structs[name]!)];
      differences.push({ path: name, change: 'edge', stored: was, declared: is, effect: 'breaking' });
    }
    if (declared.structs[name]!.counted && !before.counted) {
      const [was, is] = ['not counted', 'counted'];
      differences.push({ path: name, change: 'counted', stored: was, declared: is, effect: 'additive' });
    }
    compareIndexes(name, before, declared.structs[name]!, differences);
    compareFields(name, stored, declared, differences);
  }
  return differences;
}

function compareIndexes(
  struct: string,
  before: StructKind,
  after: StructKind,
  differences: SchemaDifference[],
): void {
  const stored = new Map(Object.entries(before.indexes ?? {}));
  const declared = new Map(Object.entries(after.indexes ?? {}));
  for (const [name, rule] of stored) {
    if (declared.has(name)) continue;
    const path = `${struct}.${name}`;
    differences.push({ path, change: 'index unknown', stored: showIndex(rule), effect: 'usable' });
  }
  for (const [name, rule] of declared) {
    const path = `${struct}.${name}`;
    const is = showIndex(rule);
    const was = stored.get(name) && showIndex(stored.get(name)!);
    if (was === is) continue;
    if (was === undefined)
      differences.push({ path, change: 'index added', declared: is, effect: 'additive' });
    else differences.push({ path, change: 'index', stored: was, declared: is, effect: 'breaking' });
  }
}

function showIndex({ on, unique }: IndexRule): string {
  return `${unique ? 'a unique index' : 'an index'} on ${on.join(', ')}`;
}

/** Fields may move between a struct and its base, and a base's be declared again: what counts is what objects of the struct have. */
function compareFields(
  struct: string,
  { structs: stored }: Schema,
  { structs: declared }: Schema,
  differences: SchemaDifference[],
): void {
  const before = new Map(allFields(stored, struct));
  const after = new Map(allFields(declared, struct));
  const [had, has] = [stored, declared].map((structs) => Object.entries(structs[struct]!.fields));
  const own = new Set(has!.map(([field]) => field));
  for (const [field, kind] of had!) {
    if (after.has(field)) continue;
    const path = `${struct}.${field}`;
    differences.push({ path, change: 'field unknown', stored: showKind(kind), effect: 'usable' });
  }
  // What was its own, and is its base's by now.
  const moved = had!.filter(([field]) => after.has(field) && !own.has(field));
  for (const [field, kind] of [...has!, ...moved.map(([field]) => [field, after.get(field)!] as const)]) {
    const path = `${struct}.${field}`;
    const was = before.get(field);
    if (was === undefined) {
      const effect = hasDefault(kind) ? 'additive' : 'breaking';
      differences.push({ path, change: 'field added', declared: showKind(kind), effect });
    } else if (kindKey(was) !== kindKey(kind)) {
      const effect = hasGrown(was, kind) ? 'additive' : 'breaking';
      differences.push({ path, change: 'kind', stored: showKind(was), declared: showKind(kind), effect });
    }
  }
}

function showEnds({ edge }: StructKind): string {
  return edge ? `an edge from ${edge.from} to ${edge.to}` : 'no edge';
}

/** Whether all values of before are values now, with the same tag. */
function hasGrown(before: Kind, after: Kind): boolean {
  if (before.kind === 'enum' && after.kind === 'enum')
    return before.values.every((value, index) => after.values[index] === value);
  if (before.kind === 'union' && after.kind === 'union')
    return before.of.every((member, index) => {
      const now = after.of[index];
      return now !== undefined && kindKey(now) === kindKey(member);
    });
  return false;
}

/**
 * The schema of a file with what the declared one adds to it: stored fields keep their order and come first, so the
 * result serves both declarations. A field is where the declaration has it, in a struct or in its base.
 *
 * @param keepsIndexes - Whether indexes stay that are not declared any more.
 */
export function mergeSchemas(stored: Schema, declared: Schema, keepsIndexes = true): Schema {
  const structs = { ...stored.structs };
  for (const [name, struct] of Object.entries(declared.structs)) {
    const before = Object.hasOwn(structs, name) ? structs[name] : undefined;
    structs[name] = before
      ? {
          ...before,
          ...struct,
          fields: { ...ownOf(before.fields, declared, name), ...struct.fields },
          indexes: keepsIndexes ? { ...before.indexes, ...struct.indexes } : { ...struct.indexes },
        }
      : struct;
  }
  for (const [name, { extends: base, fields }] of Object.entries(structs)) {
    const inherited = new Map(base === undefined ? [] : allFields(structs, base));
    const isNew = ([field, kind]: [string, Kind]) => {
      return !inherited.has(field) || kindKey(inherited.get(field)!) !== kindKey(kind);
    };
    structs[name] = { ...structs[name]!, fields: Object.fromEntries(Object.entries(fields).filter(isNew)) };
  }
  return { ...stored, structs };
}

/** Stored fields of a struct without those that it has from its base by now. */
function ownOf(stored: Fields, { structs }: Schema, name: string): Fields {
  const has = new Map(allFields(structs, name));
  const { fields } = structs[name]!;
  return Object.fromEntries(
    Object.entries(stored).filter(([field]) => Object.hasOwn(fields, field) || !has.has(field)),
  );
}

/** One line for each difference. */
export function showDifferences(differences: readonly SchemaDifference[]): string {
  return differences
    .map(({ path, change, stored = 'nothing', declared = 'nothing', effect }) => {
      return `${path}: ${change} (${effect}): the file has ${stored}, declared is ${declared}`;
    })
    .join('\n');
}
