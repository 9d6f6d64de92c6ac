import type { LiveObject } from '../live/live-object.js';
import type { Kind } from '../schema/kinds.js';

/** A property of live objects. */
export interface Accessor {
  get(this: LiveObject): unknown;
  set(this: LiveObject, value: unknown): void;
}

/** Makes the accessor of a field; `offset` counts from the beginning of the content. */
export type AccessorFactory = (offset: number, path: string, kind: Kind) => Accessor;
