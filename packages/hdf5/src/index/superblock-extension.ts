import { errors } from '../errors.js';
import {
  decodeDriverInfoBlock,
  decodeDriverInfoMessage,
  decodeMemberLengths,
  driverInfoHeadBytes,
} from '../format/driver-info.js';
import { messageType } from '../format/messages/message-type.js';
import type { Reader } from '../format/reader.js';
import type { Superblock } from '../format/superblock.js';
import type { MetadataStore } from '../store/metadata-store.js';
import { findMessage, loadHeader, readMessage } from './object-header.js';
import type { GroupK } from './symbol-table.js';

/** What superblock and extension say about the file beyond where its root is. */
export interface FileTraits {
  readonly k: GroupK;
  /** Why this version must not write to the file, in the field's terms; `undefined` when it may. */
  readonly editObstacle: string | undefined;
  /** How long the members of a file over several are, by the first address of each. */
  readonly memberLengths?: ReadonlyMap<bigint, number> | undefined;
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
  let memberLengths: ReadonlyMap<bigint, number> | undefined;
  if (superblock.driverInfo !== undefined) memberLengths = readBlock(store, superblock.driverInfo, driver);
  if (superblock.extension === undefined) return { k: plain, editObstacle: version3, memberLengths };
  const header = loadHeader(store, superblock.extension);
  readMessage(store, header, messageType.driverInfo, (reader) => {
    memberLengths = readContent(reader, decodeDriverInfoMessage(reader).id, driver);
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
    [messageType.driverInfo, 'driver information in the superblock extension'],
  ] as const;
  const obstacle = obstacles.find(([type]) => findMessage(header, type) !== undefined);
  return { k: k ?? plain, editObstacle: obstacle?.[1] ?? version3, memberLengths };
}

/** The drivers that put the members of a set together, by the name a file gives its own. */
const setDrivers: Readonly<Record<string, readonly string[]>> = {
  NCSAfami: ['family'],
  NCSAmult: ['multi', 'split'],
};

function readBlock(
  store: MetadataStore,
  address: number,
  driver: string,
): ReadonlyMap<bigint, number> | undefined {
  const structure = 'driver information block';
  const { id, length } = decodeDriverInfoBlock(store.reader(address, driverInfoHeadBytes, structure));
  requireDriver(id, driver);
  const reader = store.reader(address, driverInfoHeadBytes + length, structure);
  reader.skip(driverInfoHeadBytes);
  return readContent(reader, id, driver);
}

function readContent(reader: Reader, id: string, driver: string): ReadonlyMap<bigint, number> | undefined {
  requireDriver(id, driver);
  return id === 'NCSAmult' ? decodeMemberLengths(reader) : undefined;
}

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
