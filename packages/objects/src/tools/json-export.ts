import type { Edges } from '../graph/edges.js';
import { addressOf, type LiveObject } from '../live/live-object.js';
import { fieldNames, type PersistentObject, structOf } from '../live/record.js';
import type { Direction } from '../schema/graph-rules.js';
import type { Kind } from '../schema/kinds.js';
import { placeRecord } from '../schema/place-fields.js';
import { allFields, type Schema } from '../schema/schema.js';
import { formatSchema } from '../schema/stored-schema.js';
import { type JsonWriter, writeJson } from './json-rules.js';

/** What can be exported: a store, or a snapshot of one. */
export interface Exportable {
  readonly schema: Schema;
  readonly root: LiveObject;
}

/** The version of the lines' form. */
export const linesVersion = 1;

/**
 * All that can be reached from the root, as lines of JSON: first `{"terrane":"objects","version":1,"schema":…}`, then one
 * line for each object, the root first: `{"id":"Person#2","value":{"name":"Ann",…}}`, for a node with the names of its edges, the
 * oldest first: `"out":{"Knows":["Knows#7",…]}` and `"in"`. Equal stores give equal lines.
 */
export function* exportLines(store: Exportable): Generator<string, void> {
  const schema: unknown = JSON.parse(formatSchema(store.schema));
  yield JSON.stringify({ terrane: 'objects', version: linesVersion, schema });
  for (const [id, value, edges] of objectsOf(store)) yield JSON.stringify({ id, value, ...edges });
}

/** The same as one JSON document, for people to read: `{ schema, root, objects: { "Person#2": { … } } }`. */
export function dump(store: Exportable, indent = 2): string {
  const schema: unknown = JSON.parse(formatSchema(store.schema));
  const objects = Object.fromEntries(Array.from(objectsOf(store), ([id, value]) => [id, value]));
  return JSON.stringify({ schema, root: Object.keys(objects)[0], objects }, undefined, indent);
}

/** Each object that can be reached, with its name and its content as JSON, in the order in which they are met. */
function* objectsOf({ schema, root }: Exportable): Generator<[string, unknown, EdgeNames], void> {
  const shared = new Set<number>();
  // The first walk finds out which collections have more than one owner, the second one writes.
  const met = new Set<number>();
  const counting = new Walk((object, content) => {
    const address = addressOf(object);
    if (met.has(address)) shared.add(address);
    else {
      met.add(address);
      content();
    }
  });
  for (const object of counting.objects(root)) {
    fieldsOf(schema, object, counting);
    edgesOf(schema, object, counting);
  }
  const ids = new Map<number, string>();
  const writing = new Walk((object, content) => {
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
  readonly collection: (object: LiveObject, content: () => unknown) => unknown;
  readonly #names = new Map<number, string>();
  readonly #waiting: PersistentObject[] = [];

  constructor(collection: (object: LiveObject, content: () => unknown) => unknown) {
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
