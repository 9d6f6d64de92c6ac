import { isPromise } from '@terrane/driver';
import { nearest } from '@terrane/errors';
import { PersistentBuffer } from '../collections/buffer.js';
import { memoryView } from '../collections/memory-view.js';
import { checkEnds, copyLinks } from '../graph/copy-links.js';
import { Chunks, type Place, rootAt, schemaAt, tags } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import { StagingHome } from '../heap/staging-home.js';
import {
  addressOf,
  LiveObject as Live,
  type LiveObject,
  positionKey,
  segmentKey,
} from '../live/live-object.js';
import type { PersistentObject } from '../live/record.js';
import { Realm } from '../realm/realm.js';
import { hasDefault } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { placeRecord } from '../schema/place-fields.js';
import type { Schema } from '../schema/schema.js';
import { allFields } from '../schema/schema.js';
import { formatSchema } from '../schema/stored-schema.js';
import { type Codec, wrongType } from '../values/codec.js';
import { writeOwned } from '../values/text-codec.js';
import { CopiedRealm, gone } from './copied-realm.js';
import { lost } from './lost.js';
import { rootPlace } from './root.js';
import { SalvageRealm } from './salvage-realm.js';

/**
 * What becomes of a struct's objects when the schema changes: given the object as it was, the fields that do not simply
 * keep their value, as plain data or as objects of before.
 */
