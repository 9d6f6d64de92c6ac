import { type CheckedFile, checked, type DriverFile } from '@terrane/driver';
import { errors } from '../errors.js';
import { BlockHome } from '../heap/block-home.js';
import { Chunks, schemaAt, tags } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import { pageBytes } from '../heap/segment.js';
import { Realm } from '../realm/realm.js';
import { type SchemaDifference, showDifferences } from '../schema/compare-schema.js';
import type { Methods, Schema } from '../schema/schema.js';
import { parseSchema } from '../schema/stored-schema.js';
import { findOwned, readText } from '../values/text-codec.js';
import type { Rebuilt } from './rebuild.js';

/** The error for what needs a committed state. */
export function uncommitted(op: string): Error {
  return errors.OBJ_UNCOMMITTED({
    message: 'there are changes that were not committed',
    op,
    hint: 'commit() or rollback() first',
  });
}

/** The error for a file whose schema does not do. */
export function differs(differences: readonly SchemaDifference[], { manifest }: CheckedFile<'sync'>): Error {
  return errors.OBJ_SCHEMA_DIFFERS({
    message: `the schema of the file cannot serve the declared one:\n${showDifferences(differences)}`,
    target: manifest.target,
    op: 'open',
    hint: 'additive changes are made when the store is opened for writing; ObjectStore.migrate makes the others',
  });
}

/** Commits a heap that was made anew in the place of the one that is shown. */
export function replaceHeap(heap: Heap, made: Rebuilt, methods?: Methods): Realm {
  replacePages(heap, made);
  const chunks = new Chunks(heap);
  return new Realm(chunks, readSchema(chunks, methods));
}

/** The same, without reading what is there then. */
export function replacePages(heap: Heap, { pages, count }: Rebuilt): void {
  const zero = new Uint8Array(pageBytes);
  const changed = new Map<number, Uint8Array>();
  for (let page = 0; page < count; page++) {
    const made = pages.get(page) ?? (heap.home.has(page) ? zero : undefined);
    if (made) changed.set(page, made);
  }
  heap.replace(changed, count);
}

/**
 * A backup must not be written over anything: a second attempt would make a copy of after of one of before.
 *
 * @throws OBJ_NOT_EMPTY
 */
export function checkBackup(backup: DriverFile<'sync'> | undefined, op: string): void {
  if (!backup || checked(backup).size() === 0) return;
  const { target } = checked(backup).manifest;
  throw errors.OBJ_NOT_EMPTY({
    message: `the file for the backup is not empty: ${target}`,
    target,
    op,
    hint: 'give it another name, or open it with mode "w", which empties it',
  });
}

/** Copies a file, durably. */
export function copyFile(from: CheckedFile<'sync'>, to: DriverFile<'sync'>): void {
  const target = checked(to);
  const piece = new Uint8Array(2 ** 20);
  target.truncate(0);
  for (let at = 0; ; ) {
    const count = from.read(at, piece);
    if (count > 0) target.write(at, piece.subarray(0, count));
    at += count;
    if (count < piece.length) break;
  }
  target.flush();
  target.close();
}

/** Runs what opens a file; when it fails, the file is closed, and its lock given back. */
export function openOrClose<T>(file: CheckedFile<'sync'>, open: () => T): T {
  try {
    return open();
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The heap of an existing store. */
export function openChunks(file: CheckedFile<'sync'>, writable: boolean, preload: boolean): Chunks {
  const heap = new Heap(BlockHome.open(file, writable));
  const chunks = new Chunks(heap);
  if (preload) heap.loadAll(chunks.pages);
  return chunks;
}

/** The schema that the file has, with the methods of the program. @throws OBJ_DAMAGED, OBJ_TOO_NEW */
export function readSchema(chunks: Chunks, methods?: Methods): Schema {
  const { granule, serial } = chunks.readRoot(schemaAt);
  const place = findOwned(chunks, granule, serial, tags.text);
  if (!place) throw chunks.damaged('the schema is gone', schemaAt, 'schema');
  return { ...parseSchema(readText(place)), ...(methods && { methods }) };
}
