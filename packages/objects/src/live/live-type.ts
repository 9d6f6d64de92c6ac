import type { Place } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';
import type { Direction } from '../schema/graph-rules.js';
import type { Kind } from '../schema/kinds.js';
import type { LiveObject } from './live-object.js';

/** Takes over a value of another store: `set` is called with what stands for it in this one, perhaps later if it may be null. */
export type Take = (kind: Kind, value: unknown, set: (value: unknown) => void) => void;

/** What the store knows about the objects of one tag. */
export interface LiveType {
  readonly tag: number;
  /** The struct's name, or the collection's kind in words. */
  readonly name: string;
  /** Bytes of content at the least. */
  readonly size: number;
  /** References to its objects are counted. */
  readonly counted?: boolean;
  /** The tags of all objects that can stand for one of these. */
  readonly accepts: ReadonlySet<number>;
  /** Throws what `create` would throw for this plain value, and writes nothing. */
  check(value: unknown, path: string): void;
  /** Makes an object of a plain value that was checked; without one, as it begins. */
  create(value: unknown): Place;
  /** A live object for a chunk of this tag. */
  open(segment: Segment, at: number): LiveObject;
  /** Frees the chunk, and what belongs to it alone. */
  free(place: Place): void;
  /** Shows the chunks that this one keeps alive. */
  trace(place: Place, visit: (place: Place) => void): void;
  /** Looks at what `trace` does not. @throws OBJ_DAMAGED */
  verify?(place: Place): void;
  /** Puts an edge that was copied into the lists of its ends, or one of them; only edges and nodes have it. */
  link?(place: Place, directions?: readonly Direction[]): void;
  /** Takes over the elements of another store's collection; only collections have it. @throws TypeError when it is of another kind. */
  fill?(to: LiveObject, from: LiveObject, take: Take): void;
}
