import { errors } from '../errors.js';
import { messageType } from '../format/messages/message-type.js';
import type { Superblock } from '../format/superblock.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { findMessage, loadHeader, readMessage } from './object-header.js';
import type { GroupK } from './symbol-table.js';

/** What superblock and extension say about the file beyond where its root is. */
export interface FileTraits {
  readonly k: GroupK;
  /** Why this version must not write to the file, in the field's terms; `undefined` when it may. */
  readonly editObstacle: string | undefined;
}

/**
 * Reads the superblock extension (specification II.C), an object header with messages about the whole file,
 * and the driver information block.
 *
 * @throws H5_UNSUPPORTED for members of multi and family files that are opened alone
 */
export function readTraits(store: MetadataStore, superblock: Superblock, driver: string): FileTraits {
  const plain = { leaf: superblock.groupLeafK, internal: superblock.groupInternalK };
  const version3 = superblock.version === 3 ? 'superblock version 3' : undefined;
  if (superblock.driverInfo !== undefined) {
    // u8 version, 3 reserved, u32 length, 8 letters: the driver that wrote the file
    const reader = store.reader(superblock.driverInfo, 16, 'driver information block');
    reader.version(0);
    reader.skip(7);
    requireDriver(reader.text(8), driver);
  }
  if (superblock.extension === undefined) return { k: plain, editObstacle: version3 };
  const header = loadHeader(store, superblock.extension);
  readMessage(store, header, messageType.driverInfo, (reader) => {
    reader.version(0);
    requireDriver(reader.text(8), driver);
  });
  // u8 0, u16 chunk K, u16 internal K, u16 leaf K
  const k = readMessage(store, header, messageType.btreeK, (reader) => {
    reader.version(0);
    reader.skip(2);
    const numbers = { internal: reader.u16(), leaf: reader.u16() };
    if (numbers.internal === 0 || numbers.leaf === 0) throw reader.bad('group K values above 0', '0');
    return numbers;
  });
  const obstacles = [
    [messageType.fileSpaceInfo, 'persistent free space or paged allocation'],
    [messageType.sharedMessageTable, 'shared object header messages'],
  ] as const;
  const obstacle = obstacles.find(([type]) => findMessage(header, type) !== undefined);
  return { k: k ?? plain, editObstacle: obstacle?.[1] ?? version3 };
}

/** The drivers that put the members of a set together, by the name a file gives its own. */
const setDrivers: Readonly<Record<string, readonly string[]>> = {
  NCSAfami: ['family'],
  NCSAmult: ['multi', 'split'],
};

function requireDriver(name: string, driver: string): void {
  if (setDrivers[name]?.includes(driver)) return;
  const fitting = setDrivers[name] ?? [name];
  throw errors.H5_UNSUPPORTED({
    message: `the file is a member of a set that the driver ${name} wrote, and cannot be read alone`,
    feature: `driver information ${name}`,
    structure: 'driver information block',
    driver,
    hint: `open the whole set with the driver ${fitting.join(' or ')}`,
  });
}
