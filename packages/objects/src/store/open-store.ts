import { type CheckedFile, checked, type DriverFile } from '@terrane/driver';
import { BlockHome } from '../heap/block-home.js';
import { Chunks, rootAt, schemaAt, tags } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import type { PageHome } from '../heap/page-home.js';
import { Realm } from '../realm/realm.js';
import { compareSchemas, mergeSchemas, type SchemaDifference } from '../schema/compare-schema.js';
import { checkSchema, type Methods, type Schema } from '../schema/schema.js';
import { formatSchema } from '../schema/stored-schema.js';
import { withMethods } from '../schema/with-methods.js';
import { show } from '../values/codec.js';
import { writeOwned } from '../values/text-codec.js';
import { differs, openChunks, openOrClose, readSchema, replaceHeap } from './open-heap.js';
import { rebuild } from './rebuild.js';

/** How a store is opened. */
export interface StoreOptions {
  /** Only read, also when the file could be written. */
  readonly readOnly?: boolean;
  /** Read all pages at once. A reader's snapshot then stays, whatever the writer does meanwhile. */
  readonly preload?: boolean;
  /** `close` refuses as long as views of buffers are not released, and names them. */
  readonly strict?: boolean;
  /** The most bytes that the heap may have: what would make it longer is refused with OBJ_TOO_LARGE. 64 GiB unless given. */
  readonly maximumBytes?: number;
}

export const storeOptionNames = ['readOnly', 'preload', 'strict', 'maximumBytes'];

/** A store's content, and what its schema has more than the declared one. */
export interface Opened {
  readonly realm: Realm;
  readonly differences: readonly SchemaDifference[];
}

/** Opens what a file has, or makes a store of an empty one that can be written. When that fails, the file is closed. */
export function openDeclared(file: DriverFile<'sync'>, schema: Schema, options: StoreOptions): Opened {
  checkSchema(schema);
  checkOptionValues(options);
  const target = checked(file);
  const writable = isWritable(target, options);
  return openOrClose(target, () => {
    const made = writable ? BlockHome.create(target) : undefined;
    if (made) return { realm: makeRealm(made, schema), differences: [] };
    const chunks = openChunks(target, writable, options.preload === true);
    // Whoever made the file died before anything was in it.
    if (writable && chunks.heap.home.pages === 0)
      return { realm: makeRealm(chunks.heap.home, schema), differences: [] };
    const stored = readSchema(chunks, schema.methods);
    const differences = compareSchemas(stored, schema);
    const effects = new Set(differences.map(({ effect }) => effect));
    if (effects.has('breaking') || (effects.has('additive') && !writable)) throw differs(differences, target);
    if (!effects.has('additive')) return { realm: new Realm(chunks, stored), differences };
    const rebuilt = rebuild(new Realm(chunks, stored), mergeSchemas(stored, schema), {});
    const realm = replaceHeap(chunks.heap, rebuilt, schema.methods);
    return { realm, differences: compareSchemas(realm.schema, schema) };
  });
}

/** Opens what a file has, with the schema that it has. When that fails, the file is closed. */
export function openFound(file: DriverFile<'sync'>, options: StoreOptions, methods: Methods): Opened {
  checkOptionValues(options);
  const target = checked(file);
  return openOrClose(target, () => {
    const chunks = openChunks(target, isWritable(target, options), options.preload === true);
    return { realm: new Realm(chunks, withMethods(readSchema(chunks), methods)), differences: [] };
  });
}

/** @throws RangeError */
function checkOptionValues({ maximumBytes }: StoreOptions): void {
  if (maximumBytes === undefined || (Number.isSafeInteger(maximumBytes) && maximumBytes > 0)) return;
  throw new RangeError(`maximumBytes is a number of bytes, not ${show(maximumBytes)}`);
}

function isWritable({ manifest }: CheckedFile<'sync'>, { readOnly }: StoreOptions): boolean {
  return manifest.capabilities.write === true && readOnly !== true;
}

/** A store with nothing but its root, committed. */
function makeRealm(home: PageHome, schema: Schema): Realm {
  const chunks = new Chunks(new Heap(home));
  chunks.format();
  chunks.writeRoot(schemaAt, writeOwned(chunks, tags.text, new TextEncoder().encode(formatSchema(schema))));
  const realm = new Realm(chunks, schema);
  realm.keeper.create();
  const root = realm.struct('Root')!.create(undefined);
  chunks.writeRoot(rootAt, root);
  if (realm.struct('Root')!.counted) realm.counts.retain(root);
  chunks.settle();
  chunks.heap.commit(chunks.pages);
  return realm;
}
