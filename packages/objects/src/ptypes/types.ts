import { errors } from '../errors.js';
import { type PickledGlobal, readPickle } from './pickle.js';

/** A type of a ptypes file. `of` and its like are names of other types. */
export type PtypesType =
  | { readonly kind: 'int' | 'uint' | 'float' | 'string' | 'buffer'; readonly name: string }
  | { readonly kind: 'list' | 'skip list' | 'node'; readonly name: string; readonly of: string }
  | { readonly kind: 'table'; readonly name: string; readonly key: string; readonly value: string | null }
  | {
      readonly kind: 'edge';
      readonly name: string;
      readonly from: string;
      readonly to: string;
      readonly of: string;
    }
  | {
      readonly kind: 'structure';
      readonly name: string;
      readonly bases: readonly string[];
      /** In the order in which they are stored: by name, those of bases among them. */
      readonly fields: readonly (readonly [string, string])[];
    };

/** The types that every file has, under the names of all releases. */
export const builtinTypes: readonly PtypesType[] = [
  { kind: 'int', name: 'Int' },
  { kind: 'uint', name: 'UInt' },
  { kind: 'float', name: 'Float' },
  { kind: 'string', name: 'String' },
  { kind: 'string', name: 'ByteString' },
];

/*
 * A stored type is the pickle of one of
 *
 *     ('_typedef', name, metaclass, proxy class, parameter, …)    a parameter: ('PersistentMeta', name of a type), or None
 *     ('StructureMeta', name, [base, …], members, [(field, name of its type), …])
 *                             a base: ('persistentBase', name of a structure) or ('volatileBase', class)
 *
 * The proxy class tells what it is. It is a name only; nothing is imported.
 */

/** Reads one stored type, given those before it. @throws OBJ_DAMAGED */
export function readType(pickle: Uint8Array, known: ReadonlyMap<string, PtypesType>): PtypesType {
  const stored = readPickle(pickle);
  if (!Array.isArray(stored) || typeof stored[1] !== 'string')
    throw damaged('a stored type that is no tuple');
  const [form, name] = stored;
  if (form === 'StructureMeta') return readStructure(name, stored, known);
  if (form !== '_typedef') throw damaged(`a stored type of the form ${String(form)}`);
  const proxy = String((stored[3] as PickledGlobal | null)?.name);
  const parameters = stored.slice(4).map((parameter) => {
    return Array.isArray(parameter) && parameter[0] === 'PersistentMeta' ? String(parameter[1]) : null;
  });
  const [first, second, third] = parameters;
  if (/buffer/i.test(proxy)) return { kind: 'buffer', name };
  if (first === undefined || first === null) throw damaged(`the type ${name} lacks its parameter`);
  if (/skip/i.test(proxy)) return { kind: 'skip list', name, of: first };
  if (/list/i.test(proxy)) return { kind: 'list', name, of: first };
  if (/node/i.test(proxy)) return { kind: 'node', name, of: first };
  if (/set|dict|hash/i.test(proxy)) return { kind: 'table', name, key: first, value: second ?? null };
  if (/edge/i.test(proxy) && second && third)
    return { kind: 'edge', name, from: first, to: second, of: third };
  throw damaged(`the type ${name} with the proxy class ${proxy}`);
}

function readStructure(name: string, stored: unknown[], known: ReadonlyMap<string, PtypesType>): PtypesType {
  const [, , bases, , own] = stored;
  if (!Array.isArray(bases) || !Array.isArray(own)) throw damaged(`the structure ${name} without fields`);
  const names = bases
    .filter((base) => Array.isArray(base) && base[0] === 'persistentBase')
    .map((base) => String((base as unknown[])[1]));
  const fields = new Map<string, string>();
  for (const base of names) {
    const type = known.get(base);
    if (type?.kind === 'structure') for (const [field, of] of type.fields) fields.set(field, of);
  }
  for (const field of own) {
    if (!Array.isArray(field) || field.length < 2) throw damaged(`a field of the structure ${name}`);
    fields.set(String(field[0]), String(field[1]));
  }
  const byName = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return { kind: 'structure', name, bases: names, fields: byName };
}

function damaged(message: string): Error {
  return errors.OBJ_DAMAGED({ message, structure: 'schema' });
}
