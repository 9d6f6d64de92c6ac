import { indexOf, type StoreIndex } from '../indexes/store-index.js';
import type { Realm } from '../realm/realm.js';
import type { IndexesOf, IndexKey, Live } from '../schema/infer.js';
import type { Structs } from '../schema/kinds.js';
import type { Schema } from '../schema/schema.js';
import { realmKey } from './realm-key.js';
import { rootOf } from './root.js';
import type { StoreStat } from './stat.js';
import { statOf } from './stat.js';

/**
 * What a store held when the snapshot was taken, read-only, whatever is written, committed, rolled back or compacted
 * meanwhile. Its live objects are its own: those of the store cannot stand for them, nor the other way round.
 *
 * It holds no more in memory than what was read of it, and the pages that commits have replaced since; `close` lets go of
 * them. It ends with its store at the latest.
 */
export class Snapshot<S extends Structs = Structs> implements Disposable {
  readonly schema: Schema;
  readonly #realm: Realm;

  /** @internal */
  constructor(realm: Realm) {
    this.#realm = realm;
    this.schema = realm.schema;
  }

  /** The one object of `Root`, as it was. @throws OBJ_CLOSED, OBJ_DAMAGED */
  get root(): Live<S, 'Root'> {
    return rootOf(this.#realm) as unknown as Live<S, 'Root'>;
  }

  /** @internal */
  get [realmKey](): Realm {
    return this.#realm;
  }

  /** An index that a struct declares, as it was. @throws TypeError when there is none of that name */
  index<Name extends keyof S & string, Index extends IndexesOf<S, Name>>(
    name: Name,
    index: Index,
  ): StoreIndex<Live<S, Name>, IndexKey<S, Name, Index>> {
    return indexOf(this.#realm, name, index) as never;
  }

  /** Figures of the heap, as they were. @throws OBJ_CLOSED */
  stat(): StoreStat {
    return statOf(this.#realm);
  }

  /** Ends all live objects of the snapshot: their use is refused with OBJ_CLOSED. A second call does nothing. */
  close(): void {
    this.#realm.chunks.heap.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
