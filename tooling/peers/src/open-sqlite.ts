import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sqliteBinary } from './sqlite-binary.js';

/** One open database of better-sqlite3. */
export type Sqlite = Database.Database;

/** SQLite's file in `folder` with a write-ahead log; compiles better-sqlite3 when that was not done yet. */
export function openSqlite(
  folder: string,
  options: { readonly readOnly?: boolean; readonly pageSize?: number } = {},
): Sqlite {
  const { readOnly = false, pageSize = 4096 } = options;
  const database = new Database(join(folder, 'data.sqlite'), {
    nativeBinding: sqliteBinary(),
    readonly: readOnly,
  });
  if (!readOnly) {
    database.pragma(`page_size = ${pageSize}`);
    database.pragma('journal_mode = WAL');
  }
  return database;
}
