import type { Segment } from '../heap/segment.js';

/** Whether to look at the part of a collection that lies here, with its value; its bytes may not be in memory yet. */
export type Wanted = (
  segment: Segment,
  at: number,
  bytes: number,
  valueAt: number,
  valueBytes: number,
) => boolean;

/** A part of a collection: its key or index, and what reads its value. */
export type Picked = readonly [key: unknown, read: () => unknown];

/** The name under which collections show some of their parts, chosen by where they lie. The others cost next to nothing. */
export const pickKey = Symbol('pick');

/** A collection that does. */
export interface Pickable {
  [pickKey](wanted: Wanted): Generator<Picked, void>;
}

/** Whether an object is such a collection. */
export function isPickable<T extends object>(object: T): object is T & Pickable {
  return pickKey in object;
}
