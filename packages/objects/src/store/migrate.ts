import { checked, type DriverFile } from '@terrane/driver';
import { checkOptions } from '@terrane/errors';
import { Realm } from '../realm/realm.js';
import { compareSchemas, mergeSchemas, type SchemaDifference } from '../schema/compare-schema.js';
import type { Schema } from '../schema/schema.js';
import { copyFile, openChunks, openOrClose, readSchema, replaceHeap } from './open-heap.js';
import { rebuild, type Transform } from './rebuild.js';

/** How a store is brought to another schema. */
export interface MigrateOptions {
  /** By the name of a struct: what becomes of its objects. */
  readonly transforms?: Readonly<Record<string, Transform>>;
  /** Do everything but the commit. */
  readonly dryRun?: boolean;
  /** A file that becomes a copy of the one as it was, before anything is committed. */
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
  const target = checked(file);
  const chunks = openOrClose(target, () => openChunks(target, !dryRun, false));
  const { heap } = chunks;
  try {
    const stored = readSchema(chunks);
    const differences = compareSchemas(stored, schema);
    const made = rebuild(new Realm(chunks, stored), mergeSchemas(stored, schema, false), transforms);
    if (!dryRun) {
      if (backup) copyFile(target, backup);
      replaceHeap(heap, made);
    }
    return { differences, copied: Object.fromEntries(made.copied) };
  } finally {
    heap.close();
  }
}
