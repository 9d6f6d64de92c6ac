import { checkOptions } from '@terrane/errors';
import type { Edges } from '../graph/edges.js';
import { addressOf, type LiveObject } from '../live/live-object.js';
import { fieldNames, type PersistentObject, structOf } from '../live/record.js';
import type { Realm } from '../realm/realm.js';
import type { Direction } from '../schema/graph-rules.js';
import type { Kind } from '../schema/kinds.js';
import { placeRecord } from '../schema/place-fields.js';
import { allFields, type Schema } from '../schema/schema.js';
import { formatSchema } from '../schema/stored-schema.js';
import { CopiedRealm } from '../store/copied-realm.js';
import { danglingError, danglingReferences } from '../store/dangling.js';
import { realmKey } from '../store/realm-key.js';
import { rootOf } from '../store/root.js';
import { show } from '../values/codec.js';
import { type JsonWriter, omitted, writeJson } from './json-rules.js';

/** What can be exported: a store, or a snapshot of one. */
export interface Exportable {
  readonly schema: Schema;
  readonly [realmKey]: Realm;
}

/** How a store is exported. */
export interface ExportOptions {
  /**
   * What becomes of references that `free` left behind. `'refuse'`, which it is unless said otherwise: the export is refused, with the
   * places of the first. `'drop'`: optional ones become null, elements of collections and entries of maps are left out; a
   * field that has to be there is refused all the same.
   */
  readonly dangling?: 'refuse' | 'drop';
}

/** The version of the lines' form. */
export const linesVersion = 1;

/**
 * All that can be reached from the root, as lines of JSON: first `{"terrane":"objects","version":1,"schema":…}`, then one
 * line for each object, the root first: `{"id":"Person#2","value":{"name":"Ann",…}}`, for a node with the names of its edges, the
 * oldest first: `"out":{"Knows":["Knows#7",…]}` and `"in"`. Equal stores give equal lines.
 *
 * @throws OBJ_FREED before the first line, for references to what was freed, with their paths.
 */
export function exportLines(store: Exportable, options: ExportOptions = {}): Generator<string, void> {
  checkOptions(options, ['dangling'], 'exportLines');
  const { dangling = 'refuse' } = options;
  if (dangling !== 'refuse' && dangling !== 'drop')
    throw new TypeError(`exportLines: dangling is 'refuse' or 'drop', not ${show(dangling)}`);
  return linesOf(store, (mayBeNull) => {
    if (dangling === 'refuse') throw refused(store, false);
    return mayBeNull ? null : omitted;
  });
}

function* linesOf(store: Exportable, freed: JsonWriter['freed']): Generator<string, void> {
  const objects = objectsOf(store, freed);
  // What cannot be exported is found out about before there is anything of a file.
  let next = objects.next();
  const schema: unknown = JSON.parse(formatSchema(store.schema));
  yield JSON.stringify({ terrane: 'objects', version: linesVersion, schema });
  for (; !next.done; next = objects.next()) {
    const [id, value, edges] = next.value;
    yield JSON.stringify({ id, value, ...edges });
  }
}

/** The error for references to what was freed, or for those of them that cannot be left out. */
function refused(store: Exportable, isRequired: boolean): Error {
  const all = danglingReferences(store[realmKey]);
  if (isRequired) {
    const hint = 'these fields have to be there: give them another object, or free theirs';
    return danglingError(
      [...all].filter(({ required }) => required),
      hint,
    );
  }
  return danglingError(all, "set or remove them; dangling: 'drop' leaves them out");
}

/**
 * The same as one JSON document, for people to read: `{ schema, root, objects: { "Person#2": { … } } }`. A reference to what
 * was freed is `{ "freed": true }`.
 */
export function dump(store: Exportable, indent = 2): string {
  const schema: unknown = JSON.parse(formatSchema(store.schema));
  const found = objectsOf(store, () => ({ freed: true }));
  const objects = Object.fromEntries(Array.from(found, ([id, value]) => [id, value]));
  return JSON.stringify({ schema, root: Object.keys(objects)[0], objects }, undefined, indent);
}

/** Each object that can be reached, with its name and its content as JSON, in the order in which they are met. */
function* objectsOf(
  store: Exportable,
  freed: JsonWriter['freed'],
): Generator<[string, unknown, EdgeNames], void> {
  const { schema } = store;
  const root = rootOf(new CopiedRealm(store[realmKey].chunks, schema));
  const shared = new Set<number>();
  // The first walk finds out which collections have more than one owner, the second one writes.
  const met = new Set<number>();
  const counting = new Walk(freed, (object, content) => {
    const address = addressOf(object);
    if (met.has(address)) shared.add(address);
    else {
      met.add(address);
      content();
    }
  });
  for (const object of counting.objects(root)) {
    if (Object.values(fieldsOf(schema, object, counting)).includes(omitted)) throw refused(store, true);
    edgesOf(schema, object, counting);
  }
  const ids = new Map<number, string>();
  const writing = new Walk(freed, (object, content) => {
    const address = addressOf(object);
    if (!shared.has(address)) return content();
    const known = ids.get(address);
    if (known !== undefined) return { ref: known };
    const id = `#${ids.size + 1}`;
    ids.set(address, id);
    return { id, value: content() };
  });
  for (const object of writing.objects(root)) {
    const fields = fieldsOf(schema, object, writing);
    yield [writing.nameOf(object), fields, edgesOf(schema, object, writing)];
  }
}

function fieldsOf(schema: Schema, object: PersistentObject, to: JsonWriter): Record<string, unknown> {
  const kinds = new Map<string, Kind>(allFields(schema.structs, structOf(object)));
  const fields = object as unknown as Record<string, unknown>;
  const written = fieldNames(object).map((name) => [name, writeJson(kinds.get(name)!, fields[name], to)]);
  return Object.fromEntries(written);
}

/** The names of a node's edges by direction and kind, the oldest first. */
export type EdgeNames = Partial<Record<Direction, Record<string, string[]>>>;

function edgesOf(schema: Schema, object: PersistentObject, to: Walk): EdgeNames {
  const node = object as unknown as Record<Direction, (edge: string) => Edges<LiveObject>>;
  const found: EdgeNames = {};
  for (const { edge, direction } of placeRecord(schema, structOf(object)).slots) {
    const names = Array.from(node[direction](edge).oldestFirst(), (each) => to.nameOf(each));
    if (names.length > 0) found[direction] = { ...found[direction], [edge]: names };
  }
  return found;
}

/** Meets objects in the order in which they are referred to, and numbers them. */
class Walk implements JsonWriter {
  readonly freed: JsonWriter['freed'];
  readonly collection: JsonWriter['collection'];
  readonly #names = new Map<number, string>();
  readonly #waiting: PersistentObject[] = [];

  constructor(freed: JsonWriter['freed'], collection: JsonWriter['collection']) {
    this.freed = freed;
    this.collection = collection;
  }

  *objects(root: LiveObject): Generator<PersistentObject, void> {
    this.nameOf(root);
    // Not shift(), which would move what waits each time.
    for (let next = 0; next < this.#waiting.length; next++) {
      yield this.#waiting[next]!;
      delete this.#waiting[next];
    }
  }

  object(object: LiveObject): unknown {
    return { ref: this.nameOf(object) };
  }

  nameOf(object: LiveObject): string {
    const address = addressOf(object);
    const known = this.#names.get(address);
    if (known !== undefined) return known;
    const name = `${structOf(object as PersistentObject)}#${this.#names.size + 1}`;
    this.#names.set(address, name);
    this.#waiting.push(object as PersistentObject);
    return name;
  }
}
