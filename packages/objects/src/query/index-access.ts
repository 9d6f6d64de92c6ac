import { type Access, type Bounds, hasOrder, keyBounds } from './access.js';
import { type Ordered, opened, scanValues } from './sources.js';

/** An index of a store: the objects of a struct in the order of some of their fields. */
export interface IndexLike extends Ordered<unknown, unknown>, Iterable<unknown> {
  readonly name: string;
  readonly struct: string;
  readonly fields: readonly string[];
  readonly unique: boolean;
  readonly size: number;
}

/** Whether a source is an index. */
export function isIndex(source: unknown): source is IndexLike {
  const { fields, struct } = source as Partial<IndexLike>;
  return Array.isArray(fields) && typeof struct === 'string';
}

/** An index as a way to find the objects that `each` binds to a name. */
export function indexAccess(index: IndexLike, name: string): Access {
  const { fields, unique } = index;
  return {
    paths: fields.map((field) => `${name}.${field}`),
    isOrdered: true,
    isUnique: unique,
    text: `index ${index.struct}.${index.name}`,
    open: (bounds) => {
      const keyOf = (value: unknown) => (fields.length === 1 ? value : [...bounds.equal, value]);
      if (!hasOrder(index, bounds, keyOf)) return undefined;
      return opened(scanValues(index.range(boundsIn(index, bounds)), name));
    },
    count: (bounds) => index.count(boundsIn(index, bounds)),
  };
}

/** The bounds of its keys: of one field its values, of several lists, of which the last ones may be left out. */
function boundsIn({ fields }: IndexLike, { equal, from, to }: Bounds): { from?: unknown; to?: unknown } {
  if (fields.length === 1) return keyBounds(equal, from, to);
  const bound = (value: unknown) => {
    if (value !== undefined) return [...equal, value];
    return equal.length > 0 ? equal : undefined;
  };
  return keyBounds([], bound(from), bound(to));
}
