import { errors } from '../errors.js';
import { leadsOn } from '../events/leaf-tags.js';
import { partsOf } from '../events/parts.js';
import type { PathStep } from '../events/path-pattern.js';
import type { Edges } from '../graph/edges.js';
import { addressOf, LiveObject } from '../live/live-object.js';
import { PersistentObject, structOf } from '../live/record.js';
import type { Realm } from '../realm/realm.js';
import type { Kind } from '../schema/kinds.js';
import { type PlacedField, placeRecord } from '../schema/place-fields.js';
import type { Schema } from '../schema/schema.js';
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
  /** What the place that led to it says of it. */
  readonly kind: Kind;
  readonly step: PathStep;
  readonly from: Met | undefined;
}

/** Something that an object has, where it may lead on. */
type Part = readonly [key: unknown, value: unknown, kind: Kind];

/** All references that lead to nothing any more, the nearest to the root first; of objects with several ways to them, one way. */
export function* danglingReferences(realm: Realm): Generator<DanglingReference, void> {
  const patient = new CopiedRealm(realm.chunks, realm.schema);
  const partsOf = partReader(realm.schema);
  const seen = new Set<number>();
  const waiting: Met[] = [];
  const meet = (object: unknown, kind: Kind, step: PathStep, from: Met | undefined) => {
    if (!(object instanceof LiveObject) || seen.has(addressOf(object))) return;
    seen.add(addressOf(object));
    waiting.push({ object, kind, step, from });
  };
  meet(rootOf(patient), { kind: 'ref', to: 'Root' }, '', undefined);
  for (let next = 0; next < waiting.length; next++) {
    const met = waiting[next]!;
    delete waiting[next];
    for (const [key, value, kind] of partsOf(met)) {
      const step = key === gone ? '?' : (key as PathStep);
      if (key === gone || value === gone) {
        const required = met.object instanceof PersistentObject && kind.kind === 'ref';
        yield { path: [...pathOf(met), step], required };
      }
      if (key !== value) meet(key, kind, step, met);
      meet(value, kind, step, met);
    }
  }
}

/** Reads of an object what can lead on: fields, elements, keys, edges. All else is left alone, since it may be much. */
function partReader(schema: Schema): (met: Met) => Iterable<Part> {
  const fields = new Map<string, readonly PlacedField[]>();
  const leadingFields = (struct: string): readonly PlacedField[] => {
    let found = fields.get(struct);
    if (!found) {
      found = placeRecord(schema, struct).fields.filter(({ kind }) => leadsOn(kind));
      fields.set(struct, found);
    }
    return found;
  };
  return function* ({ object, kind }) {
    if (object instanceof PersistentObject) {
      const struct = structOf(object);
      for (const { name, kind } of leadingFields(struct)) yield [name, Reflect.get(object, name), kind];
      yield* edgesOf(schema, struct, object);
      return;
    }
    const of = kind.kind === 'optional' ? kind.of : kind;
    const leading = kindsIn(of).filter(leadsOn);
    if (leading.length === 0) return;
    // Of keys and values at most one is a collection, which is the one whose kind matters.
    for (const [key, value] of partsOf(object)) yield [key, value, leading.at(-1)!];
  };
}

/** The kinds of a collection's keys and values. */
function kindsIn(kind: Kind): Kind[] {
  const { key, of, value } = kind as { key?: Kind; of?: Kind; value?: Kind };
  return [key, of, value].filter((inner) => inner !== undefined);
}

/** The error that names the first of them. */
export function danglingError(found: Iterable<DanglingReference>, hint: string): Error {
  const all = Array.from(found, ({ path }) => path.map(String).join('.'));
  const shown = `${all.slice(0, 10).join(', ')}${all.length > 10 ? ', …' : ''}`;
  const count = all.length === 1 ? 'a reference leads' : `${all.length} references lead`;
  return errors.OBJ_FREED({ message: `${count} to what was freed: ${shown}`, path: all[0]!, hint });
}

/** The edges of a node: `out(Knows)`. */
function* edgesOf(schema: Schema, struct: string, node: PersistentObject): Generator<Part, void> {
  const lists = node as unknown as Record<'in' | 'out', (edge: string) => Edges<LiveObject>>;
  for (const { edge, direction } of placeRecord(schema, struct).slots) {
    for (const each of lists[direction](edge))
      yield [`${direction}(${edge})`, each, { kind: 'ref', to: edge }];
  }
}

function pathOf(met: Met): PathStep[] {
  const steps: PathStep[] = [];
  for (let at: Met | undefined = met; at?.from; at = at.from) steps.unshift(at.step);
  return steps;
}
