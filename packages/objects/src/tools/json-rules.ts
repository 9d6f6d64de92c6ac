import type { PersistentBuffer } from '../collections/buffer.js';
import { formats } from '../collections/buffer-format.js';
import { memoryView } from '../collections/memory-view.js';
import type { LiveObject } from '../live/live-object.js';
import { ruleOf } from '../schema/kind-rules.js';
import type { EnumKind, Kind, ListKind, MapKind, OptionalKind, SetKind, UnionKind } from '../schema/kinds.js';
import { gone } from '../store/copied-realm.js';
import { standsFor } from '../values/union-codec.js';
import { fromBase64, toBase64 } from './base64.js';

/*
 * Values in JSON, by kind:
 *
 *     numbers            a number; NaN, Infinity, -Infinity and -0 as text
 *     int64 uint64       decimal text
 *     date               text of ISO 8601
 *     bytes              base64
 *     optional weak      null, or the value
 *     ref weak           {"ref":"Person#2"}
 *     list set           an array
 *     map                an array of [key, value]
 *     union              [index of its kind, value]; of references, the index of the first
 *     buffer             {"format":"d","shape":[2,3],"data":base64 of the items, little-endian}
 *
 * A collection or buffer that is referred to more than once is {"id":"#7","value":…} where it is first met, and {"ref":"#7"}
 * from then on.
 */

/** What writing needs to know of the whole. */
export interface JsonWriter {
  /** How an object is referred to. */
  object(object: LiveObject): unknown;
  /** A collection, with its content where it is first met. */
  collection(object: LiveObject, content: () => unknown): unknown;
  /** A reference to what was freed, {@link omitted} to leave it out. @throws OBJ_FREED */
  freed(mayBeNull: boolean): unknown;
}

/** Stands for what is left out. */
export const omitted = Symbol('omitted');

/** What reading needs to know of the whole. */
export interface JsonReader {
  /** The object that is referred to. */
  object(json: unknown, path: string): unknown;
  /** A collection that was met before, or what `parse` makes of its content. */
  collection(json: unknown, kind: Kind, path: string, parse: (content: unknown) => unknown): unknown;
  /** Throws the error for JSON that is not what it should be. */
  refuse(path: string, wanted: string, found: unknown): never;
}

/** How values of one kind are written and read. */
interface JsonRule {
  write(value: never, kind: never, to: JsonWriter): unknown;
  read(json: unknown, kind: never, from: JsonReader, path: string): unknown;
}

/** A value as JSON. */
export function writeJson(kind: Kind, value: unknown, to: JsonWriter): unknown {
  if (value === gone) return to.freed(kind.kind === 'optional');
  return jsonRules[kind.kind].write(value as never, kind as never, to);
}

/** What JSON stands for, ready to be stored; the store checks its range. */
export function readJson(kind: Kind, json: unknown, from: JsonReader, path: string): unknown {
  return jsonRules[kind.kind].read(json, kind as never, from, path);
}

const special = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

const number: JsonRule = {
  write: (value: number) => {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : `${value}`;
  },
  read: (json, _kind, from, path) => {
    if (typeof json === 'number') return json;
    return special.get(json as string) ?? from.refuse(path, 'a number', json);
  },
};

const wide: JsonRule = {
  write: (value: bigint) => `${value}`,
  read: (json, _kind, from, path) => {
    if (typeof json === 'string' && /^-?\d{1,20}$/.test(json)) return BigInt(json);
    return from.refuse(path, 'a whole number as text', json);
  },
};

/** A rule for what is the same in JSON. */
const same = (type: 'string' | 'boolean', wanted: string): JsonRule => ({
  write: (value: unknown) => value,
  read: (json, _kind, from, path) => (typeof json === type ? json : from.refuse(path, wanted, json)),
});

const reference: JsonRule = {
  write: (value: LiveObject | null, _kind, to) => (value === null ? null : to.object(value)),
  read: (json, _kind, from, path) => from.object(json, path),
};

/** The elements of a collection, without those that are left out. */
function written<T>(elements: Iterable<T>, write: (element: T) => unknown): unknown[] {
  return Array.from(elements, write).filter((element) => element !== omitted);
}

function arrayOf(json: unknown, from: JsonReader, path: string): unknown[] {
  return Array.isArray(json) ? json : from.refuse(path, 'an array', json);
}

const listRule: JsonRule = {
  write: (value: Iterable<unknown> & LiveObject, { of }: ListKind<Kind>, to) => {
    return to.collection(value, () => written(value, (element) => writeJson(of, element, to)));
  },
  read: (json, kind: ListKind<Kind>, from, path) => {
    return from.collection(json, kind, path, (content) => {
      const elements = arrayOf(content, from, path);
      return elements.map((element, index) => readJson(kind.of, element, from, `${path}[${index}]`));
    });
  },
};

