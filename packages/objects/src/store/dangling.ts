import { errors } from '../errors.js';
import { leafTags } from '../events/leaf-tags.js';
import { partsOf } from '../events/parts.js';
import type { PathStep } from '../events/path-pattern.js';
import type { Edges } from '../graph/edges.js';
import { addressOf, LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import { PersistentObject, structOf } from '../live/record.js';
import type { Realm } from '../realm/realm.js';
import type { Kind } from '../schema/kinds.js';
import { placeRecord } from '../schema/place-fields.js';
import { CopiedRealm, gone } from './copied-realm.js';
import { rootOf } from './root.js';

/** A reference that `free` left behind: what it led to is gone, and reading it is refused with OBJ_FREED. */
export interface DanglingReference {
  /** The way to it from the root: fields, keys of maps, indexes of lists; a key that itself is gone is `'?'`. */
  readonly path: readonly PathStep[];
  /** The field can be neither empty nor left out, as an element of a collection can. */
  readonly required: boolean;
}

/** An object that was met, and the way to it. */
interface Met {
  readonly object: LiveObject;
  readonly step: PathStep;
  readonly from: Met | undefined;
}

/** All references that lead to nothing any more, the nearest to the root first; of objects with several ways to them, one way. */
export function* danglingReferences(realm: Realm): Generator<DanglingReference, void> {
  const patient = new CopiedRealm(realm.chunks, realm.schema);
  const leaves = leafTags(patient);
  const seen = new Set<number>();
  const waiting: Met[] = [];
  const meet = (object: unknown, step: PathStep, from: Met | undefined) => {
    if (!(object instanceof LiveObject) || seen.has(addressOf(object))) return;
    seen.add(addressOf(object));
    if (!leaves.has(object[segmentKey].view.getUint32(object[positionKey], true)))
      waiting.push({ object, step, from });
  };
  meet(rootOf(patient), '', undefined);
  for (let next = 0; next < waiting.length; next++) {
    const met = waiting[next]!;
    delete waiting[next];
    const { object } = met;
    const fields = object instanceof PersistentObject ? fieldsOf(realm, object) : undefined;
    for (const [key, value] of partsOf(object)) {
      const step = key === gone ? '?' : (key as PathStep);
      if (key === gone || value === gone) {
        const required = fields?.get(key as string)?.kind === 'ref';
        yield { path: [...pathOf(met), step], required };
      }
      if (key !== value) meet(key, step, met);
      meet(value, step, met);
    }
    if (object instanceof PersistentObject) {
      for (const [step, edge] of edgesOf(realm, object)) meet(edge, step, met);
    }
  }
}

/** The error that names the first of them. */
export function danglingError(found: Iterable<DanglingReference>, hint: string): Error {
  const all = Array.from(found, ({ path }) => path.map(String).join('.'));
  const shown = `${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}`;
  const count = all.length === 1 ? 'a reference leads' : `${all.length} references lead`;
  return errors.OBJ_FREED({ message: `${count} to what was freed: ${shown}`, path: all[0]!, hint });
}

function fieldsOf(realm: Realm, object: PersistentObject): ReadonlyMap<string, Kind> {
  const { fields } = placeRecord(realm.schema, structOf(object));
  return new Map(fields.map(({ name, kind }) => [name, kind]));
}

/** The edges of a node: `out.Knows`. */
function* edgesOf(realm: Realm, object: PersistentObject): Generator<[PathStep, unknown], void> {
  const node = object as unknown as Record<'in' | 'out', (edge: string) => Edges<LiveObject>>;
  for (const { edge, direction } of placeRecord(realm.schema, structOf(object)).slots) {
    for (const each of node[direction](edge)) yield [`${direction}(${edge})`, each];
  }
}

function pathOf(met: Met): PathStep[] {
  const steps: PathStep[] = [];
  for (let at: Met | undefined = met; at?.from; at = at.from) steps.unshift(at.step);
  return steps;
}