export type Transform = (
  before: PersistentObject & Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

/** A heap made anew, not yet in any file. */
export interface Rebuilt {
  /** All its pages by number; what is not among them is zero. */
  readonly pages: ReadonlyMap<number, Uint8Array>;
  /** How many pages it has. */
  readonly count: number;
  /** How many objects were copied, by the name of their type. */
  readonly copied: ReadonlyMap<string, number>;
}

/**
 * Copies all that can be reached from the root into a new heap with another schema, or the same. Of a {@link SalvageRealm},
 * all that can still be read.
 */
export function rebuild(
  from: Realm,
  schema: Schema,
  transforms: Readonly<Record<string, Transform>>,
): Rebuilt {
  checkEnds(from.schema, schema);
  const home = new StagingHome();
  const chunks = new Chunks(new Heap(home));
  chunks.format();
  chunks.writeRoot(schemaAt, writeOwned(chunks, tags.text, new TextEncoder().encode(formatSchema(schema))));
  const realm = new Realm(chunks, schema);
  const copier = new Copier(from, realm, transforms);
  const isSalvage = from instanceof SalvageRealm;
  const root = realm.keeper.making(
    () => copier.run(isSalvage ? from.root() : rootPlace(from)),
    isSalvage ? (work) => copier.surviving(work) : undefined,
  );
  chunks.writeRoot(rootAt, root);
  if (realm.struct('Root')!.counted) realm.counts.retain(root);
  chunks.settle();
  chunks.heap.commit(chunks.pages);
  return { pages: home.changed, count: chunks.pages, copied: copier.copied };
}

class Copier {
  readonly copied = new Map<string, number>();
  /** The store as transforms see it. */
  readonly #shown: Realm;
  readonly #from: Realm;
  readonly #to: Realm;
  readonly #transforms: Readonly<Record<string, Transform>>;
  readonly #salvage: SalvageRealm | undefined;
  readonly #made = new Map<number, Place>();
  readonly #work: (() => void)[] = [];
  /** Weak references wait until it is known what else keeps their objects. */
  readonly #weak: (() => void)[] = [];
  /** What references lead to until the end that lead to nothing any more. */
  readonly #standIns: Place[] = [];

  constructor(from: Realm, to: Realm, transforms: Readonly<Record<string, Transform>>) {
    this.#shown = from;
    this.#from = from instanceof SalvageRealm ? from : new CopiedRealm(from.chunks, from.schema);
    this.#to = to;
    this.#transforms = transforms;
    this.#salvage = from instanceof SalvageRealm ? from : undefined;
  }

  run(root: Place | undefined): Place {
    const place = root ? this.#copy(this.#from.open(root)) : this.#to.struct('Root')!.create(undefined);
    // Lists of edges may be torn: the edges that are left are put into new ones.
    const lists = (['out', 'in'] as const).map((direction) => {
      const edges = this.#salvage?.edges(direction) ?? [];
      return [direction, edges.map((edge) => this.#copy(this.#from.open(edge)))] as const;
    });
    for (let next = this.#work.pop(); next; next = this.#work.pop()) next();
    for (const set of this.#weak) set();
    for (const place of this.#standIns) this.#to.chunks.free(place);
    for (const [direction, edges] of lists) {
      for (const edge of edges)
        this.#to.typeOf(edge.segment.view.getUint32(edge.at, true))!.link!(edge, [direction]);
    }
    return place;
  }

  /** Where the copy of an object lies; its content may come later. */
  #copy(object: LiveObject): Place {
    const address = addressOf(object);
    const known = this.#made.get(address);
    if (known) return known;
    const type = this.#from.typeOf(object[segmentKey].view.getUint32(object[positionKey], true))!;
    this.copied.set(type.name, (this.copied.get(type.name) ?? 0) + 1);
    const place = this.#start(object, type.name);
    this.#made.set(address, place);
    return place;
  }

  #start(object: LiveObject, name: string): Place {
    const to = this.#to;
    if (object instanceof PersistentBuffer) {
      using view = memoryView(object, { unsafe: true });
      const source = { data: view.data, shape: view.shape };
      return to.collection({ kind: 'buffer' })!.create(source);
    }
    const type = to.struct(name);
    if (!type) throw new TypeError(`${name} outside of a field`);
    const place = to.chunks.allocate(type.tag, type.size);
    to.chunks.heap.own(place.segment, place.at, 16 + type.size);
    this.#work.push(() => this.#fill(object as PersistentObject, name, place));
    return place;
  }

  #fill(object: PersistentObject, name: string, { segment, at }: Place): void {
    const before = object as PersistentObject & Readonly<Record<string, unknown>>;
    const source = { segment: object[segmentKey], at: object[positionKey] };
    const names = placeRecord(this.#to.schema, name).fields.map((field) => field.name);
    const transform = Object.hasOwn(this.#transforms, name) ? this.#transforms[name] : undefined;
    const given = transform
      ? fieldsGiven(name, names, transform(this.#shown.open(source) as typeof before))
      : {};
    if (this.#to.schema.structs[name]!.edge && ('from' in given || 'to' in given))
      throw new TypeError(`${name}: a transform cannot move the ends of an edge`);
    const had = new Set(allFields(this.#from.schema.structs, name).map(([field]) => field));
    for (const { name: field, kind, offset } of placeRecord(this.#to.schema, name).fields) {
      const codec = this.#to.codec(kind);
      const place = at + 16 + offset;
      const path = `${name}.${field}`;
      const value = Object.hasOwn(given, field) ? given[field] : had.has(field) ? before[field] : lost;
      if (value !== lost) this.#put(kind, codec, value, path, (v) => codec.set(segment, place, v));
      else if (codec.init) codec.init(segment, place);
      else if (!hasDefault(kind)) codec.check(null, path);
    }
    if (this.#salvage) return;
    copyLinks(this.#from, this.#to, name, source, { segment, at }, (edge) =>
      this.#copy(this.#from.open(edge)),
    );
  }

  /** Damage in the middle of something ends it there, when it is to be survived. */
  surviving(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!this.#salvage) throw error;
      this.#salvage.lose(error);
    }
  }

  /** Copies a value of before, or takes a plain one, to where `set` puts it. */
  #put(kind: Kind, codec: Codec, value: unknown, path: string, set: (value: unknown) => void): void {
    if (value === gone) {
      set(this.#standIn(kind, codec, path));
      return;
    }
    if (!(value instanceof Live) || value[segmentKey].heap !== this.#from.chunks.heap) {
      codec.check(value, path);
      set(value);
      return;
    }
    if (kind.kind === 'weak') {
      this.#weak.push(() => {
        const place = this.#made.get(addressOf(value));
        if (place) set(this.#to.open(place));
      });
      return;
    }
    const inner = kind.kind === 'optional' ? kind.of : kind;
    const copy = this.#to.open(
      this.#made.get(addressOf(value)) ?? this.#collection(inner, value) ?? this.#copy(value),
    );
    codec.check(copy, path);
    set(copy);
  }

  /** An object that will be freed when all is copied, so that what refers to it is as it was. */
  #standIn(kind: Kind, codec: Codec, path: string): LiveObject | null {
    const inner = kind.kind === 'optional' ? kind.of : kind;
    const found = inner.kind === 'union' ? inner.of.find((member) => member.kind === 'ref') : inner;
    const type =
      found?.kind === 'ref' || found?.kind === 'weak'
        ? this.#to.struct(found.to)
        : found && this.#to.collection(found);
    if (!type) {
      codec.check(null, path);
      return null;
    }
    const place = this.#to.chunks.allocate(type.tag, type.size);
    this.#to.chunks.heap.own(place.segment, place.at, 16 + type.size);
    this.#standIns.push(place);
    return this.#to.open(place);
  }

  /** The copy of a collection, whose elements come later; nothing for what is none. */
  #collection(kind: Kind, value: LiveObject): Place | undefined {
    const type = this.#to.collection(kind);
    if (!type?.fill) return undefined;
    const place = type.create(undefined);
    this.#made.set(addressOf(value), place);
    const copy = this.#to.open(place);
    this.copied.set(type.name, (this.copied.get(type.name) ?? 0) + 1);
    this.#work.push(() => {
      this.surviving(() => {
        type.fill!(copy, value, (inner, element, set) => {
          // Nothing that is gone has a place in an order.
          if (element === lost || (element === gone && kind.kind === 'sortedList')) return;
          this.#put(inner, this.#to.codec(inner), element, type.name, set);
        });
      });
    });
    return place;
  }
}

/** What a transform returned. @throws TypeError unless it is fields of the struct */
function fieldsGiven(
  struct: string,
  names: readonly string[],
  given: unknown,
): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || isPromise(given))
    throw wrongType(`${struct}: the transform`, 'an object with the fields that change', given);
  for (const field of Object.keys(given)) {
    if (names.includes(field)) continue;
    const near = nearest(field, names);
    throw new TypeError(`${struct} has no field "${field}"${near ? `; did you mean "${near}"?` : ''}`);
  }
  return given as Readonly<Record<string, unknown>>;
}
