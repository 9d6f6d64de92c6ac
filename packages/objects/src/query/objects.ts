import { nearest } from '@terrane/errors';
import type { Live } from '../schema/infer.js';
import type { Structs } from '../schema/kinds.js';
import type { Snapshot } from '../store/snapshot.js';
import type { ObjectStore } from '../store/store.js';
import type { IndexLike } from './index-access.js';

/** All objects of a struct, with the indexes that know them. */
export class Objects<Element = unknown> implements Iterable<Element> {
  /** The indexes that the struct declares. */
  readonly indexes: readonly IndexLike[];

  /** @internal */
  constructor(indexes: readonly IndexLike[]) {
    this.indexes = indexes;
  }

  /** How many there are. */
  get size(): number {
    return this.indexes[0]!.size;
  }

  /** The objects, in the order of the first index. */
  [Symbol.iterator](): Iterator<Element> {
    return this.indexes[0]![Symbol.iterator]() as Iterator<Element>;
  }

  toString(): string {
    return `objects of ${this.indexes[0]!.struct}`;
  }
}

/**
 * All objects of a struct, also those that nothing refers to, for `each` to go through by any index that the struct declares.
 *
 * @throws TypeError when it declares none, for then nobody knows its objects.
 */
export function objects<S extends Structs, Name extends keyof S & string>(
  store: ObjectStore<S> | Snapshot<S>,
  struct: Name,
): Objects<Live<S, Name>> {
  const { structs } = store.schema;
  if (!Object.hasOwn(structs, struct)) {
    const near = nearest(struct, Object.keys(structs));
    throw new TypeError(`objects: there is no struct "${struct}"${near ? `; did you mean "${near}"?` : ''}`);
  }
  const { indexes = {} } = structs[struct] as { indexes?: object };
  const names = Object.keys(indexes);
  if (names.length === 0)
    throw new TypeError(`objects: ${struct} declares no index, so its objects are not known`);
  const { index } = store as unknown as { index(struct: string, name: string): IndexLike };
  return new Objects(names.map((name) => index.call(store, struct, name)));
}
