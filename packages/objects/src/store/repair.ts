import { BlockStorage } from '@terrane/blocks';
import { type CheckedFile, checked, type DriverFile } from '@terrane/driver';
import { checkOptions, isTerraneError } from '@terrane/errors';
import { errors } from '../errors.js';
import { BlockHome } from '../heap/block-home.js';
import { Chunks } from '../heap/chunks.js';
import { Heap } from '../heap/heap.js';
import { SalvageHome } from '../heap/salvage-home.js';
import { checkHeader, headerBytes, lockFile } from '../heap/store-header.js';
import type { Schema } from '../schema/schema.js';
import { checkBackup, copyFile, readSchema, replaceHeap } from './open-heap.js';
import { rebuild } from './rebuild.js';
import { rootPlace } from './root.js';
import { type Loss, SalvageRealm } from './salvage-realm.js';

/** How a store is repaired. */
export interface RepairOptions {
  /** The schema to use when the file's own cannot be read any more; it must be the one that the store had. */
  readonly schema?: Schema;
  /** An empty file that becomes a copy of the one as it was, before anything is written. It is closed. */
  readonly backup?: DriverFile<'sync'>;
}

/** What was left of a store. */
export interface RepairedStore {
  /** How many objects were taken over, by the name of their type. */
  readonly copied: Readonly<Record<string, number>>;
  /** How many were lost: they could not be read, or something that they cannot do without could not. */
  readonly lost: number;
  /** What could not be read, up to a thousand of it. */
  readonly losses: readonly Loss[];
  /** Whether the root was among what was lost, and is empty now. */
  readonly rootLost: boolean;
}

/**
 * Makes a store whole again: what can still be read and reached from the root is copied into a heap of its own, in one
 * commit. An object of which a part is gone is lost, and so is one that cannot do without something lost. Other values that
 * cannot be read begin anew: a text is empty, a reference null, numbers of lists and buffers are 0; an element or entry
 * that refers to something lost is left out. `losses` says which pages could not be read. Of the root, what is left is kept.
 *
 * The file is not closed.
 *
 * @throws OBJ_NOT_A_STORE, OBJ_TOO_NEW; OBJ_DAMAGED when the heap's first page is gone, and with it the way to all others;
 * OBJ_NOT_EMPTY for a backup that would be written over something.
 */
export function repairStore(file: DriverFile<'sync'>, options: RepairOptions = {}): RepairedStore {
  checkOptions(options, ['schema', 'backup'], 'repair');
  const target = checked(file);
  const lock = lockFile(target, 'exclusive');
  try {
    checkBackup(options.backup, 'repair');
    checkHeader(target, true);
    if (options.backup) copyFile(target, options.backup);
    return salvage(target, options.schema);
  } finally {
    lock?.release();
  }
}

function salvage(target: CheckedFile<'sync'>, schema: Schema | undefined): RepairedStore {
  mendBlocks(target);
  const salvaged = homeOf(target);
  const home = new SalvageHome(salvaged.home, salvaged.changes);
  const heap = new Heap(home);
  const chunks = new Chunks(heap);
  const realm = new SalvageRealm(chunks, schemaOf(chunks, schema), home);
  const root = attempt(realm, () => rootPlace(realm));
  const lost = root ? realm.judge(root) : 1;
  const rootLost = realm.root() === undefined;
  const made = rebuild(realm, realm.schema, {});
  for (const error of home.lost.values()) realm.lose(error);
  replaceHeap(heap, made);
  return { copied: Object.fromEntries(made.copied), lost, losses: realm.losses, rootLost };
}

/** Repairs the block storage where it needs it. */
function mendBlocks(file: CheckedFile<'sync'>): void {
  const options = { offset: headerBytes, alone: true, locked: true };
  try {
    const storage = BlockStorage.open(file, options);
    if (storage.verify().every(({ harmless }) => harmless)) return;
  } catch (error) {
    if (!isTerraneError(error, 'BLK_DAMAGED')) throw error;
  }
  BlockStorage.repair(file, options);
}

/** @throws OBJ_DAMAGED when nothing is left to begin with */
function homeOf(target: CheckedFile<'sync'>): ReturnType<typeof BlockHome.salvage> {
  try {
    return BlockHome.salvage(target);
  } catch (cause) {
    if (!isTerraneError(cause, 'BLK_NO_BLOCK')) throw cause;
    throw errors.OBJ_DAMAGED({ message: 'no page of the heap is left', structure: 'directory', cause });
  }
}

function schemaOf(chunks: Chunks, given: Schema | undefined): Schema {
  try {
    return readSchema(chunks);
  } catch (error) {
    if (given && isTerraneError(error)) return given;
    throw error;
  }
}

function attempt<T>(realm: SalvageRealm, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    realm.lose(error);
    return undefined;
  }
}
