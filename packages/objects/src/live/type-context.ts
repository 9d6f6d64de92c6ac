import type { MemoryView } from '../collections/memory-view.js';
import type { Cursor } from '../graph/links.js';
import type { Chunks, Place } from '../heap/chunks.js';
import type { Keeper } from '../indexes/keeper.js';
import type { Counts } from '../realm/counts.js';
import type { Kind } from '../schema/kinds.js';
import type { Schema } from '../schema/schema.js';
import type { Codec } from '../values/codec.js';
import type { TextRegistry } from '../values/interned-codec.js';
import type { LiveObject } from './live-object.js';
import type { LiveType } from './live-type.js';

/** What the types of a store need of each other. */
export interface TypeContext {
  readonly chunks: Chunks;
  readonly schema: Schema;
  /** Views of buffers that were not released, with the printed form of their buffer. */
  readonly views: Map<MemoryView, string>;
  /** How many references there are to what is counted. */
  readonly counts: Counts;
  /** Whether references to collections of a kind are counted: then their content ends with `countBytes` for it. */
  isCounted(kind: Kind): boolean;
  /** What keeps indexes and ordered lists as the objects are. */
  readonly keeper: Keeper;
  /** Where interned texts are kept. */
  readonly texts: TextRegistry;
  /** Where iterations of edges stand. */
  readonly cursors: Set<Cursor>;
  /** Notes damage, what is none is thrown again; there only where damage is to be survived. */
  readonly lose?: (error: unknown) => void;
  /** The tag of a struct. */
  tagOf(struct: string): number;
  /** The type of a struct. */
  struct(name: string): LiveType | undefined;
  /** The type of a collection's or buffer's kind; nothing for other kinds. */
  collection(kind: Kind): LiveType | undefined;
  /** The type of a chunk with this tag. */
  typeOf(tag: number): LiveType | undefined;
  /** How values of a kind lie in their place. */
  codec(kind: Kind): Codec;
  /** A live object for a place. @throws OBJ_DAMAGED when its tag is none of the schema's. */
  open(place: Place): LiveObject;
}
