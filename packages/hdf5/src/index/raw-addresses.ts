import { errors } from '../errors.js';
import type { Datatype } from '../format/messages/datatype.js';
import { decodeDatatype } from '../format/messages/decode-datatype.js';
import { messageFlag, messageType } from '../format/messages/message-type.js';
import { type HeaderMessage, messageHeadBytes } from '../format/object-header.js';
import { findAttribute, listAttributes } from './attributes.js';
import { groupIndex, listLinks } from './group-links.js';
import {
  findMessage,
  type LoadedChunk,
  loadHeader,
  type ObjectHeader,
  readMessage,
} from './object-header.js';
import type { Tree } from './resolve-path.js';

/** A place in an object header that must change with the addresses. */
export interface HeaderPlace {
  /** Address of its first byte. */
  readonly at: number;
  /** The chunk of the header around it, whose checksum covers it in new headers. */
  readonly chunk: LoadedChunk;
  readonly isChecked: boolean;
}

/**
 * All addresses of raw data that objects below the root refer to. Raw data itself must hold no addresses.
 *
 * @throws H5_UNSUPPORTED naming what refers to raw data in another way
 */
export function rawAddresses(tree: Tree): HeaderPlace[] {
  const found: HeaderPlace[] = [];
  const seen = new Set<number>();
  const waiting = [tree.root];
  for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    const header = loadHeader(tree.store, address);
    refuseAddressesInValues(tree, header);
    const raw = rawAddressOf(tree, header);
    if (raw !== undefined) found.push(raw);
    const index = groupIndex(tree.store, header);
    if (index === undefined) continue;
    for (const link of listLinks(tree.store, header, index, tree.k)) {
      if (link.kind === 'hard') waiting.push(link.address);
    }
  }
  return found;
}

/** Where the address of contiguous storage stands in a layout message: behind version, class and, in old ones, rank. */
const addressOffset = [undefined, 8, 8, 2, 2, 2] as const;

function rawAddressOf(tree: Tree, header: ObjectHeader): HeaderPlace | undefined {
  const message = findMessage(header, messageType.layout);
  if (message === undefined) return undefined;
  const [version = 0, second, third] = message.body;
  const layoutClass = version < 3 ? third : second;
  if (layoutClass === 0) return undefined;
  if (findMessage(header, messageType.externalFiles) !== undefined) return undefined;
  const offset = addressOffset[version];
  if (layoutClass !== 1 || offset === undefined || message.flags & messageFlag.shared) {
    throw unsupported(tree, layoutClass === 2 ? 'chunked layout' : 'virtual layout');
  }
  return placeOf(header, message, messageHeadBytes(header.prefix.version, header.prefix.flags) + offset);
}

/** The driver information that a superblock extension keeps, by the type of its message. */
export function driverInfoMessage(tree: Tree, extension: number | undefined): HeaderPlace | undefined {
  if (extension === undefined) return undefined;
  const header = loadHeader(tree.store, extension);
  const message = findMessage(header, messageType.driverInfo);
  return message && placeOf(header, message, 0);
}

function placeOf(header: ObjectHeader, message: HeaderMessage, offset: number): HeaderPlace {
  const chunk = header.chunks.find(({ messages }) => messages.includes(message))!;
  return { at: message.address + offset, chunk, isChecked: header.prefix.version === 2 };
}

/** Values of variable length lie in global heaps, which are among the raw data; references are addresses themselves. */
function refuseAddressesInValues(tree: Tree, header: ObjectHeader): void {
  const { store } = tree;
  const own = readMessage(store, header, messageType.datatype, (reader) => decodeDatatype(reader));
  const types = own === undefined ? [] : [own];
  for (const name of listAttributes(store, header)) types.push(findAttribute(store, header, name)!.datatype);
  for (const type of types) {
    const held = holdsAddresses(type);
    if (held !== undefined) throw unsupported(tree, `${held} datatype`);
  }
}

function holdsAddresses(type: Datatype): string | undefined {
  if (type.class === 'vlen') return `variable-length ${type.kind}`;
  if (type.class === 'reference') return type.target === 'object' ? undefined : 'region reference';
  if (type.class === 'compound') {
    return type.members.map((member) => holdsAddresses(member.type)).find((held) => held !== undefined);
  }
  return 'base' in type ? holdsAddresses(type.base) : undefined;
}

function unsupported(tree: Tree, feature: string): Error {
  return errors.H5_UNSUPPORTED({
    message: `a file over several members with a ${feature} has no image yet: addresses in it would have to change`,
    feature: `image of a set with a ${feature}`,
    offset: tree.root,
  });
}
