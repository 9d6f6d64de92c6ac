import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sqliteBinary } from './sqlite-binary.js';

/** One open database of better-sqlite3. */
export type Sqlite = Database.Database;

/** SQLite's file in `folder` with a write-ahead log; compiles better-sqlite3 when that was not done yet. */
export function openSqlite(folder: string, options: { readonly readOnly?: boolean } = {}): Sqlite {
  const { readOnly = false } = options;
  const database = new Database(join(folder, 'data.sqlite'), {
    nativeBinding: sqliteBinary(),
    readonly: readOnly,
  });
  if (!readOnly) database.pragma('journal_mode = WAL');
  return database;
}
