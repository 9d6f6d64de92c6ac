import type { Tree } from '../collections/tree.js';
import type { Place } from '../heap/chunks.js';
import type { LiveObject } from '../live/live-object.js';
import type { Kind } from '../schema/kinds.js';
import type { ObjectWord } from './object-word.js';

/** A field whose values something is ordered by. */
export interface WatchedField {
  /** Writes a new value, which was checked, and moves what is ordered by it. @throws OBJ_DUPLICATE, and then nothing has changed */
  assign(object: LiveObject, value: unknown, write: () => void): void;
}

/** What is known of the elements of lists that are ordered by a field. */
export interface ElementLinks {
  /** The tree of each of the lists: key, number in the order of insertion, and as value the reference to the element. */
  readonly tree: Tree;
  /** What an element is ordered by now. */
  keyOf(element: Place): unknown;
  /** What an element of plain data will be ordered by. */
  keyOfNew(value: Readonly<Record<string, unknown>>): unknown;
  /** An element has come into a list. */
  link(element: Place, list: Place, number: ObjectWord): void;
  /** An element goes out of a list. */
  unlink(element: Place, list: Place, number: ObjectWord): void;
  /** Forgets all elements of a list that is about to lose them. */
  forget(list: Place): void;
  /** The number of an element in a list, the first when there are several; nothing when it is not there. */
  numberOf(element: Place, list: Place): ObjectWord | undefined;
}

/** What keeps indexes and ordered lists as the objects are. */
export interface Keeper {
  /** Whether objects are made in pieces: then what needs their fields is done later. */
  readonly waits: boolean;
  /** Whether there are indexes: without, neither `checking`, `checkNew` nor `enter` does anything. */
  readonly hasIndexes: boolean;
  /** Does something when all objects have their fields. */
  later(work: () => void): void;
  /** What watches a field of a struct; nothing when nothing is ordered by it. */
  watched(struct: string, field: string): WatchedField | undefined;
  /** The links of lists of a kind; nothing when they are not ordered by a field. */
  links(kind: Kind): ElementLinks | undefined;
  /** Runs a check of plain data, in which no two may have a key that is unique. */
  checking(check: () => void): void;
  /** @throws OBJ_DUPLICATE when an object of plain data, each checked once, would have a key that is unique and taken. */
  checkNew(struct: string, value: Readonly<Record<string, unknown>>, path: string): void;
  /** An object has its fields. @throws OBJ_DUPLICATE */
  enter(struct: string, place: Place): void;
  /** An object is about to be freed. @returns what is to be done when it is gone */
  leave(struct: string, place: Place): (() => void) | undefined;
}
