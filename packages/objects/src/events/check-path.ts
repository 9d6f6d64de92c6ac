import { nearest } from '@terrane/errors';
import { type LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import type { Realm } from '../realm/realm.js';
import { innerKinds } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { allFields, isDerived } from '../schema/schema.js';
import { checkLive } from '../values/reference-codec.js';
import type { PathStep } from './path-pattern.js';

/**
 * Refuses a path that can never lead to anything, because no struct there has such a field.
 *
 * @throws TypeError; OBJ_FOREIGN, OBJ_FREED when the object to begin from is none of this store.
 */
export function checkPath(realm: Realm, from: LiveObject | undefined, steps: readonly PathStep[]): void {
  const { structs } = realm.schema;
  let names = ['Root'];
  let kinds: readonly Kind[] = [];
  if (from) {
    const type = realm.typeOf(from[segmentKey].view.getUint32(from[positionKey], true));
    checkLive(realm, type ?? realm.struct('Root')!, from, 'watch');
    // What is in a collection is not known of it alone.
    if (!type || !Object.hasOwn(structs, type.name)) return;
    names = [type.name];
  }
  for (const step of steps) {
    if (step === '**') return;
    if (names.length > 0) {
      const all = Object.keys(structs).filter((other) =>
        names.some((name) => isDerived(structs, other, name)),
      );
      const fields = new Map(all.flatMap((name) => allFields(structs, name)));
      if (step === '*') kinds = [...fields.values()];
      else if (fields.has(String(step))) kinds = [fields.get(String(step))!];
      else {
        const near = nearest(String(step), [...fields.keys()]);
        throw new TypeError(
          `${names.join(', ')} has no field "${String(step)}"${near ? `; did you mean "${near}"?` : ''}`,
        );
      }
    } else {
      kinds = kinds.flatMap(innerKinds);
      // A set, or something that has nothing below it.
      if (kinds.length === 0) return;
    }
    kinds = kinds.flatMap((kind) => (kind.kind === 'optional' ? innerKinds(kind) : [kind]));
    names = kinds.flatMap((kind) => ('to' in kind ? [String(kind.to)] : []));
    // Where several things can be, what one of them lacks another may have.
    if (names.length > 0 && names.length < kinds.length) return;
  }
}