const mapRule: JsonRule = {
  write: (value: Iterable<[unknown, unknown]> & LiveObject, kind: MapKind<Kind, Kind>, to) => {
    const pair = ([key, element]: [unknown, unknown]) => {
      const entry = [writeJson(kind.key, key, to), writeJson(kind.value, element, to)];
      return entry.includes(omitted) ? omitted : entry;
    };
    return to.collection(value, () => written(value, pair));
  },
  read: (json, kind: MapKind<Kind, Kind>, from, path) => {
    return from.collection(json, kind, path, (content) => {
      const pairs = arrayOf(content, from, path).map((pair): [unknown, unknown] => {
        const entry = arrayOf(pair, from, path);
        if (entry.length !== 2) from.refuse(path, 'a key and a value', pair);
        const [key, value] = entry;
        return [readJson(kind.key, key, from, path), readJson(kind.value, value, from, path)];
      });
      const made = new Map(pairs);
      if (made.size < pairs.length) from.refuse(path, 'each key once', content);
      return made;
    });
  },
};

const jsonRules: Readonly<Record<Kind['kind'], JsonRule>> = {
  int8: number,
  uint8: number,
  int16: number,
  uint16: number,
  int32: number,
  uint32: number,
  int53: number,
  int64: wide,
  uint64: wide,
  float32: number,
  float64: number,
  bool: same('boolean', 'true or false'),
  text: same('string', 'a text'),
  interned: same('string', 'a text'),
  union: {
    write: (value, { of }: UnionKind<Kind[]>, to) => {
      const stands = standsFor(value);
      const index = of.findIndex((kind) => ruleOf(kind)!.stands === stands);
      return [index, writeJson(of[index]!, value, to)];
    },
    read: (json, { of }: UnionKind<Kind[]>, from, path) => {
      const [index, value] = arrayOf(json, from, path);
      const known = Number.isInteger(index) ? of[index as number] : undefined;
      const kind = known ?? from.refuse(path, 'the index of a kind', index);
      return readJson(kind, value, from, path);
    },
  },
  enum: {
    write: (value: string) => value,
    read: (json, { values }: EnumKind, from, path) => {
      return values.includes(json as string) ? json : from.refuse(path, 'one of the names', json);
    },
  },
  date: {
    write: (value: Date) => value.toISOString(),
    read: (json, _kind, from, path) => {
      const date = new Date(typeof json === 'string' ? json : Number.NaN);
      return Number.isNaN(date.getTime()) ? from.refuse(path, 'a date', json) : date;
    },
  },
  bytes: {
    write: (value: Uint8Array) => toBase64(value),
    read: (json, _kind, from, path) => fromBase64(json) ?? from.refuse(path, 'base64', json),
  },
  optional: {
    write: (value, { of }: OptionalKind<Kind>, to) => (value === null ? null : writeJson(of, value, to)),
    read: (json, { of }: OptionalKind<Kind>, from, path) => {
      return json === null ? null : readJson(of, json, from, path);
    },
  },
  ref: reference,
  weak: {
    ...reference,
    read: (json, _kind, from, path) => (json === null ? null : from.object(json, path)),
  },
  list: listRule,
  sortedList: listRule,
  set: {
    write: (value: Iterable<unknown> & LiveObject, { of }: SetKind<Kind>, to) => {
      return to.collection(value, () => written(value, (element) => writeJson(of, element, to)));
    },
    read: (json, kind: SetKind<Kind>, from, path) => {
      return from.collection(json, kind, path, (content) => {
        const elements = arrayOf(content, from, path);
        const made = new Set(elements.map((key) => readJson(kind.of, key, from, path)));
        if (made.size < elements.length) from.refuse(path, 'each element once', content);
        return made;
      });
    },
  },
  map: mapRule,
  defaultMap: mapRule,
  sortedMap: mapRule,
  buffer: {
    write: (value: PersistentBuffer, _kind, to) => {
      return to.collection(value, () => {
        using view = memoryView(value);
        return { format: view.format, shape: [...view.shape], data: toBase64(view.toBytes()) };
      });
    },
    read: (json, kind, from, path) => {
      return from.collection(json, kind, path, (content) => readBuffer(content, from, path));
    },
  },
};

function readBuffer(content: unknown, from: JsonReader, path: string): unknown {
  const { format, shape, data } = (content ?? {}) as Record<string, unknown>;
  const known = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
  const bytes = fromBase64(data);
  if (!known || !bytes || !Array.isArray(shape) || bytes.length % known.itemSize !== 0) {
    return from.refuse(path, 'a buffer', content);
  }
  return { data: known.over(bytes.buffer, 0, bytes.length / known.itemSize), shape };
}
