import { cacacheStore } from './cacache-store.js';
import { lmdbStore } from './lmdb-store.js';
import { sqliteStore } from './sqlite-store.js';
import type { Store, StoreOptions } from './store.js';
import { terraneStore } from './terrane-store.js';

/** The stores that any number of processes can read at once, by name. */
export const shared = {
  'terrane-mmap': (options: StoreOptions) => terraneStore('terrane-mmap', options),
  'terrane-sec2': (options: StoreOptions) => terraneStore('terrane-sec2', options),
  lmdb: lmdbStore,
  'better-sqlite3': sqliteStore,
} satisfies Record<string, (options: StoreOptions) => Store>;

/** All stores, by name. */
export const stores: Readonly<Record<string, (options: StoreOptions) => Store>> = {
  ...shared,
  cacache: cacacheStore,
};
