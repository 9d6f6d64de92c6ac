import { checked, type DriverFile } from '@terrane/driver';
import { checkOptions, nearest } from '@terrane/errors';
import { Chunks } from '../heap/chunks.js';
import { Realm } from '../realm/realm.js';
import { compareSchemas, mergeSchemas, type SchemaDifference } from '../schema/compare-schema.js';
import { checkSchema, type Schema } from '../schema/schema.js';
import { checkBackup, copyFile, openChunks, openOrClose, readSchema, replaceHeap } from './open-heap.js';
import { rebuild, type Transform } from './rebuild.js';

/** How a store is brought to another schema. */
export interface MigrateOptions {
  /** By the name of a struct: what becomes of its objects. */
  readonly transforms?: Readonly<Record<string, Transform>>;
  /** Do everything but the commit. */
  readonly dryRun?: boolean;
  /** An empty file that becomes a copy of the one as it was, before anything is committed. It is closed. */
  readonly backup?: DriverFile<'sync'>;
}

/** What a migration found and did, or would do. */
export interface Migrated {
  readonly differences: readonly SchemaDifference[];
  /** How many objects there are, by the name of their type. */
  readonly copied: Readonly<Record<string, number>>;
}

/** What `ObjectStore.migrate` does: all in one commit. The file is closed. */
export function migrate(file: DriverFile<'sync'>, schema: Schema, options: MigrateOptions): Migrated {
  checkOptions(options, ['transforms', 'dryRun', 'backup'], 'migrate');
  const { transforms = {}, dryRun = false, backup } = options;
  checkSchema(schema);
  const target = checked(file);
  openOrClose(target, () => !dryRun && checkBackup(backup, 'migrate'));
  const chunks = openOrClose(target, () => openChunks(target, !dryRun, false));
  const { heap } = chunks;
  try {
    const stored = readSchema(chunks);
    const differences = compareSchemas(stored, schema);
    const merged = mergeSchemas(stored, schema, false);
    for (const name of Object.keys(transforms)) {
      if (Object.hasOwn(merged.structs, name)) continue;
      const near = nearest(name, Object.keys(merged.structs));
      throw new TypeError(`migrate: there is no struct "${name}"${near ? `; did you mean "${near}"?` : ''}`);
    }
    // What transforms see is read-only, as it is when the file is.
    const before = dryRun ? heap : heap.snapshot();
    const made = rebuild(new Realm(new Chunks(before), stored), merged, transforms);
    if (before !== heap) before.close();
    if (!dryRun) {
      if (backup) copyFile(target, backup);
      replaceHeap(heap, made);
    }
    return { differences, copied: Object.fromEntries(made.copied) };
  } finally {
    heap.close();
  }
}
