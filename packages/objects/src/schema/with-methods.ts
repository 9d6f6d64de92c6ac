import { bad } from './check-kind.js';
import { ownSlots } from './graph-rules.js';
import type { Live } from './infer.js';
import type { Structs } from './kinds.js';
import { allFields, isDerived, type Methods, reservedNames, type Schema } from './schema.js';

/** Methods for the structs of a schema, by struct and name; in each, `this` is a live object of its struct. */
export type MethodsFor<S extends Structs, M> = {
  readonly [Name in keyof M]: Name extends keyof S ? ThisType<Live<WithMethods<S, M>, Name>> : never;
};

/** The structs of a schema, whose live objects have these methods besides. */
export type WithMethods<S extends Structs, M> = {
  readonly [Name in keyof S]: S[Name] & { readonly methods: Name extends keyof M ? M[Name] : unknown };
};

/**
 * Gives the live objects of structs methods, which those of derived structs have, too. `this` is the object. They belong to
 * the program: nothing of them is in the file, and nothing in the file can bring one along.
 *
 * @throws OBJ_SCHEMA when there is no such struct, or the name is that of a field or of what all objects have.
 */
export function withMethods<S extends Structs, M extends object>(
  schema: Schema<S>,
  methods: M & MethodsFor<S, M>,
): Schema<WithMethods<S, M>> {
  const { structs } = schema;
  const given = Object.entries(methods as unknown as Methods);
  for (const [struct, own] of given) {
    if (!Object.hasOwn(structs, struct)) throw bad(`there is no struct "${struct}" for methods`, struct);
    const family = Object.keys(structs).filter((name) => isDerived(structs, name, struct));
    for (const [method, body] of Object.entries<unknown>(own)) {
      const path = `${struct}.${method}`;
      if (typeof body !== 'function') throw bad(`the method "${method}" is no function`, path);
      const isTaken =
        reservedNames.has(method) ||
        family.some((name) => allFields(structs, name).some(([field]) => field === method)) ||
        (['in', 'out'].includes(method) && family.some((name) => ownSlots(structs, name).length > 0));
      if (isTaken) throw bad(`the name of the method "${method}" is taken`, path);
    }
  }
  const before = schema.methods ?? {};
  const merged = given.map(([struct, own]) => [struct, { ...before[struct], ...own }] as const);
  return Object.freeze({ ...schema, methods: { ...before, ...Object.fromEntries(merged) } }) as never;
}
