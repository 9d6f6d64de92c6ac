import { isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';
import type { Fields, Kind, StructKind, Structs } from './kinds.js';
import { plainKind } from './plain-kind.js';
import { checkSchema, type Schema } from './schema.js';

/*
 * A schema in the file is UTF-8 JSON without spaces:
 *
 *     {"version":1,"structs":[["Root",null,[["name",{"kind":"text"}], …]], …]}
 *
 * structs and fields as arrays, since their order counts: tags and offsets follow from it. What a struct is besides comes as
 * a fourth element, an object: {"edge":["Person","City"]}, {"counted":true} or
 * {"indexes":[["byAge",["age"],false]]}. Where kinds have names of their own,
 * "names":[["Buffer",{"kind":"buffer"}], …] follows.
 */
interface Stored {
  readonly version: 1;
  readonly structs: readonly (readonly [
    name: string,
    base: string | null,
    fields: readonly (readonly [string, Kind])[],
    more?: StoredMore,
  ])[];
  readonly names?: readonly (readonly [string, Kind])[];
}

interface StoredMore {
  readonly edge?: readonly [from: string, to: string];
  readonly counted?: true;
  readonly indexes?: readonly (readonly [name: string, on: readonly string[], unique: boolean])[];
}

function moreOf({ edge, counted, indexes }: StructKind): [StoredMore] | [] {
  const rules = Object.entries(indexes ?? {}).map(([name, { on, unique }]) => [name, on, unique] as const);
  const more: StoredMore = {
    ...(edge && { edge: [edge.from, edge.to] as const }),
    ...(counted && { counted }),
    ...(rules.length > 0 && { indexes: rules }),
  };
  return Object.keys(more).length > 0 ? [more] : [];
}

/** The schema as it is stored. The same schema gives the same text. */
export function formatSchema({ structs, names }: Schema): string {
  const named = Object.entries(names ?? {}).map(([name, kind]) => [name, plainKind(kind)] as const);
  const stored: Stored = {
    version: 1,
    structs: Object.entries(structs).map(([name, struct]) => [
      name,
      struct.extends ?? null,
      Object.entries(struct.fields).map(([field, kind]) => [field, plainKind(kind)] as const),
      ...moreOf(struct),
    ]),
    ...(named.length > 0 && { names: named }),
  };
  return JSON.stringify(stored);
}

function parseIndexes(stored: NonNullable<StoredMore['indexes']>): NonNullable<StructKind['indexes']> {
  if (new Set(stored.map(([name]) => name)).size !== stored.length)
    throw new Error('an index is there twice');
  return Object.fromEntries(
    stored.map(([name, on, unique]) => [String(name), { on: on.map(String), unique: unique === true }]),
  );
}

/** Reads what {@link formatSchema} wrote, trusting nothing. @throws OBJ_DAMAGED, OBJ_TOO_NEW */
export function parseSchema(json: string): Schema {
  try {
    return readStored(JSON.parse(json));
  } catch (cause) {
    if (isTerraneError(cause)) throw cause;
    throw errors.OBJ_DAMAGED({ message: 'the stored schema is no JSON', structure: 'schema', cause });
  }
}

/** The same of what was parsed. @throws OBJ_DAMAGED, OBJ_TOO_NEW */
export function readStored(stored: unknown): Schema {
  try {
    const { version, structs, names } = stored as Stored;
    if (version !== 1) {
      throw errors.OBJ_TOO_NEW({
        message: `schema version ${version}`,
        expected: '1',
        found: String(version),
      });
    }
    const made: [string, Structs[string]][] = structs.map(([name, base, fields, more]) => {
      if (new Set(fields.map(([field]) => field)).size !== fields.length)
        throw new Error(`fields of ${name}`);
      const own: Fields = Object.fromEntries(fields.map(([field, kind]) => [String(field), plainKind(kind)]));
      const edge = more?.edge && { from: String(more.edge[0]), to: String(more.edge[1]) };
      return [
        String(name),
        {
          kind: 'struct',
          extends: base ?? undefined,
          fields: own,
          edge,
          ...(more?.counted && { counted: true }),
          ...(more?.indexes && { indexes: parseIndexes(more.indexes) }),
        },
      ];
    });
    if (new Set(made.map(([name]) => name)).size !== made.length) throw new Error('a name is there twice');
    const named = names && Object.fromEntries(names.map(([name, kind]) => [String(name), plainKind(kind)]));
    const schema = { structs: Object.fromEntries(made), ...(named && { names: named }) };
    checkSchema(schema);
    return schema;
  } catch (cause) {
    if ((cause as { code?: string }).code === 'OBJ_TOO_NEW') throw cause;
    throw errors.OBJ_DAMAGED({ message: 'the stored schema makes no sense', structure: 'schema', cause });
  }
}
