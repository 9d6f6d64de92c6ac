import { errors } from '../errors.js';
import { chunkHeader, type Place } from '../heap/chunks.js';
import { type LiveObject, positionKey, segmentKey } from '../live/live-object.js';
import type { Realm } from '../realm/realm.js';
import type { Direction } from '../schema/graph-rules.js';
import { hasDefault } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { placeRecord } from '../schema/place-fields.js';
import type { Schema } from '../schema/schema.js';
import { readStored } from '../schema/stored-schema.js';
import { realmKey } from '../store/realm-key.js';
import { show } from '../values/codec.js';
import { linesVersion } from './json-export.js';
import { type JsonReader, readJson } from './json-rules.js';

/**
 * The schema that exported lines begin with: `ObjectStore.open(file, schemaOfLine(first))` makes a store that can take them.
 *
 * @throws OBJ_IMPORT, OBJ_TOO_NEW, OBJ_DAMAGED
 */
export function schemaOfLine(line: string): Schema {
  const header = parseLine(line, 1) as { terrane?: unknown; version?: unknown; schema?: unknown };
  if (header?.terrane !== 'objects') throw failed('line 1', 'the first line of an export', header);
  if (header.version !== linesVersion) {
    throw errors.OBJ_TOO_NEW({
      message: `lines of version ${String(header.version)}`,
      expected: String(linesVersion),
      found: String(header.version),
    });
  }
  return readStored(header.schema);
}

/** What can take an export: an `ObjectStore` that can be written. */
export interface Importable {
  readonly root: LiveObject;
  readonly [realmKey]: Realm;
  transaction<T>(work: () => T): T;
}

/**
 * Puts exported objects into a store, in one transaction: what the lines have for the root goes into the root, the others
 * become new objects. Fields that a line does not have begin as those of new objects do.
 *
 * @returns how many objects there were.
 * @throws OBJ_IMPORT with the line and the path when something is not what the store's schema says; then nothing has changed.
 */
export function importLines(store: Importable, lines: Iterable<string>): number {
  return store.transaction(() => {
    const importer = new Importer(store[realmKey], store.root);
    return store[realmKey].keeper.inPieces(() => {
      let number = 0;
      for (const line of lines) {
        number++;
        if (typeof line !== 'string') throw failed(`line ${number}`, 'text', line);
        if (number === 1) schemaOfLine(line);
        else if (line.trim() !== '') importer.take(line, number);
      }
      if (number === 0) throw failed('line 1', 'the first line of an export', undefined);
      return importer.finish();
    });
  });
}

/** A line as it should be. */
type Line = { readonly id?: unknown; readonly value?: unknown } & Partial<Record<Direction, unknown>>;

/** An object that was met: its line may still be to come. */
interface Met {
  readonly name: string;
  readonly place: Place;
  filled: boolean;
}

class Importer implements JsonReader {
  readonly #realm: Realm;
  readonly #root: Place;
  readonly #met = new Map<string, Met>();
  readonly #collections = new Map<string, LiveObject>();
  readonly #edges: (readonly [line: number, edges: Partial<Record<Direction, unknown>>])[] = [];
  #line = 0;
  /** What the lines call the root. */
  #rootId: string | undefined;

  constructor(realm: Realm, root: LiveObject) {
    this.#realm = realm;
    this.#root = { segment: root[segmentKey], at: root[positionKey] };
  }

  take(line: string, number: number): void {
    this.#line = number;
    const { id, value, out, in: into, ...others } = (parseLine(line, number) ?? {}) as Line;
    for (const name of Object.keys(others)) this.refuse(name, 'id, value, out or in', name);
    if (typeof value !== 'object' || value === null) this.refuse('value', 'the fields of an object', value);
    const met = this.#meet(id, 'id');
    if (met.filled) this.refuse('id', 'an object that was not there before', id);
    const fill = () => this.#fill(met, value as Record<string, unknown>);
    if (met.name === 'Root') this.#realm.keeper.rewrite(met.name, met.place, fill);
    else fill();
    this.#edges.push([number, { out, in: into }]);
  }

