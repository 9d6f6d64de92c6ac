import { nearest } from '@terrane/errors';
import { graphPart } from '../graph/graph-part.js';
import { chunkHeader, type Place } from '../heap/chunks.js';
import type { WatchedField } from '../indexes/keeper.js';
import { isCountedStruct } from '../schema/counted-kinds.js';
import { hasDefault } from '../schema/kind-rules.js';
import { placeRecord } from '../schema/place-fields.js';
import { isDerived, methodsOf } from '../schema/schema.js';
import type { Accessor } from '../values/accessor.js';
import { type Codec, wrongType } from '../values/codec.js';
import { fastAccessors } from '../values/fast-accessors.js';
import { givenField } from './given-field.js';
import {
  addressOf,
  contentOf,
  keepMethods,
  LiveObject,
  namesKey,
  plainKey,
  positionKey,
  segmentKey,
} from './live-object.js';
import type { LiveType } from './live-type.js';
import type { TypeContext } from './type-context.js';

/** A live object of a struct: its properties are its fields in the store. */
export class PersistentObject extends LiveObject {
  /** `<persistent Person object @offset 0x1040L>` */
  override toString(): string {
    return showObject(typeNames.get(Object.getPrototypeOf(this)) ?? 'object', this);
  }

  /** @internal */
  override get [namesKey](): readonly string[] {
    return fieldNames(this);
  }

  /** @internal */
  override [plainKey](next: (inner: unknown) => unknown): unknown {
    const fields = this as unknown as Record<string, unknown>;
    return Object.fromEntries(fieldNames(this).map((name) => [name, next(fields[name])]));
  }
}

keepMethods(PersistentObject.prototype);

/** The printed form of an object. */
export function showObject(name: string, object: LiveObject): string {
  contentOf(object);
  return `<persistent ${name} object @offset 0x${addressOf(object).toString(16)}L>`;
}

/** The fields of an object, bases first. */
export function fieldNames(object: PersistentObject): readonly string[] {
  return typeFields.get(Object.getPrototypeOf(object)) ?? [];
}

/** The name of an object's struct. */
export function structOf(object: PersistentObject): string {
  return typeNames.get(Object.getPrototypeOf(object))!;
}

const typeNames = new WeakMap<object, string>();
const typeFields = new WeakMap<object, readonly string[]>();

interface BoundField {
  readonly name: string;
  readonly path: string;
  readonly offset: number;
  readonly codec: Codec;
  readonly required: boolean;
  /** Whether every object has something of that name. */
  readonly isInherited: boolean;
}

