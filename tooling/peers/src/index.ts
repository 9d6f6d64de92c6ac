/*
 * The peers of the benchmarks, pinned once, as ordinary dependencies of the workspace: they make a cold install 0.2 s
 * longer of 5.6, and 36 MB larger of 475. Install scripts stay denied (pnpm-workspace.yaml): lmdb comes with a binary for
 * each platform, and better-sqlite3 is compiled when a benchmark first asks for it. better-sqlite3 12 and cacache 20
 * are the last that run on Node 20.
 */
export { default as bufferBackedObject } from 'buffer-backed-object';
export { View as StructuraeView } from 'structurae';
export { type Cacache, openCacache } from './open-cacache.js';
export { type Lmdb, type LmdbEncoding, openLmdb } from './open-lmdb.js';
export { openSqlite, type Sqlite } from './open-sqlite.js';
export { sqliteBinary } from './sqlite-binary.js';
