import { InternedTexts } from '../collections/interned-texts.js';
import type { MemoryView } from '../collections/memory-view.js';
import type { Cursor } from '../graph/links.js';
import { type Chunks, firstObjectTag, isPartTag, type Place } from '../heap/chunks.js';
import { IndexKeeper } from '../indexes/index-keeper.js';
import type { LiveObject } from '../live/live-object.js';
import type { LiveType } from '../live/live-type.js';
import { recordType } from '../live/record.js';
import type { TypeContext } from '../live/type-context.js';
import { countedKinds } from '../schema/counted-kinds.js';
import { innerKinds } from '../schema/kind-rules.js';
import type { Kind } from '../schema/kinds.js';
import { kindKey } from '../schema/plain-kind.js';
import type { Schema } from '../schema/schema.js';
import type { Codec } from '../values/codec.js';
import { Counts } from './counts.js';
import { codecMakers, typeMakers } from './kind-makers.js';

/**
 * The types of one open store. Structs have the tags from 16 on, in the order of the schema; then the collections, in the
 * order in which their kinds first appear in it, an outer one before what it holds.
 */
export class Realm implements TypeContext {
  readonly chunks: Chunks;
  readonly schema: Schema;
  /** Views of buffers that were not released, with the printed form of their buffer. */
  readonly views = new Map<MemoryView, string>();
  readonly texts: InternedTexts;
  readonly counts: Counts;
  readonly cursors = new Set<Cursor>();
  readonly #counted: ReadonlySet<string>;
  /** By tag. */
  readonly #types: (LiveType | undefined)[] = [];
  readonly #structs = new Map<string, LiveType>();
  readonly #collections = new Map<string, LiveType>();
  readonly #codecs = new Map<string, Codec>();
  #keeper: IndexKeeper | undefined;

  constructor(chunks: Chunks, schema: Schema) {
    this.chunks = chunks;
    this.texts = new InternedTexts(chunks);
    this.counts = new Counts(chunks, (tag) => this.typeOf(tag));
    this.schema = schema;
    this.#counted = countedKinds(schema.structs, schema.names);
    const names = Object.keys(schema.structs);
    for (const [index, name] of names.entries()) {
      this.#add(this.#structs, name, recordType(this, name, firstObjectTag + index));
    }
    for (const { fields } of Object.values(schema.structs)) {
      for (const kind of Object.values(fields)) this.#addCollections(kind);
    }
    for (const kind of Object.values(schema.names ?? {})) this.#addCollections(kind);
  }

  /** What keeps indexes and ordered lists as the objects are. */
  get keeper(): IndexKeeper {
    this.#keeper ??= new IndexKeeper(
      this,
      [...this.#collections.keys()].map((key) => JSON.parse(key) as Kind),
    );
    return this.#keeper;
  }

  /** The tag of a struct. */
  tagOf(struct: string): number {
    return firstObjectTag + Object.keys(this.schema.structs).indexOf(struct);
  }

  struct(name: string): LiveType | undefined {
    return this.#structs.get(name);
  }

  /** The type of a collection's or buffer's kind; nothing for other kinds. */
  collection(kind: Kind): LiveType | undefined {
    return this.#collections.get(kindKey(kind));
  }

  isCounted(kind: Kind): boolean {
    return this.#counted.has(kindKey(kind));
  }

  /** The type of a chunk with this tag. */
  typeOf(tag: number): LiveType | undefined {
    return this.#types[tag];
  }

  /** How values of a kind lie in their place. */
  codec(kind: Kind): Codec {
    const key = kindKey(kind);
    const known = this.#codecs.get(key);
    if (known) return known;
    const made = codecMakers[kind.kind](this, kind as never, false);
    this.#codecs.set(key, made);
    return made;
  }

  /** A live object for a place. @throws OBJ_DAMAGED when its tag is none of the schema's. */
  open({ segment, at }: Place): LiveObject {
    const tag = segment.view.getUint32(at, true);
    const type = this.#types[tag];
    if (!type) throw this.chunks.damaged(`there is no type with tag ${tag}`, segment.start + at);
    return this.openAs(type, segment, at);
  }

  /** The same for a chunk whose type is known. */
  openAs(type: LiveType, segment: Place['segment'], at: number): LiveObject {
    const { chunks } = this;
    if (segment.view.getUint32(at + 12, true) < type.size) {
      throw chunks.damaged(`a ${type.name} is too short`, segment.start + at);
    }
    chunks.heap.need(segment, at, 16 + type.size);
    return type.open(segment, at);
  }

  /** Shows what a chunk keeps alive. */
  trace(place: Place, visit: (place: Place) => void): void {
    const tag = place.segment.view.getUint32(place.at, true);
    const type = this.#types[tag];
    if (type) {
      this.openAs(type, place.segment, place.at);
      type.trace(place, visit);
    } else if (!isPartTag(tag)) {
      throw this.chunks.damaged(`there is no type with tag ${tag}`, place.segment.start + place.at);
    }
  }

  #addCollections(kind: Kind): void {
    const make = typeMakers[kind.kind];
    const key = kindKey(kind);
    if (make && !this.#collections.has(key)) {
      const tag = firstObjectTag + this.#structs.size + this.#collections.size;
      this.#add(this.#collections, key, make(this, kind as never, tag));
    }
    for (const inner of innerKinds(kind)) this.#addCollections(inner);
  }

  #add(where: Map<string, LiveType>, key: string, type: LiveType): void {
    where.set(key, type);
    this.#types[type.tag] = type;
  }
}