  finish(): number {
    for (const [id, { filled }] of this.#met) {
      if (!filled) this.refuse(id, 'a line for each object that is referred to', undefined);
    }
    if (!this.#rootId) this.refuse('Root', 'the line of the root', undefined);
    for (const direction of ['out', 'in'] as const) this.#link(direction);
    for (const { name, place } of this.#met.values()) {
      if (name !== 'Root') this.#realm.keeper.enter(name, place);
    }
    return this.#met.size;
  }

  /** Puts edges into the lists of the nodes that they lead from, or to: as the nodes' lines name them, then as they were met. */
  #link(direction: Direction): void {
    const linked = new Set<Met>();
    const link = (met: Met) => {
      if (linked.has(met)) return;
      linked.add(met);
      this.#realm.struct(met.name)!.link!(met.place, [direction]);
    };
    const isEdge = ({ name }: Met) => this.#realm.schema.structs[name]!.edge !== undefined;
    for (const [line, edges] of this.#edges) {
      this.#line = line;
      const named: unknown = edges[direction] ?? {};
      if (typeof named !== 'object' || Array.isArray(named))
        this.refuse(direction, 'the names of edges by kind', named);
      for (const names of Object.values(named as Record<string, unknown>)) {
        for (const name of Array.isArray(names) ? names : [names]) {
          const met = this.#met.get(name as string);
          if (met && isEdge(met)) link(met);
          else this.refuse(direction, 'the name of an edge', name);
        }
      }
    }
    for (const met of this.#met.values()) if (isEdge(met)) link(met);
  }

  object(json: unknown, path: string): LiveObject {
    return this.#realm.open(this.#meet((json as { ref?: unknown } | null)?.ref, path).place);
  }

  collection(json: unknown, kind: Kind, path: string, parse: (content: unknown) => unknown): unknown {
    const { ref, id, value } = (Array.isArray(json) ? {} : (json ?? {})) as Record<string, unknown>;
    if (ref !== undefined)
      return this.#collections.get(ref as string) ?? this.refuse(path, 'a collection that was met', ref);
    if (id === undefined) return parse(json);
    if (typeof id !== 'string' || this.#collections.has(id))
      this.refuse(path, 'a name that no other collection has', id);
    const type = this.#realm.collection(kind)!;
    const content = parse(value);
    this.#guard(path, () => type.check(content, path));
    const made = this.#realm.open(type.create(content));
    this.#collections.set(id as string, made);
    return made;
  }

  refuse(path: string, wanted: string, found: unknown): never {
    throw failed(`line ${this.#line}, ${path}`, wanted, found);
  }

  /** The object of that name, made when it is met for the first time. */
  #meet(id: unknown, path: string): Met {
    const known = this.#met.get(id as string);
    if (known) return known;
    const name = typeof id === 'string' ? /^(.+)#\d+$/.exec(id)?.[1] : undefined;
    const type = name === undefined ? undefined : this.#realm.struct(name);
    if (name === undefined || !type) return this.refuse(path, 'an object of the schema, like "Person#2"', id);
    if (name === 'Root') {
      if (this.#rootId !== undefined) this.refuse(path, `the one root, ${this.#rootId}`, id);
      this.#rootId = id as string;
    }
    const place = name === 'Root' ? this.#root : this.#realm.chunks.allocate(type.tag, type.size);
    const met = { name, place, filled: false };
    this.#met.set(id as string, met);
    return met;
  }

  #fill(met: Met, value: Record<string, unknown>): void {
    const { fields } = placeRecord(this.#realm.schema, met.name);
    for (const field of Object.keys(value)) {
      if (!fields.some(({ name }) => name === field)) this.refuse(`${met.name}.${field}`, 'a field', field);
    }
    const { segment, at } = met.place;
    for (const { name, kind, offset } of fields) {
      const path = `${met.name}.${name}`;
      const codec = this.#realm.codec(kind);
      if (Object.hasOwn(value, name)) {
        const content = readJson(kind, value[name], this, path);
        this.#guard(path, () => codec.check(content, path));
        codec.set(segment, at + chunkHeader + offset, content);
      } else if (!hasDefault(kind)) this.refuse(path, 'a value', undefined);
      else if (met.name !== 'Root') codec.init?.(segment, at + chunkHeader + offset);
    }
    met.filled = true;
  }

  /** What the store says of a value becomes the error of its line. */
  #guard(path: string, check: () => void): void {
    try {
      check();
    } catch (cause) {
      throw errors.OBJ_IMPORT({ message: `line ${this.#line}: ${(cause as Error).message}`, path, cause });
    }
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw errors.OBJ_IMPORT({ message: `line ${number} is no JSON`, path: `line ${number}`, cause });
  }
}

function failed(path: string, wanted: string, found: unknown): Error {
  return errors.OBJ_IMPORT({ message: `${path}: ${wanted} is wanted, not ${show(found)}`, path });
}
