import type { Realm } from '../realm/realm.js';
import { isReference, propertiesOf } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { allFields } from '../schema/schema.js';

/** Values that lie elsewhere and are no objects. */
const values = new Set<Kind['kind']>(['text', 'bytes', 'interned']);

/** The tags of structs whose objects lead to no others: when their own bytes are the same, there is nothing to look for. */
export function leafTags(realm: Realm): ReadonlySet<number> {
  const { structs } = realm.schema;
  const names = Object.keys(structs).filter((name) => {
    return structs[name]!.edge === undefined && !allFields(structs, name).some(([, kind]) => leadsOn(kind));
  });
  return new Set(names.map((name) => realm.tagOf(name)));
}

/** Whether a value of a kind lies elsewhere, and is no mere value; or may lead to such. */
export function leadsOn(kind: Kind): boolean {
  if ('to' in kind || (isReference(kind) && !values.has(kind.kind))) return true;
  return propertiesOf(kind).some(([, role, inner]) => {
    if (role === 'struct' || role === 'names') return false;
    return (Array.isArray(inner) ? inner : [inner]).some((each: Kind) => leadsOn(each));
  });
}