/** The type of a struct's objects. Its class has one accessor for each field. */
export function recordType(realm: TypeContext, name: string, tag: number): LiveType {
  const { structs } = realm.schema;
  const { chunks } = realm;
  const layout = placeRecord(realm.schema, name);
  const names = layout.fields.map((field) => field.name);
  const known = new Set(names);
  const accepts = new Set(
    Object.keys(structs)
      .filter((other) => isDerived(structs, other, name))
      .map((other) => realm.tagOf(other)),
  );
  const graph = graphPart(realm, name, layout);
  const isEnd = (field: string) => structs[name]!.edge !== undefined && (field === 'from' || field === 'to');
  // Codecs refer to types and types to codecs, so the fields are bound when they are first needed.
  let bound: readonly BoundField[] | undefined;
  const fields = () => {
    bound ??= layout.fields.map(({ name: field, kind, offset }) => ({
      name: field,
      path: `${name}.${field}`,
      offset: offset + chunkHeader,
      codec: realm.codec(kind),
      required: !hasDefault(kind),
      isInherited: field in Object.prototype,
    }));
    return bound;
  };
  let made: typeof PersistentObject | undefined;
  const makeClass = () => {
    const Made = { [name]: class extends PersistentObject {} }[name]!;
    for (const [index, { name: field, path, offset, codec }] of fields().entries()) {
      const { kind } = layout.fields[index]!;
      const fast = fastAccessors[kind.kind]?.(offset - chunkHeader, path, kind);
      const accessor = fast ?? codecAccessor(codec, offset, path);
      const watched = realm.keeper.watched(name, field);
      if (watched) accessor.set = watchedSetter(watched, accessor.set, codec, path);
      if (isEnd(field)) accessor.set = refuseEnd;
      Object.defineProperty(Made.prototype, field, { ...accessor, enumerable: true, configurable: false });
    }
    for (const [method, value] of Object.entries({ ...graph?.methods, ...methodsOf(realm.schema, name) })) {
      if (!names.includes(method)) Object.defineProperty(Made.prototype, method, { value });
      else throw new TypeError(`${name}: the method "${method}" has the name of a field of the file`);
    }
    keepMethods(Made.prototype);
    typeNames.set(Made.prototype, name);
    typeFields.set(Made.prototype, names);
    return Made;
  };

  const check = (value: unknown, path: string): void => {
    if (!isFields(value)) throw wrongType(path, `a ${name}`, value);
    if (name === 'Root') throw new TypeError(`${path}: there is one Root, which is there already`);
    let next = 0;
    for (const key in value) {
      // Mostly they come in the order of the fields.
      if (key === names[next]) next++;
      else if (!known.has(key)) refuseUnknown(value, key, path);
    }
    for (const { name: field, isInherited, codec, required } of fields()) {
      const given = givenField(value, field, isInherited);
      if (given === undefined) {
        if (required) throw new TypeError(`${path}: the field "${field}" has to be given`);
      } else if (!codec.fits?.(given)) codec.check(given, `${path}.${field}`);
    }
    if (realm.keeper.hasIndexes) realm.keeper.checkNew(name, value as Record<string, unknown>, path);
  };
  const refuseUnknown = (value: object, key: string, path: string): void => {
    // What it inherits was not given.
    if (!Object.hasOwn(value, key)) return;
    const near = nearest(key, names);
    throw new TypeError(`${path}: ${name} has no field "${key}"${near ? `; did you mean "${near}"?` : ''}`);
  };

  const discard = (place: Place): void => {
    for (const { offset, codec } of fields()) codec.drop?.(place.segment, place.at + offset);
    chunks.free(place);
  };
  const remove = (place: Place): void => {
    graph?.free(place);
    discard(place);
  };

  return {
    tag,
    name,
    size: layout.size,
    counted: isCountedStruct(structs, name),
    accepts,
    check,
    create: (value) => {
      const place = chunks.allocate(tag, layout.size);
      const { segment, at } = place;
      // Of a small chunk all is ready already.
      chunks.heap.own(segment, at, chunkHeader + layout.size);
      const { view } = segment;
      try {
        for (const { name: field, isInherited, offset, codec } of fields()) {
          const given = value === undefined ? undefined : givenField(value as object, field, isInherited);
          if (given === undefined) codec.init?.(segment, at + offset);
          else if (codec.write) codec.write(view, at + offset, given);
          else codec.set(segment, at + offset, given);
        }
      } catch (error) {
        // There was no room for all of it, or it is not what it was when it was checked.
        discard(place);
        realm.counts.settle();
        throw error;
      }
      graph?.link(place);
      if (!realm.keeper.hasIndexes) return place;
      try {
        realm.keeper.enter(name, place);
      } catch (error) {
        remove(place);
        throw error;
      }
      return place;
    },
    open: (segment, at) => {
      made ??= makeClass();
      return new made(segment, at, segment.view.getInt32(at + 4, true));
    },
    free: (place) => {
      const settle = realm.keeper.leave(name, place);
      remove(place);
      settle?.();
    },
    trace: ({ segment, at }: Place, visit) => {
      for (const { offset, codec } of fields()) codec.trace?.(segment, at + offset, visit);
      graph?.trace({ segment, at }, visit);
    },
    ...(graph && { verify: graph.verify, link: graph.link }),
  };
}

/** Whether a value can have fields. What can be gone through has others than those that it seems to have, or none. */
function isFields(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || value instanceof LiveObject) return false;
  return !(Symbol.iterator in value || value instanceof Date || ArrayBuffer.isView(value));
}

/** A setter of a field that something is ordered by. */
function watchedSetter(
  watched: WatchedField,
  write: Accessor['set'],
  codec: Codec,
  path: string,
): Accessor['set'] {
  return function (this: LiveObject, value) {
    contentOf(this);
    codec.check(value, path);
    watched.assign(this, value, () => write.call(this, value));
  };
}

function refuseEnd(): never {
  throw new TypeError('the ends of an edge stay as they are: free it, and connect others');
}

/** An accessor for any kind, through its codec. */
function codecAccessor(codec: Codec, offset: number, path: string): Accessor {
  return {
    get() {
      contentOf(this);
      return codec.get(this[segmentKey], this[positionKey] + offset);
    },
    set(value) {
      contentOf(this);
      codec.check(value, path);
      codec.set(this[segmentKey], this[positionKey] + offset, value);
    },
  };
}
