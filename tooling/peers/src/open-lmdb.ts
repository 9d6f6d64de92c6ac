import { join } from 'node:path';
import { type Key, open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';

/** One lmdb file. */
export type Lmdb<V> = RootDatabase<V, Key>;

/** How values are kept: `binary` as they are, `msgpack` for anything. */
export type LmdbEncoding = 'binary' | 'msgpack' | 'ordered-binary';

/** lmdb's file in `folder`, as lmdb has it by default unless `more` says otherwise. */
export function openLmdb<V>(folder: string, encoding: LmdbEncoding, more: RootDatabaseOptions = {}): Lmdb<V> {
  // Grown by remapping while it is open it would be slower; this is address space and not memory.
  return open<V, Key>({ path: join(folder, 'data.lmdb'), encoding, mapSize: 8 * 2 ** 30, ...more });
}
